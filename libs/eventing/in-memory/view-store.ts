import { causesByKey } from '../causes.js';
import { compareText, compareValues } from '../column-order.js';
import { StoreUnavailable } from '../event-store.js';
import type { JsonObject } from '../json.js';
import {
  generationName,
  startCheckpoint,
  type Checkpoint,
  type ColumnValue,
  type Condition,
  type Generation,
  type ParkedEvent,
  type RowChange,
  type RowVersion,
  type ViewSchema,
  type ViewStore,
} from '../view-store.js';
import { meets, type Testable } from './view-store-conditions.js';

/** A version as it is kept: the body as text, so that nobody changes it from outside. */
interface StoredVersion extends Omit<RowVersion, 'body'>, Testable {
  readonly body: string;
}

interface StoredGeneration {
  generation: Generation;
  readonly appendOnly: boolean;
  /** By key, then ascending by `from`. */
  readonly rows: Map<string, StoredVersion[]>;
  readonly parked: Map<bigint, ParkedEvent>;
}

const scanBatch = 500;

const opened = ({ key, from, openedBy, until, closedBy, body }: StoredVersion): RowVersion => {
  return { key, from, until, openedBy, closedBy, body: JSON.parse(body) as JsonObject };
};

const content = (change: Testable & { readonly key: string; readonly body: JsonObject }) => ({
  body: JSON.stringify(change.body),
  columns: { ...change.columns, key: change.key },
  words: change.words,
});

const stoodAt = (row: StoredVersion, asOf: bigint): boolean =>
  row.from <= asOf && (row.until === null || row.until > asOf);

const apply = ({ rows, appendOnly }: StoredGeneration, change: RowChange): void => {
  if (change.change === 'close' && appendOnly) throw new Error('rows of an append-only view are never closed');
  const versions = rows.get(change.key) ?? [];
  const place = versions.findIndex((version) => version.from === change.from);
  const found = versions[place];
  if (change.change === 'open') {
    if (found !== undefined) return;
    const { key, from, by } = change;
    versions.push({ key, from, until: null, openedBy: by, closedBy: null, ...content(change) });
    versions.sort((a, b) => Number(a.from - b.from));
    rows.set(key, versions);
  } else if (found !== undefined && change.change === 'rewrite') {
    versions[place] = { ...found, ...content(change) };
  } else if (found?.until === null && change.change === 'close') {
    versions[place] = { ...found, until: change.until, closedBy: change.by };
  }
};

