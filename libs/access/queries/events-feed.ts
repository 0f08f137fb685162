import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedEvent } from '#eventing/event-store.js';
import { UnknownEventType, upcast } from '#eventing/event-types.js';
import type { JsonObject } from '#eventing/json.js';
import { actorOf } from '#eventing/metadata.js';
import { formatPosition } from '#eventing/position.js';
import { refuse } from '#eventing/refusal.js';
import type { Caller } from '../caller.js';
import { eventTypes } from '../events.js';
import { holdsOnPlatform, permissionScopes } from '../permission.js';
import { requireAccountInReach } from '../reach.js';
import type { ActorOfRow } from '../views/view-folds.js';
import { type FeedPage, placeAfter, writePlace } from './feed-place.js';
import type { LogReading } from './log-reading.js';
import { query } from './query.js';
import { waiting } from './waiting.js';

/** An event as it lies in the log. */
export interface EventAnswer {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly recordedAt: string;
  readonly actor: ActorOfRow;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly commandId: string | null;
  readonly data: JsonObject;
}

export class FollowEvents extends query<{
  after?: string | undefined;
  limit: number;
  /** Seconds. */
  wait: number;
  accountId?: string | undefined;
  types?: readonly string[] | undefined;
  /** Opens what is personal. */
  open: boolean;
  signal: AbortSignal;
  /** The caller as the credentials show them by now. */
  renew: () => Promise<Caller>;
}>() {}

export const exportRight = { platform: 'history:export', account: 'history:export' };

/** Which events a caller may export: all, or those of one account; and whether what is personal in them is opened. */
interface ExportScope {
  readonly accountId: string | null;
  readonly mayOpen: boolean;
}

/** @throws Refusal not-allowed, account-not-found */
export const exportScope = async (
  reading: Pick<LogReading, 'access'>,
  caller: Caller,
  accountId: string | undefined,
): Promise<ExportScope> => {
  // An application's key sees its own application only, and an account's events are of all.
  if (caller.kind === 'service' && caller.scope.kind === 'application')
    refuse('not-allowed', { needs: 'history:export@account' });
  const named =
    accountId ?? (caller.kind === 'service' && caller.scope.kind === 'account' ? caller.scope.accountId : undefined);
  if (named === undefined) {
    if (!holdsOnPlatform(caller, 'history:export')) refuse('not-allowed', { needs: 'history:export@platform' });
    return { accountId: null, mayOpen: holdsOnPlatform(caller, 'members:view') };
  }
  const { held } = await requireAccountInReach(reading, caller, named, exportRight);
  const opens = permissionScopes(held, 'members:view');
  return { accountId: named, mayOpen: opens.includes('account') || opens.includes('platform') };
};

const opened = async ({ sealer }: Pick<LogReading, 'sealer'>, event: RecordedEvent): Promise<RecordedEvent> => {
  try {
    return await sealer.open(upcast(eventTypes, event));
  } catch (error) {
    // What this version does not know it can't open: it stays as it lies in the log.
    if (error instanceof UnknownEventType) return event;
    throw error;
  }
};

export const eventAnswer = async (
  reading: Pick<LogReading, 'sealer'>,
  recorded: RecordedEvent,
  open: boolean,
): Promise<EventAnswer> => {
  const event = open ? await opened(reading, recorded) : recorded;
  const { metadata } = event;
  const { kind, id } = actorOf(event);
  return {
    position: formatPosition(event.position),
    stream: event.stream,
    revision: event.revision.toString(),
    eventId: event.id,
    type: event.type,
    schemaVersion: Number(metadata['schemaVersion'] ?? 1),
    recordedAt: event.recordedAt,
    actor: { kind, id },
    reason: metadata['reason'] ?? null,
    ticket: metadata['ticket'] ?? null,
    correlationId: metadata['correlationId'] ?? null,
    causationId: metadata['causationId'] ?? null,
    commandId: metadata['commandId'] ?? null,
    data: event.data,
  };
};

interface EventsFound {
  readonly events: readonly RecordedEvent[];
  readonly upTo: bigint;
  /** Of the account's stream. */
  readonly revision?: bigint | undefined;
  readonly more: boolean;
}

/** An answer looks at no more events than this, however few are wanted. */
const lookedAtMost = 20_000;

const isWanted = ({ type }: RecordedEvent, types: readonly string[] | undefined): boolean =>
  types === undefined || types.includes(type);

type Wanted = Pick<FollowEvents, 'limit' | 'types'>;

const ofLog = async ({ views }: LogReading, after: bigint, { limit, types }: Wanted): Promise<EventsFound> => {
  const done = new AbortController();
  const events: RecordedEvent[] = [];
  let upTo = after;
  let looked = 0;
  for await (const batch of views.log.follow({ after, signal: done.signal, batchSize: Math.max(limit, 500) })) {
    for (const event of batch.events) {
      if (isWanted(event, types) && events.length === limit) return { events, upTo, more: true };
      if (isWanted(event, types)) events.push(event);
      upTo = event.position;
    }
    upTo = batch.position;
    looked += batch.events.length;
    if (batch.live) break;
    if (looked >= lookedAtMost) return { events, upTo, more: true };
    await nextTurn();
  }
  return { events, upTo, more: false };
};

const ofStream = async (
  { views }: LogReading,
  stream: string,
  { position, revision }: { position: bigint; revision?: bigint | undefined },
  { limit, types }: Wanted,
): Promise<EventsFound> => {
  const head = await views.log.head();
  const events: RecordedEvent[] = [];
  let upTo = position;
  let last = revision;
  for await (const event of views.log.readStream(stream, revision === undefined ? 0n : revision + 1n)) {
    const wanted = event.position > position && isWanted(event, types);
    if (wanted && events.length === limit) return { events, upTo, revision: last, more: true };
    if (wanted) events.push(event);
    last = event.revision;
    if (event.position > upTo) upTo = event.position;
  }
  return { events, upTo: upTo > head ? upTo : head, revision: last, more: false };
};

/**
 * The events after a place, of the whole log or of one account.
 * @throws Refusal cursor-invalid, position-of-another-log, position-unknown, not-allowed, account-not-found
 */
export const followEvents = async (asked: FollowEvents, reading: LogReading): Promise<FeedPage<EventAnswer>> => {
  const { wait, signal, renew, accountId } = asked;
  let scope = await exportScope(reading, asked.caller, accountId);
  const place = await placeAfter(reading, asked.after);
  let revision = place.stream?.accountId === scope.accountId ? place.stream.revision : undefined;
  const { events, upTo, more } = await waiting(
    { views: reading.views, view: 'moments', wait, signal },
    place.position,
    async (after, waited) => {
      if (waited) scope = await exportScope(reading, await renew(), accountId);
      const found =
        scope.accountId === null
          ? await ofLog(reading, after, asked)
          : await ofStream(reading, `account-${scope.accountId}`, { position: after, revision }, asked);
      revision = found.revision;
      return { ...found, found: found.events.length > 0 || found.more };
    },
  );
  const open = asked.open && scope.mayOpen;
  const stream =
    scope.accountId === null || revision === undefined ? undefined : { accountId: scope.accountId, revision };
  return {
    items: await Promise.all(events.map((event) => eventAnswer(reading, event, open))),
    nextAfter: writePlace({ logId: place.logId, position: upTo, stream }),
    more,
  };
};
