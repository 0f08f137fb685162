import { afterEach, beforeEach } from '@jest/globals';
import type { JsonObject } from '../json.js';
import type {
  ColumnValue,
  Condition,
  Generation,
  RowChange,
  RowQuery,
  RowVersion,
  ViewSchema,
  ViewStore,
} from '../view-store.js';

/** A store for one test; `reopen` closes it and opens what it had kept. */
export interface OpenedViewStore {
  readonly store: ViewStore;
  reopen(): Promise<ViewStore>;
  dispose(): Promise<void>;
}
export type OpenViewStore = () => Promise<OpenedViewStore>;

/** The view that the contract works on. */
export const people: ViewSchema = {
  columns: { accountId: 'text', name: 'text', rank: 'integer', state: 'text' },
  indexes: [['accountId', 'name'], ['accountId', 'rank'], ['name']],
};
export const log: ViewSchema = { columns: { accountId: 'text' }, indexes: [['accountId']], appendOnly: true };

export interface Person {
  readonly accountId?: string | null;
  readonly name?: string | null;
  readonly rank?: number | null;
  readonly state?: string | null;
}

const indexed = ({ accountId = null, name = null, rank = null, state = null }: Person) => {
  return { columns: { accountId, name, rank, state }, words: name === null ? [] : name.split(' ') };
};
const bodyOf = (person: Person): JsonObject => ({ ...person });

export const opens = (key: string, from: bigint, person: Person = {}, body = bodyOf(person)): RowChange => {
  return { change: 'open', key, from, by: `evt_${from}`, body, ...indexed(person) };
};
export const closes = (key: string, from: bigint, until: bigint): RowChange => {
  return { change: 'close', key, from, until, by: `evt_${until}` };
};
export const rewrites = (key: string, from: bigint, person: Person): RowChange => {
  return { change: 'rewrite', key, from, body: bodyOf(person), ...indexed(person) };
};
/** A row that changed: the old version ends where the new one begins. */
export const changes = (key: string, from: bigint, until: bigint, person: Person): RowChange[] => [
  opens(key, until, person),
  closes(key, from, until),
];

/** The version that `opens` and then `closes` leave. */
export const version = (
  key: string,
  from: bigint,
  until: bigint | null,
  person: Person = {},
  body = bodyOf(person),
): RowVersion => {
  return { key, from, until, openedBy: `evt_${from}`, closedBy: until === null ? null : `evt_${until}`, body };
};

export const ascending = (column: string): RowQuery['order'] => ({ column, descending: false });
export const descending = (column: string): RowQuery['order'] => ({ column, descending: true });

/** The keys of the rows that stood and match, sorted by key unless said otherwise. */
export const keysOf = async (
  store: ViewStore,
  generation: Generation,
  asOf: bigint,
  where: readonly Condition[] = [],
  order = ascending('key'),
): Promise<string[]> => {
  const rows = await store.list(generation, { asOf, where, order, limit: 1_000 });
  return rows.map(({ key }) => key);
};

/** All versions of a generation in the order of its scan. */
export const scanned = async (store: ViewStore, generation: Generation): Promise<RowVersion[]> => {
  const versions: RowVersion[] = [];
  for await (const batch of store.scan(generation)) versions.push(...batch);
  return versions;
};

/** Every page of a query, one after the other; `between` runs after each. */
export const pages = async (
  store: ViewStore,
  generation: Generation,
  query: Omit<RowQuery, 'after'>,
  between: (page: number) => Promise<void> = () => Promise.resolve(),
): Promise<{ key: string; value: ColumnValue }[]> => {
  const found: { key: string; value: ColumnValue }[] = [];
  for (let page = 1; ; page += 1) {
    const last = found.at(-1);
    const rows = await store.list(generation, { ...query, ...(last === undefined ? {} : { after: last }) });
    found.push(...rows.map(({ key, sortValue }) => ({ key, value: sortValue })));
    if (rows.length < query.limit) return found;
    await between(page);
  }
};

/** Gives each test of a suite its own store. */
export const eachOpens = (
  open: OpenViewStore,
): { readonly store: ViewStore; readonly reopen: () => Promise<ViewStore> } => {
  let opened: OpenedViewStore | undefined;
  const now = (): OpenedViewStore => {
    if (opened === undefined) throw new Error('no test is running');
    return opened;
  };
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(async () => {
    await opened?.dispose();
    opened = undefined;
  });
  return {
    get store() {
      return now().store;
    },
    reopen: () => now().reopen(),
  };
};
