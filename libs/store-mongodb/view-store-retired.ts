import { MongoServerError, type Db } from 'mongodb';
import { generationName } from '#eventing/view-store.js';
import type { Asked } from './connection.js';
import { forgetProgress } from './view-store-checkpoints.js';
import { changeView, viewsOf, type Retired, type ViewDocument } from './view-store-registry.js';

const namespaceNotFound = 26;

/** Two processes may both come to it: dropping what is gone is done. */
const dropCollection = async (database: Db, name: string, asked: Asked): Promise<void> => {
  try {
    await database.dropCollection(name, asked);
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === namespaceNotFound)) throw error;
  }
};

const nameOf = ({ _id: view }: ViewDocument, number: number): string =>
  generationName({ view, number, version: 0, state: 'building' });

/**
 * Drops the rows of generations that retired at least `afterMs` ago, then forgets them; what a crash left of it is done
 * by whoever comes next. Gives when the next one is due (ms since 1970), undefined when none is left.
 */
export const dropRetired = async (database: Db, afterMs: number, asked: Asked): Promise<number | undefined> => {
  const views = viewsOf(database);
  const waiting: number[] = [];
  for (const document of await views.find({ 'retired.0': { $exists: true } }, asked).toArray()) {
    const dueAt = ({ at }: Retired): number => at.getTime() + afterMs;
    const due = document.retired.filter((each) => dueAt(each) <= Date.now()).map(({ number }) => number);
    waiting.push(...document.retired.filter(({ number }) => !due.includes(number)).map(dueAt));
    for (const number of due) {
      await dropCollection(database, nameOf(document, number), asked);
      await forgetProgress(database, nameOf(document, number), asked);
    }
    const others = (now: ViewDocument) => now.retired.filter(({ number }) => !due.includes(number));
    if (due.length > 0) await changeView(views, document._id, (now) => ({ ...now, retired: others(now) }), asked);
  }
  return waiting.length === 0 ? undefined : Math.min(...waiting);
};

/** Drops rows that no view knows: a writer that stood still through a whole retirement makes such a collection again. */
export const dropUnknown = async (database: Db, asked: Asked): Promise<void> => {
  // In this order: a generation is registered before its rows are made.
  const collections = await database.listCollections({}, { nameOnly: true, ...asked }).toArray();
  const documents = await viewsOf(database).find({}, asked).toArray();
  const known = documents.flatMap((document) =>
    [...document.generations, ...document.retired].map(({ number }) => nameOf(document, number)),
  );
  const left = collections.map(({ name }) => name).filter((name) => name.includes('@') && !known.includes(name));
  for (const name of left) await dropCollection(database, name, asked);
};
