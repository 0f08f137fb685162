import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '#eventing/contracts/view-specs-given.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import {
  startCheckpoint,
  type Generation,
  type RowChange,
  type RowQuery,
  type ViewSchema,
  type ViewStore,
} from '#eventing/view-store.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { connect, type Connection } from './connection.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { mongodbViewStore, type ViewStoreOptions } from './view-store.js';

const people: ViewSchema = { columns: { name: 'text' }, indexes: [['name']] };
const ann: RowChange = {
  change: 'open',
  key: 'ann',
  from: 1n,
  by: 'evt_1',
  body: { name: 'Ann' },
  columns: { name: 'ann' },
  words: ['ann'],
};
const everyone: RowQuery = { asOf: 9n, where: [], order: { column: 'name', descending: false }, limit: 9 };

whereMongodb('the generations in MongoDB', () => {
  const mongodb = oneMongodb();
  let database: string;
  let raw: Connection;
  let stores: ViewStore[];
  beforeEach(async () => {
    database = mongodb.newDatabase();
    raw = await connect(mongodb.url, { database });
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await raw.close();
  });

  const process = async (options: ViewStoreOptions = {}): Promise<ViewStore> => {
    const store = await mongodbViewStore(mongodb.url, { database, ...options });
    stores.push(store);
    return store;
  };
  const collections = async (): Promise<string[]> =>
    (await raw.database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const hasRows = async (name: string): Promise<boolean> => (await collections()).includes(name);
  const liveWithAnn = async (store: ViewStore): Promise<Generation> => {
    const generation = await store.create('people', 1, people);
    await store.write(generation, [ann]);
    return store.promote(generation);
  };

  it('have numbers of their own when many processes make them at once', async () => {
    const two = [await process(), await process()];
    const made = await Promise.all([...two, ...two, ...two].map((store) => store.create('people', 1, people)));
    expect(made.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await two[0]?.generations('people')).toHaveLength(6);
  });

  it('are promoted one at a time, whoever else does', async () => {
    const [one, other] = [await process(), await process()];
    const [first, second] = [await one.create('people', 1, people), await other.create('people', 1, people)];
    const outcomes = await Promise.allSettled([one.promote(first), other.promote(second)]);
    expect(outcomes[1]).toMatchObject({ status: 'fulfilled', value: { number: 2, state: 'live' } });
    expect((await one.live()).map(({ generation }) => generation.number)).toEqual([2]);
  });

  it('are read by other processes for a while after they were replaced, and refused from then on: never read as empty', async () => {
    const here = await process({ dropAfterMs: 3_000 });
    const there = await process({ dropAfterMs: 3_000 });
    const first = await liveWithAnn(here);
    await there.open(first, people);
    await here.promote(await here.create('people', 2, people));
    await expect(here.list(first, everyone)).rejects.toThrow(StoreUnavailable);
    expect(await there.list(first, everyone)).toHaveLength(1);
    expect((await there.live()).map(({ generation }) => generation.number)).toEqual([2]);
    expect(await there.list(first, everyone)).toHaveLength(1);
    const answers = new Set<number>();
    const isRefused = async (): Promise<boolean> => {
      try {
        answers.add((await there.list(first, everyone)).length);
        return false;
      } catch (error) {
        if (error instanceof StoreUnavailable) return true;
        throw error;
      }
    };
    await eventually(isRefused);
    expect([...answers]).toEqual([1]);
    expect(await hasRows('people@1')).toBe(true);
    await eventually(async () => !(await hasRows('people@1')));
    await expect(there.write(first, [ann])).rejects.toThrow(StoreUnavailable);
    expect(await hasRows('people@1')).toBe(false);
  }, 15_000);

  it('leave nothing behind', async () => {
    const store = await process({ dropAfterMs: 0 });
    const generation = await store.create('people', 1, people);
    await store.write(generation, [ann]);
    await store.park(generation, { stream: 's', position: 1n, eventId: 'evt_1', type: 'T', error: 'it broke' });
    await store.advance('people@1', startCheckpoint, { position: 1n, recordedAt: '' });
    await store.drop(generation);
    await eventually(async () => !(await hasRows('people@1')));
    await eventually(async () => (await raw.database.collection('views').countDocuments({ retired: [] })) === 1);
    expect(await raw.database.collection('checkpoints').countDocuments()).toBe(0);
    expect(await raw.database.collection('parked').countDocuments()).toBe(0);
  });

  it('that a process left behind when it died are dropped by the next one', async () => {
    const dying = await process({ dropAfterMs: 60_000 });
    await dying.drop(await liveWithAnn(dying));
    await dying.close();
    expect(await hasRows('people@1')).toBe(true);
    await process({ dropAfterMs: 0 });
    expect(await hasRows('people@1')).toBe(false);
    expect(await raw.database.collection('views').findOne()).toMatchObject({ lastNumber: 1, retired: [] });
  });

  it('lose rows that none of them has, made by a writer that stood still for too long', async () => {
    const kept = await liveWithAnn(await process());
    await raw.database.collection('people@7').insertOne({ key: 'ann' });
    await raw.database.collection('not-ours').insertOne({ key: 'ann' });
    const next = await process();
    expect(await hasRows('people@7')).toBe(false);
    expect(await hasRows('not-ours')).toBe(true);
    await next.open(kept, people);
    expect(await next.list(kept, everyone)).toHaveLength(1);
  });

  it('are never opened with other columns than their rows hold', async () => {
    const live = await liveWithAnn(await process());
    const store = await process();
    const changed = { ...people, columns: { ...people.columns, rank: 'integer' } } as const;
    await expect(store.open(live, changed)).rejects.toThrow("raise the view's version");
    await store.open(live, people);
  });
});
