import type { Collection, Db } from 'mongodb';
import { StoreUnavailable } from '#eventing/event-store.js';
import { isTransient } from '#eventing/retrying.js';
import {
  generationName,
  startCheckpoint,
  type Generation,
  type LiveGeneration,
  type ViewSchema,
} from '#eventing/view-store.js';
import type { Asked, Connection } from './connection.js';
import { checkpointsOf, forgetProgress } from './view-store-checkpoints.js';
import {
  changeView,
  generationOf,
  promoting,
  readView,
  retiring,
  viewsOf,
  withNext,
  type Registered,
  type Retired,
  type ViewDocument,
} from './view-store-registry.js';
import { dropRetired, dropUnknown } from './view-store-retired.js';
import { rowCollection, type RowCollection, type RowDocument, type RowIndexDefinition } from './view-store-schema.js';

/** A generation that this process may read and write. */
export interface OpenGeneration {
  readonly rows: RowCollection;
  readonly collection: Collection<RowDocument>;
  /** Indexes known to be there. */
  readonly indexed: Set<string>;
}

/** One that was opened just now; its indexes are still to be made. */
export interface Opened {
  readonly generation: Generation;
  readonly open: OpenGeneration;
}

const columnsOf = (view: string, schema: ViewSchema): readonly string[] =>
  rowCollection({ view, number: 0, version: 0, state: 'building' }, schema).columns;

const assertThere = <Found>(found: Found | undefined, name: string): Found => {
  if (found === undefined) throw new StoreUnavailable(`${name} is not there (any more)`);
  return found;
};

/**
 * The generations of all views, and those that this process works on. A dropped one leaves the registry at once and its
 * rows after `dropAfterMs`. What this process knows of the registry is never older than half of that when it reads or
 * writes rows, so none of its reads meets a collection that is gone and takes it for an empty one.
 */
