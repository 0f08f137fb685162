import type { Collection, Db } from 'mongodb';
import type { Generation } from '#eventing/view-store.js';
import { isDuplicateKey, type Asked } from './connection.js';

/** A generation as it is registered, with the columns that its rows hold. */
export interface Registered extends Omit<Generation, 'view'> {
  readonly columns: readonly string[];
}

/** Out of the registry since then; its rows may still be read by processes that have not heard of it. */
export interface Retired {
  readonly number: number;
  readonly at: Date;
}

/** All about a view's generations in one document, so that every change of them is one step. */
export interface ViewDocument {
  /** The view's name. */
  readonly _id: string;
  /** Counts the changes: each is made to the one before it, or decided again. */
  readonly revision: number;
  /** Numbers are never used again. */
  readonly lastNumber: number;
  /** Ascending by number. */
  readonly generations: readonly Registered[];
  readonly retired: readonly Retired[];
}

type ViewChange = Pick<ViewDocument, 'lastNumber' | 'generations' | 'retired'>;

export const viewsOf = (database: Db): Collection<ViewDocument> => database.collection('views');

export const generationOf = (view: string, { number, version, state }: Registered): Generation => {
  return { view, number, version, state };
};

/** What is registered about a view; nothing yet is revision 0. */
export const readView = async (views: Collection<ViewDocument>, view: string, asked: Asked): Promise<ViewDocument> =>
  (await views.findOne({ _id: view }, asked)) ?? {
    _id: view,
    revision: 0,
    lastNumber: 0,
    generations: [],
    retired: [],
  };

const replaced = async (
  views: Collection<ViewDocument>,
  { _id, revision }: ViewDocument,
  next: ViewDocument,
  asked: Asked,
): Promise<boolean> => {
  if (revision > 0) return (await views.replaceOne({ _id, revision }, next, asked)).matchedCount === 1;
  try {
    await views.insertOne(next, asked);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
};

/** Changes what is registered about a view by compare-and-set, deciding again as often as others were faster. Undefined changes nothing. */
export const changeView = async (
  views: Collection<ViewDocument>,
  view: string,
  decide: (registered: ViewDocument) => ViewChange | undefined,
  asked: Asked,
): Promise<ViewDocument> => {
  for (;;) {
    const registered = await readView(views, view, asked);
    const change = decide(registered);
    if (change === undefined) return registered;
    const { lastNumber, generations, retired } = change;
    const next = { _id: view, revision: registered.revision + 1, lastNumber, generations, retired };
    if (await replaced(views, registered, next, asked)) return next;
  }
};

/** With one generation more, under the next number. */
export const withNext = (
  { lastNumber, generations, retired }: ViewDocument,
  made: Omit<Registered, 'number'>,
): ViewChange => {
  const number = lastNumber + 1;
  return { lastNumber: number, generations: [...generations, { number, ...made }], retired };
};

/** Without the generations that `go`; they are kept among the retired. */
export const retiring = (document: ViewDocument, go: (registered: Registered) => boolean): ViewChange => {
  const { lastNumber, generations, retired } = document;
  const at = new Date();
  const gone = generations.filter(go).map(({ number }) => ({ number, at }));
  return { lastNumber, generations: generations.filter((each) => !go(each)), retired: [...retired, ...gone] };
};

/** With this generation as the live one: whatever came before it retires. */
export const promoting = (document: ViewDocument, number: number): ViewChange => {
  const left = retiring(document, (each) => each.number < number);
  const generations = left.generations.map((each) =>
    each.number === number ? { ...each, state: 'live' as const } : each,
  );
  return { ...left, generations };
};
