import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { vaultContract } from '#eventing/contracts/vault.contract.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import type { Vault } from '#eventing/vault.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { connect, type Connection } from './connection.js';
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

  const buriedAt = '2027-01-01T00:00:00.000Z';
  let raw: Connection;
  let here: Vault;
  let there: Vault;
  beforeEach(async () => {
    const database = mongodb.newDatabase();
    raw = await connect(mongodb.url, { database });
    here = await mongodbVault(mongodb.url, { database });
    there = await mongodbVault(mongodb.url, { database });
  });
  afterEach(() => Promise.all([raw.close(), here.close(), there.close()]));

  it('never has a key of a buried subject, whichever process adds one', async () => {
    for (let round = 0; round < 20; round += 1) {
      const subject = `usr_${round}`;
      const adding = [here, there].map((vault, way) => vault.addKey(subject, Uint8Array.of(way)));
      await Promise.all([...adding, there.bury(subject, buriedAt), here.bury(subject, buriedAt)]);
      expect(await here.key(subject)).toBeUndefined();
      expect(await there.addKey(subject, Uint8Array.of(9))).toBeUndefined();
    }
    expect(await here.tombstones()).toHaveLength(20);
    expect(await raw.database.collection('subjects').countDocuments({ wrapped: { $exists: true } })).toBe(0);
  });

  it('gives a claim, and a lease, to one process', async () => {
    for (let round = 0; round < 10; round += 1) {
      const holders = await Promise.all([here, there].map((vault, n) => vault.claim('email', `i${round}`, `usr_${n}`)));
      expect(new Set(holders).size).toBe(1);
      const leased = await Promise.all([here, there].map((vault, n) => vault.lease('timers', `p${n}`, 10, round * 20)));
      expect(leased.filter(Boolean)).toHaveLength(1);
    }
  });

  it('rewraps more keys than one bulk takes, with another process at it too', async () => {
    const subjects = Array.from({ length: 1_201 }, (_, number) => ({ _id: `usr_${String(number).padStart(4, '0')}` }));
    await here.addKey('usr_0000', Uint8Array.of(1));
    const [first] = await raw.database.collection('subjects').find().toArray();
    const others = subjects.slice(1).map((subject) => ({ ...first, ...subject }));
    await raw.database.collection<{ _id: string }>('subjects').insertMany(others);
    const changed = await Promise.all([here, there].map((vault) => vault.rewrapKeys(() => Uint8Array.of(2))));
    expect(changed.reduce((sum, each) => sum + each)).toBe(1_201);
    expect(await here.key('usr_1200')).toEqual(Uint8Array.of(2));
  });

  it('says that it is unavailable once closed', async () => {
    await here.close();
    await here.close();
    await expect(here.key('usr_a')).rejects.toThrow(StoreUnavailable);
    await expect(here.rewrapKeys((wrapped) => wrapped)).rejects.toThrow(StoreUnavailable);
  });
});
