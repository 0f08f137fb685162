import { deepStrictEqual } from 'node:assert/strict';
import type { RecordedEvent } from '#eventing/event-store.js';
import { foldBatch } from '#eventing/fold-batch.js';
import { inMemoryViewStore } from '#eventing/in-memory/view-store.js';
import type { JsonObject } from '#eventing/json.js';
import { type Generation, type RowVersion, type ViewStore, startCheckpoint } from '#eventing/view-store.js';
import type { View } from '#eventing/view.js';
import { viewOf } from '#eventing/views.js';
import type { AccessFact } from '../events.js';
import type { ActorOfRow } from './view-folds.js';

export const olga: ActorOfRow = { kind: 'user', id: 'usr_olga' };

const start = Date.parse('2026-03-01T12:00:00.000Z');
const minuteMs = 60_000;

/** When the n-th event happened, from 1. */
export const at = (n: number): string => new Date(start + n * minuteMs).toISOString();
/** The place of the n-th event; positions have gaps. */
export const position = (n: number): bigint => BigInt(n) * 10n;

/** A fact, and what its metadata holds beside the usual. */
export type Happening = AccessFact & { readonly metadata?: Readonly<Record<string, string>> };

export const by = (actor: ActorOfRow, happening: Happening): Happening => ({
  ...happening,
  metadata: { actorKind: actor.kind, actorId: actor.id },
});

const streamOf = ({ type, data }: AccessFact): string => {
  const id = (field: string): string => (data as JsonObject)[field] as string;
  if (/^(PlatformStarted|LogRenewed|DefaultApplicationChosen)$/.test(type)) return 'platform';
  if (/^Role(Defined|Redefined|Retired)$/.test(type)) return `role-${id('roleId')}`;
  if (/^Application(Registered|Activated|Deactivated)$/.test(type)) return `application-${id('applicationId')}`;
  if (/^User(Registered|Renamed|Erased)$/.test(type)) return `user-${id('userId')}`;
  return type.startsWith('ApiKey') ? `apiKey-${id('keyId')}` : `account-${id('accountId')}`;
};

/** The facts as the log gives them, decided by Olga where nobody else is named; the n-th is `evt_n`. */
export const log = (...happenings: readonly Happening[]): RecordedEvent[] => {
  const revisions = new Map<string, bigint>();
  return happenings.map((happening, index) => {
    const stream = streamOf(happening);
    const revision = revisions.get(stream) ?? 0n;
    revisions.set(stream, revision + 1n);
    return {
      id: `evt_${index + 1}`,
      type: happening.type,
      data: happening.data,
      metadata: { actorKind: olga.kind, actorId: olga.id, correlationId: 'cor_1', ...happening.metadata },
      stream,
      revision,
      position: position(index + 1),
      recordedAt: at(index + 1),
    };
  });
};

const versionsOf = async (store: ViewStore, generation: Generation): Promise<RowVersion[]> => {
  const versions: RowVersion[] = [];
  for await (const batch of store.scan(generation)) versions.push(...batch);
  return versions;
};

/** Folds events in batches, each batch twice and each of its results written twice. */
const run = async (
  view: View,
  batches: readonly (readonly RecordedEvent[])[],
): Promise<readonly [ViewStore, Generation]> => {
  const store = inMemoryViewStore();
  const generation = await store.create(view.name, view.version, view);
  let checkpoint = startCheckpoint;
  for (const batch of batches) {
    for (let time = 0; time < 2; time += 1) {
      const { changes } = await foldBatch(view, store, generation, checkpoint, batch);
      await store.write(generation, changes);
      await store.write(generation, changes);
    }
    const last = batch.at(-1)!;
    checkpoint = { position: last.position, recordedAt: last.recordedAt };
  }
  return [store, generation];
};

export interface Folded<Row> {
  /** What stands after the last event, by key. */
  readonly rows: Readonly<Record<string, Row>>;
  /** A key's versions: the numbers of the events that opened and closed it, and the row. */
  readonly versions: (key: string) => readonly (readonly [number, number | null, Row])[];
  /** The keys whose rows meet a column value, as a selector or a filter finds them. */
  readonly keysWhere: (column: string, value: string | number | null) => Promise<readonly string[]>;
  /** The keys of rows with a word that begins so. */
  readonly keysOfWord: (start: string) => Promise<readonly string[]>;
}

const numberOf = (place: bigint): number => Number(place / position(1));

/** The rows that events lead to; fails unless one batch and an event a batch, each applied twice, lead to the same. */
export const folded = async <Row extends JsonObject>(
  view: View<Row>,
  events: readonly RecordedEvent[],
): Promise<Folded<Row>> => {
  const [store, generation] = await run(viewOf(view), [events]);
  const versions = await versionsOf(store, generation);
  deepStrictEqual(
    await versionsOf(
      ...(await run(
        viewOf(view),
        events.map((event) => [event]),
      )),
    ),
    versions,
  );
  for (const { body } of versions)
    deepStrictEqual(Object.keys(view.columnsOf(body as Row)).sort(), Object.keys(view.columns).sort());

  const asOf = events.at(-1)?.position ?? 0n;
  const list = { asOf, order: { column: 'key', descending: false }, limit: 1_000 };
  const keysOf = async (where: Parameters<ViewStore['list']>[1]['where']): Promise<string[]> =>
    (await store.list(generation, { ...list, where })).map(({ key }) => key);
  return {
    rows: Object.fromEntries(versions.filter(({ until }) => until === null).map(({ key, body }) => [key, body as Row])),
    versions: (key) =>
      versions
        .filter((version) => version.key === key)
        .map(({ from, until, body }) => [numberOf(from), until === null ? null : numberOf(until), body as Row]),
    keysWhere: (column, value) => keysOf([{ column, in: [value] }]),
    keysOfWord: (wordStartsWith) => keysOf([{ wordStartsWith }]),
  };
};
