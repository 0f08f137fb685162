import { setTimeout as wait } from 'node:timers/promises';
import {
  type Appended,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  StoreUnavailable,
} from './event-store.js';

export interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
}

/**
 * Appends, again with the same ids while nobody says whether it was written.
 * @throws OutcomeUnknown when that could not be learned within the patience
 */
export const appendUntilKnown = async (store: EventStore, append: Append, patienceMs: number): Promise<Appended> => {
  const deadline = Date.now() + patienceMs;
  let unknown: OutcomeUnknown | undefined;
  for (let waitMs = 10; ; waitMs *= 2) {
    try {
      return await store.append(append.stream, append.expected, append.events);
    } catch (error) {
      // That the repetition wrote nothing does not say that the first time wrote nothing.
      if (error instanceof StoreUnavailable && unknown !== undefined) throw unknown;
      if (!(error instanceof OutcomeUnknown) || Date.now() >= deadline) throw error;
      unknown = error;
      await wait(waitMs);
    }
  }
};
