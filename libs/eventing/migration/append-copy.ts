import { writtenEvents } from '../append-rules.js';
import { appendUntilKnown } from '../append-until-known.js';
import { appendLimits, type EventStore, type NewEvent, type RecordedEvent, RevisionConflict } from '../event-store.js';
import { MigrationRefused } from './refused.js';

/** Events that follow one another in the log and in their stream, so that they may share an append. */
interface Stretch {
  readonly stream: string;
  /** Of the first. */
  readonly revision: bigint;
  readonly events: NewEvent[];
  bytes: number;
}

const patienceMs = 30_000;

const copyOf = ({ id, type, data, metadata, recordedAt }: RecordedEvent): NewEvent => ({
  id,
  type,
  data,
  metadata: { ...metadata, recordedAt },
});

const bytesOf = (event: NewEvent): number => writtenEvents([event]).reduce((sum, { bytes }) => sum + bytes, 0);

/** The events as appends that keep their order and fit the limits. */
const stretchesOf = function* (events: readonly RecordedEvent[]): Generator<Stretch> {
  let stretch: Stretch | undefined;
  for (const event of events) {
    const { stream, revision } = event;
    const copy = copyOf(event);
    const bytes = bytesOf(copy);
    const continues =
      stretch?.stream === stream &&
      stretch.events.length < appendLimits.events &&
      stretch.bytes + bytes <= appendLimits.bytes;
    if (stretch !== undefined && continues) {
      stretch.events.push(copy);
      stretch.bytes += bytes;
    } else {
      if (stretch !== undefined) yield stretch;
      stretch = { stream, revision, events: [copy], bytes };
    }
  }
  if (stretch !== undefined) yield stretch;
};

/**
 * Appends copies at the revisions of the originals, with their ids and times; again is the same as once. Each stretch waits
 * for the one before it: two appends under way to different streams may be decided in either order.
 * @throws MigrationRefused when a stream of the target holds something else
 */
export const appendCopies = async (
  target: EventStore,
  events: readonly RecordedEvent[],
  signal: AbortSignal,
): Promise<void> => {
  for (const { stream, revision, events: copies } of stretchesOf(events)) {
    signal.throwIfAborted();
    const expected = revision === 0n ? 'no-stream' : revision - 1n;
    try {
      await appendUntilKnown(target, { stream, expected, events: copies }, patienceMs);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      throw new MigrationRefused(`The target’s ${stream} holds other events than the source’s: empty the target first`);
    }
  }
};
