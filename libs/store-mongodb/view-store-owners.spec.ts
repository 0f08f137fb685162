import { ownersContract } from '#eventing/contracts/view-store-owners.contract.js';
import type { OpenedViewStore } from '#eventing/contracts/view-store-given.contract.js';
import type { ViewStore } from '#eventing/view-store.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { mongodbViewStore } from './view-store.js';

/** Two processes as one: each takes every other call on rows and checkpoints. */
const takingTurns = (one: ViewStore, other: ViewStore): ViewStore => {
  let turn = 0;
  const next = (): ViewStore => ((turn += 1) % 2 === 0 ? one : other);
  return {
    ...one,
    open: async (...asked) => {
      await one.open(...asked);
      await other.open(...asked);
    },
    create: async (view, version, schema) => {
      const created = await one.create(view, version, schema);
      await other.open(created, schema);
      return created;
    },
    write: (...asked) => next().write(...asked),
    checkpoint: (...asked) => next().checkpoint(...asked),
    advance: (...asked) => next().advance(...asked),
    get: (...asked) => next().get(...asked),
    list: (...asked) => next().list(...asked),
    count: (...asked) => next().count(...asked),
  };
};

whereMongodb('two processes on one view in MongoDB', () => {
  const mongodb = oneMongodb();

  ownersContract(async (): Promise<OpenedViewStore> => {
    const database = mongodb.newDatabase();
    let opened: ViewStore[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(opened.map((store) => store.close()));
    };
    const open = async (): Promise<ViewStore> => {
      const one = await mongodbViewStore(mongodb.url, { database });
      const other = await mongodbViewStore(mongodb.url, { database });
      opened = [one, other];
      return takingTurns(one, other);
    };
    return { store: await open(), reopen: async () => (await close(), open()), dispose: close };
  });
});