/** A {@link ViewStore} that lives as long as the process. */
export const inMemoryViewStore = (): ViewStore => {
  const stored = new Map<string, StoredGeneration>();
  const lastNumbers = new Map<string, number>();
  const checkpoints = new Map<string, Checkpoint>();

  const the = (generation: Generation): StoredGeneration => {
    const found = stored.get(generationName(generation));
    if (found === undefined) throw new StoreUnavailable(`${generationName(generation)} is not there (any more)`);
    return found;
  };
  const checkpointOf = (name: string): Checkpoint => checkpoints.get(name) ?? startCheckpoint;
  const create = (view: string, version: number, schema: ViewSchema, state: Generation['state']): Generation => {
    const number = (lastNumbers.get(view) ?? 0) + 1;
    lastNumbers.set(view, number);
    const generation: Generation = { view, number, version, state };
    const appendOnly = schema.appendOnly ?? false;
    stored.set(generationName(generation), { generation, appendOnly, rows: new Map(), parked: new Map() });
    return generation;
  };
  const dropNow = (generation: Generation): void => {
    stored.delete(generationName(generation));
    checkpoints.delete(generationName(generation));
  };
  const of = (view: string): Generation[] =>
    [...stored.values()].map(({ generation }) => generation).filter((generation) => generation.view === view);
  const all = (generation: Generation): StoredVersion[] => [...the(generation).rows.values()].flat();
  const matching = (generation: Generation, asOf: bigint, where: readonly Condition[]): StoredVersion[] =>
    all(generation).filter((row) => stoodAt(row, asOf) && where.every((condition) => meets(row, condition)));
  const inKeyOrder = (rows: StoredVersion[]): RowVersion[] =>
    rows.sort((a, b) => compareText(a.key, b.key) || Number(a.from - b.from)).map(opened);
  const answer = <Result>(work: () => Result): Promise<Result> => new Promise((resolve) => resolve(work()));

  return {
    generations: (view) => answer(() => of(view).sort((a, b) => a.number - b.number)),
    create: (view, version, schema) => answer(() => create(view, version, schema, 'building')),
    open: (generation) => answer(() => void the(generation)),
    index: (generation) => answer(() => void the(generation)),
    promote: (generation) =>
      answer(() => {
        const live: Generation = { ...generation, state: 'live' };
        the(generation).generation = live;
        of(live.view)
          .filter(({ number }) => number < live.number)
          .forEach(dropNow);
        return live;
      }),
    drop: (generation) => answer(() => dropNow(generation)),
    keep: (name, schema) =>
      answer(() => of(name).findLast(({ state }) => state === 'live') ?? create(name, 1, schema, 'live')),

    write: (generation, changes) =>
      answer(() => {
        for (const change of changes) apply(the(generation), change);
      }),
    checkpoint: (name) => answer(() => checkpointOf(name)),
    live: () =>
      answer(() =>
        [...stored.values()]
          .map(({ generation }) => ({ generation, checkpoint: checkpointOf(generationName(generation)) }))
          .filter(({ generation }) => generation.state === 'live'),
      ),
    advance: (name, from, to) =>
      answer(() => {
        if (checkpointOf(name).position !== from.position) return false;
        checkpoints.set(name, to);
        return true;
      }),

    get: (generation, keys, asOf) =>
      answer(() => {
        const { rows } = the(generation);
        const found = keys.flatMap((key) => rows.get(key)?.filter((row) => stoodAt(row, asOf)) ?? []);
        return new Map(found.map((row) => [row.key, opened(row)]));
      }),
    list: (generation, { asOf, where, order, after, limit }) =>
      answer(() => {
        const valueOf = (row: StoredVersion): ColumnValue => row.columns[order.column] ?? null;
        const compare = (a: readonly [ColumnValue, string], b: readonly [ColumnValue, string]): number =>
          (compareValues(a[0], b[0]) || compareText(a[1], b[1])) * (order.descending ? -1 : 1);
        return matching(generation, asOf, where)
          .filter((row) => after === undefined || compare([valueOf(row), row.key], [after.value, after.key]) > 0)
          .sort((a, b) => compare([valueOf(a), a.key], [valueOf(b), b.key]))
          .slice(0, limit)
          .map((row) => ({ ...opened(row), sortValue: valueOf(row) }));
      }),
    count: (generation, { asOf, where, distinct, cap }) =>
      answer(() => {
        const rows = matching(generation, asOf, where);
        if (distinct === undefined) return Math.min(rows.length, cap);
        const values = rows.map((row) => row.columns[distinct] ?? null).filter((value) => value !== null);
        return Math.min(new Set(values).size, cap);
      }),
    touched: (generation, { after, upTo, where, afterKey, limit }) =>
      answer(() => {
        const within = (position: bigint | null): boolean => position !== null && position > after && position <= upTo;
        const keys = all(generation)
          .filter((row) => within(row.from) || within(row.until))
          .filter((row) => where.every((condition) => meets(row, condition)))
          .map(({ key }) => key);
        return [...new Set(keys)]
          .sort(compareText)
          .filter((key) => afterKey === undefined || compareText(key, afterKey) > 0)
          .slice(0, limit);
      }),
    causes: (generation, keys, range) =>
      answer(() => {
        const { rows } = the(generation);
        return causesByKey(
          keys.map((key) => [key, rows.get(key) ?? []]),
          range,
        );
      }),
    versions: (generation, key) => answer(() => (the(generation).rows.get(key) ?? []).map(opened)),
    versionsWhere: (generation, column, value, standingAt) =>
      answer(() =>
        inKeyOrder(
          all(generation).filter(
            (row) => meets(row, { column, in: [value] }) && (standingAt === undefined || stoodAt(row, standingAt)),
          ),
        ),
      ),
    async *scan(generation) {
      const rows = await answer(() => inKeyOrder(all(generation)));
      for (let start = 0; start < rows.length; start += scanBatch) yield rows.slice(start, start + scanBatch);
    },

    park: (generation, event) =>
      answer(() => {
        const { parked } = the(generation);
        if (!parked.has(event.position)) parked.set(event.position, event);
      }),
    parked: (generation) =>
      answer(() => [...the(generation).parked.values()].sort((a, b) => Number(a.position - b.position))),
    close: () => answer(() => undefined),
  };
};
