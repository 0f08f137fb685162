import type { Aggregate } from './aggregate.js';
import type { Appended, NewEvent } from './event-store.js';
import type { StreamState } from './stream-state.js';

/** A stream's state as it is looked at, and what that must be held against before anybody is told. */
export interface Seen<State = unknown> {
  readonly entry: StreamState<State>;
  /** Of the state when it was looked at. */
  readonly revision: bigint;
  /** Settles once all that the state was folded from then is durable; rejects when that failed. */
  readonly durable: Promise<void>;
}

/** To be taken in the same turn as the look: others go on folding into the state. */
export const seenNow = <State>(entry: StreamState<State>): Seen<State> => {
  const { revision, durable } = entry;
  return { entry, revision, durable };
};

/** The folded streams of a process: how they come to be known, added to, and found to be the truth. */
export interface Streams {
  /** The state as this process has it folded by now; undefined where it must be folded first. */
  atHand<State>(aggregate: Aggregate<State>, id: string): StreamState<State> | undefined;
  /** Whether a state at hand is the truth as it stands, so that it needs no {@link settled}. */
  isTrue(entry: StreamState<unknown>): boolean;
  /** The state as this process knows it, folded now if it is not kept; it may turn out old or never durable. @throws StoreUnavailable */
  known<State>(aggregate: Aggregate<State>, id: string): Promise<StreamState<State>>;
  /**
   * The state with everything that was acknowledged to anybody before this was asked (or up to `withinMs` before).
   * @throws StoreUnavailable
   */
  newest<State>(aggregate: Aggregate<State>, id: string, withinMs?: number): Promise<StreamState<State>>;
  /**
   * Resolves once what was seen is durable, and nothing newer was acknowledged to anybody before this was asked (or `withinMs` before).
   * @throws StateOutdated otherwise
   * @throws StoreUnavailable
   */
  settled(seen: Seen, withinMs?: number): Promise<void>;
  /**
   * Appends at the revision that was seen. Resolves when the next decision of the stream may be made; `appended` once the events are durable.
   * @throws StateOutdated when the state has moved on
   */
  append<State>(
    seen: Seen<State>,
    aggregate: Aggregate<State>,
    events: readonly NewEvent[],
  ): Promise<{ readonly appended: Promise<Appended> }>;
}

/** The state was folded from events that never became durable, or that others have added to: look again. */
export class StateOutdated extends Error {
  override readonly name = 'StateOutdated';
}
