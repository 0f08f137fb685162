import { vaultContract } from '#eventing/contracts/vault.contract.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { mongodbVault } from './vault.js';

whereMongodb('the vault in MongoDB', () => {
  const mongodb = oneMongodb();

  vaultContract('MongoDB', async () => {
    const database = mongodb.newDatabase();
    let vault = await mongodbVault(mongodb.url, { database });
    return {
      vault,
      reopen: async () => {
        await vault.close();
        return (vault = await mongodbVault(mongodb.url, { database }));
      },
      dispose: () => vault.close(),
    };
  });
});
