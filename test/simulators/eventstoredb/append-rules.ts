import { type EventIndex, type StreamState } from './event-index.js';

/** The revision a stream must be at; -1 is `no_stream`. */
export type ExpectedRevision = bigint | 'any' | 'stream-exists';

export const noStream = -1n;

export type AppendDecision =
  | { readonly decision: 'append' }
  /** All of it was appended before: its last event's number. */
  | { readonly decision: 'repeat'; readonly lastEvent: number; readonly revision: bigint }
  /** -1: the stream has no event. */
  | { readonly decision: 'wrong-expected-version'; readonly actual: bigint }
  | { readonly decision: 'deleted' };

/**
 * What EventStoreDB does with an append: repeats are known by the ids that stand right after the expected revision,
 * an id known anywhere else counts as new.
 */
export const decideAppend = (
  index: EventIndex,
  name: string,
  expected: ExpectedRevision,
  ids: readonly Buffer[],
): AppendDecision => {
  const stream = index.stream(name);
  if (stream?.isTombstoned) return { decision: 'deleted' };
  const actual = stream?.revision ?? noStream;
  const conflict: AppendDecision = { decision: 'wrong-expected-version', actual };
  if (expected === 'stream-exists') {
    if (stream?.isSoftDeleted) return { decision: 'deleted' };
    if (actual === noStream) return conflict;
  }
  const first = typeof expected === 'bigint' ? Number(expected) + 1 : lastWithId(index, stream, ids[0]);
  if (expected === actual || first === undefined) return { decision: 'append' };
  if (stream === undefined || ids.length === 0) return conflict;

  const firstNew = ids.findIndex((id, n) => !isAt(index, stream, first + n, id));
  if (firstNew === -1) {
    const last = first + ids.length - 1;
    return { decision: 'repeat', lastEvent: stream.events[last]!, revision: BigInt(last) };
  }
  const startsAnew = firstNew === 0 && expected === noStream && stream.isSoftDeleted;
  return startsAnew ? { decision: 'append' } : conflict;
};

const isAt = (index: EventIndex, stream: StreamState, revision: number, id: Buffer): boolean => {
  const event = stream.events[revision];
  return event !== undefined && index.hasId(event, id);
};

const lastWithId = (index: EventIndex, stream: StreamState | undefined, id: Buffer | undefined): number | undefined => {
  const revision = id === undefined ? -1 : (stream?.events.findLastIndex((event) => index.hasId(event, id)) ?? -1);
  return revision === -1 ? undefined : revision;
};
