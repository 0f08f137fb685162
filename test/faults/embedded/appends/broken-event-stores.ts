import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type EventStore, type ExpectedRevision, RevisionConflict } from '#eventing/event-store.js';

const headOf = async (store: EventStore, stream: string): Promise<ExpectedRevision> => {
  let head: ExpectedRevision = 'no-stream';
  for await (const { revision } of store.readStream(stream)) head = revision;
  return head;
};

/** Looks where the stream is, and appends there a moment later, wherever it then is. */
export const checkingOutside = (store: EventStore): EventStore => {
  const atHead: EventStore['append'] = async (stream, expected, events) => {
    try {
      return await store.append(stream, expected, events);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      return atHead(stream, error.actual, events);
    }
  };
  return {
    ...store,
    append: async (stream, expected, events) => {
      const head = await headOf(store, stream);
      return head === expected ? atHead(stream, head, events) : store.append(stream, expected, events);
    },
  };
};

/** Tells who repeats an append where the stream is by now. */
export const answeringRepetitionsElsewhere = (store: EventStore): EventStore => {
  const known = new Set<string>();
  return {
    ...store,
    append: async (stream, expected, events) => {
      const appended = await store.append(stream, expected, events);
      const id = events[0]?.id ?? '';
      if (!known.has(id)) {
        known.add(id);
        return appended;
      }
      const head = await headOf(store, stream);
      return { ...appended, revision: head === 'no-stream' ? 0n : head };
    },
  };
};

/** Acknowledges up to a hundred appends that it does not have any more when it is opened again. */
export const forgettingTheLast = (store: EventStore, path: string): EventStore => {
  const earlier = `${path}.earlier`;
  let count = 0;
  const remember = (): void => {
    rmSync(earlier, { force: true });
    const database = new DatabaseSync(path);
    database.exec(`VACUUM INTO '${earlier}'`);
    database.close();
  };
  return {
    ...store,
    append: async (stream, expected, events) => {
      count += 1;
      if (count % 100 === 1) remember();
      return store.append(stream, expected, events);
    },
    close: async () => {
      await store.close();
      if (count > 0) renameSync(earlier, path);
    },
  };
};

/** Takes every tenth append for a lost race. */
export const refusingAtRandom = (store: EventStore): EventStore => {
  let count = 0;
  return {
    ...store,
    append: async (stream, expected, events) => {
      count += 1;
      if (count % 10 === 0) throw new RevisionConflict(stream, expected, await headOf(store, stream));
      return store.append(stream, expected, events);
    },
  };
};