export class OpenGenerations {
  readonly #connection: Connection;
  readonly #database: Db;
  readonly #views: Collection<ViewDocument>;
  readonly #dropAfterMs: number;
  readonly #open = new Map<string, OpenGeneration>();
  /** What was last heard of a view, and when that was asked for. */
  readonly #heard = new Map<string, { readonly revision: number; readonly at: number }>();
  #sweeping: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connection: Connection, dropAfterMs: number) {
    this.#connection = connection;
    this.#database = connection.database;
    this.#views = viewsOf(connection.database);
    this.#dropAfterMs = dropAfterMs;
  }

  /** Clears away what crashes left, and goes on with what others dropped. */
  async start(): Promise<void> {
    await this.#connection.answer((asked) => dropUnknown(this.#database, asked));
    await this.#sweep();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async all(view: string, asked: Asked): Promise<readonly Generation[]> {
    const { generations } = await this.#ask(view, asked);
    return generations.map((registered) => generationOf(view, registered));
  }

  async live(asked: Asked): Promise<readonly LiveGeneration[]> {
    for (;;) {
      const before = await this.#askAll(asked);
      const live = before.flatMap(({ _id: view, generations }) =>
        generations.filter(({ state }) => state === 'live').map((registered) => generationOf(view, registered)),
      );
      const checkpoints = await checkpointsOf(this.#database, live.map(generationName), asked);
      // A checkpoint that is missing may have gone with its generation meanwhile: then the look is taken again.
      const whole = checkpoints.size === live.length || isSame(before, await this.#askAll(asked));
      if (!whole) continue;
      return live.map((generation) => {
        return { generation, checkpoint: checkpoints.get(generationName(generation)) ?? startCheckpoint };
      });
    }
  }

  async create(view: string, version: number, schema: ViewSchema, asked: Asked): Promise<Opened> {
    const made = { version, state: 'building', columns: columnsOf(view, schema) } as const;
    const { generations } = await this.#change(view, (document) => withNext(document, made), asked);
    return this.#declare(generationOf(view, assertThere(generations.at(-1), view)), schema);
  }

  async keep(name: string, schema: ViewSchema, asked: Asked): Promise<Opened> {
    const made = { version: 1, state: 'live', columns: columnsOf(name, schema) } as const;
    const liveOf = ({ generations }: ViewDocument) => generations.findLast(({ state }) => state === 'live');
    const document = await this.#change(name, (before) => (liveOf(before) ? undefined : withNext(before, made)), asked);
    return this.#declare(generationOf(name, assertThere(liveOf(document), name)), schema);
  }

  async open(generation: Generation, schema: ViewSchema, asked: Asked): Promise<Opened> {
    const { generations } = await this.#ask(generation.view, asked);
    const name = generationName(generation);
    const registered = assertThere(
      generations.find(({ number }) => number === generation.number),
      name,
    );
    const columns = columnsOf(generation.view, schema).join();
    const held = registered.columns.join();
    if (held !== columns)
      throw new Error(`${name} holds the columns ${held}, not ${columns}: raise the view's version`);
    return this.#declare(generationOf(generation.view, registered), schema);
  }

  /** The generation to read or write now. @throws StoreUnavailable when it is not open here or was dropped */
  async the(generation: Generation, asked: Asked): Promise<OpenGeneration> {
    const name = generationName(generation);
    const { at } = this.#heard.get(generation.view) ?? { at: -Infinity };
    if (this.#open.has(name) && performance.now() - at > this.#dropAfterMs / 2) await this.#ask(generation.view, asked);
    return assertThere(this.#open.get(name), name);
  }

  /** Makes what is missing of these indexes, all in one pass over the rows. */
  async makeIndexes(
    { collection, indexed }: OpenGeneration,
    indexes: readonly RowIndexDefinition[],
    asked: Asked,
  ): Promise<void> {
    const missing = indexes.map(({ description }) => description).filter(({ name }) => !indexed.has(name));
    if (missing.length === 0) return;
    await collection.createIndexes(missing, asked);
    for (const { name } of missing) indexed.add(name);
  }

  /** Its indexes are there already. */
  async promote(generation: Generation, asked: Asked): Promise<Generation> {
    const { view, number } = generation;
    const find = ({ generations }: ViewDocument): Registered =>
      assertThere(
        generations.find((each) => each.number === number),
        generationName(generation),
      );
    const document = await this.#change(view, (before) => promoting(before, find(before).number), asked);
    await this.#forget(document, asked);
    return generationOf(view, find(document));
  }

  async drop({ view, number }: Generation, asked: Asked): Promise<void> {
    const isDropped = (registered: Registered): boolean => registered.number === number;
    await this.#forget(await this.#change(view, (before) => retiring(before, isDropped), asked), asked);
  }

  #declare(generation: Generation, schema: ViewSchema): Opened {
    const rows = rowCollection(generation, schema);
    const collection = this.#database.collection<RowDocument>(rows.name);
    const open = { rows, collection, indexed: new Set<string>() };
    this.#open.set(rows.name, open);
    return { generation, open };
  }

  /** Nothing tells of a retired generation any more; its rows go later. */
  async #forget({ _id: view, retired }: ViewDocument, asked: Asked): Promise<void> {
    for (const { number } of retired) {
      const name = generationName({ view, number, version: 0, state: 'building' });
      this.#open.delete(name);
      await forgetProgress(this.#database, name, asked);
    }
    this.#sweepAt(Date.now() + this.#dropAfterMs);
  }

  async #ask(view: string, asked: Asked): Promise<ViewDocument> {
    const at = performance.now();
    return this.#hear(await readView(this.#views, view, asked), at);
  }

  async #askAll(asked: Asked): Promise<readonly ViewDocument[]> {
    const at = performance.now();
    const documents = await this.#views.find({}, asked).toArray();
    return documents.map((document) => this.#hear(document, at));
  }

  async #change(view: string, decide: Parameters<typeof changeView>[2], asked: Asked): Promise<ViewDocument> {
    const at = performance.now();
    return this.#hear(await changeView(this.#views, view, decide, asked), at);
  }

  #hear(document: ViewDocument, at: number): ViewDocument {
    const { _id: view, revision, generations, retired } = document;
    if ((this.#heard.get(view)?.revision ?? 0) > revision) return document;
    this.#heard.set(view, { revision, at });
    // Readers of another build of the product go on with the rows that one has replaced, for half as long as these are there.
    const isThere = ({ at: retiredAt }: Retired): boolean => retiredAt.getTime() + this.#dropAfterMs / 2 > Date.now();
    const numbers = [...generations, ...retired.filter(isThere)].map(({ number }) => number);
    const names = numbers.map((number) => generationName({ view, number, version: 0, state: 'building' }));
    for (const name of this.#open.keys())
      if (name.startsWith(`${view}@`) && !names.includes(name)) this.#open.delete(name);
    return document;
  }

  #sweepAt(dueAt: number | undefined): void {
    clearTimeout(this.#timer);
    if (dueAt === undefined || this.#closed) return;
    const sweep = (): void => void (this.#sweeping = this.#sweep());
    this.#timer = setTimeout(sweep, dueAt - Date.now()).unref();
  }

  async #sweep(): Promise<void> {
    try {
      this.#sweepAt(await this.#connection.answer((asked) => dropRetired(this.#database, this.#dropAfterMs, asked)));
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.#sweepAt(Date.now() + this.#dropAfterMs);
    }
  }
}

const isSame = (before: readonly ViewDocument[], after: readonly ViewDocument[]): boolean => {
  const revisions = new Map(before.map(({ _id, revision }) => [_id, revision]));
  return before.length === after.length && after.every(({ _id, revision }) => revisions.get(_id) === revision);
};
