import { expect, it } from '@jest/globals';
import { StoreUnavailable } from '#eventing/event-store.js';
import { freePort } from '../../test/servers/test-server.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { connect } from './connection.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { openMongodb } from './open-mongodb.js';

whereMongodb('MongoDB as the product opens it', () => {
  const mongodb = oneMongodb();

  const collections = async (database: string): Promise<string[]> => {
    const raw = await connect(mongodb.url, { database });
    const found = await raw.database.listCollections({}, { nameOnly: true }).toArray();
    await raw.close();
    return found.map(({ name }) => name).sort();
  };

  it('has the vault in a database of its own, named after that of the views', async () => {
    const database = mongodb.newDatabase();
    const { views, vault, close } = await openMongodb(mongodb.url, { database });
    await views.advance('mails', { position: 0n, recordedAt: '' }, { position: 1n, recordedAt: '' });
    await vault.claim('email', 'i1', 'usr_a');
    await close();
    expect(await collections(database)).toEqual(['checkpoints']);
    expect(await collections(`${database}-vault`)).toEqual(['claims', 'subjects']);
    await expect(views.checkpoint('mails')).rejects.toThrow(StoreUnavailable);
    await expect(vault.key('usr_a')).rejects.toThrow(StoreUnavailable);
  });

  it('has the vault wherever that is said to be', async () => {
    const [database, other] = [mongodb.newDatabase(), mongodb.newDatabase()];
    const { vault, close } = await openMongodb(mongodb.url, { database, vault: { url: mongodb.url, database: other } });
    await vault.claim('email', 'i1', 'usr_a');
    await close();
    expect(await collections(other)).toContain('claims');
  });

  it('tells that the vault does not answer, and keeps nothing open', async () => {
    const url = `mongodb://127.0.0.1:${await freePort()}/keys`;
    const options = { database: mongodb.newDatabase(), vault: { url, serverSelectionMs: 300 } };
    await expect(openMongodb(mongodb.url, options)).rejects.toThrow(/127\.0\.0\.1:\d+\/keys: connect ECONNREFUSED/);
  });
});
