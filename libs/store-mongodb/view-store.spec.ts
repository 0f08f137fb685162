import { viewStoreContract } from '#eventing/contracts/view-store.contract.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { mongodbViewStore } from './view-store.js';

whereMongodb('the views in MongoDB', () => {
  const mongodb = oneMongodb();

  viewStoreContract('MongoDB', async () => {
    const database = mongodb.newDatabase();
    let store = await mongodbViewStore(mongodb.url, { database });
    return {
      store,
      reopen: async () => {
        await store.close();
        return (store = await mongodbViewStore(mongodb.url, { database }));
      },
      dispose: () => store.close(),
    };
  });
});
