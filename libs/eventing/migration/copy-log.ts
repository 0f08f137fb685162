import { type EventStore, type RecordedEvent, StoreUnavailable } from '../event-store.js';
import type { ViewStore } from '../view-store.js';
import { appendCopies } from './append-copy.js';
import { type Copied, CopiedEvents, type CopyPlace } from './copied-events.js';
import { batchesToHead, eventsAfter, eventsToHead } from './log-batches.js';
import { MigrationRefused } from './refused.js';

export interface LogCopy {
  readonly source: EventStore;
  readonly target: EventStore;
  /** The target's: keeps where events of the source stand there, and how far the copy is. */
  readonly store: ViewStore;
  /** Of the source. */
  readonly logId: string;
  /** Whether an event is the one that gave the finished copy an id of its own. */
  readonly isRenewal: (event: RecordedEvent) => boolean;
  readonly signal: AbortSignal;
}

/** What the target holds of the source. */
export interface CopySoFar extends CopyPlace {
  readonly copied: CopiedEvents;
  /** Whether it was finished, and has an id of its own. */
  readonly isRenewed: boolean;
}

const isCopyOf = (event: RecordedEvent, copy: RecordedEvent): boolean =>
  copy.id === event.id && copy.stream === event.stream && copy.revision === event.revision && copy.type === event.type;

/**
 * Compares what the target holds with the beginning of the source, from where it was last known to be the same.
 * @throws MigrationRefused when it holds anything else, and what the signal was aborted with
 */
export const copiedSoFar = async (copy: LogCopy): Promise<CopySoFar> => {
  const copied = new CopiedEvents(copy.store, copy.logId);
  let { source, target } = await copied.place();
  if (target > (await copy.target.head()))
    throw new MigrationRefused(
      'The target’s view store tells of a copy that its log does not hold: empty all engines of the target',
    );
  let isRenewed = false;
  const originals = eventsToHead(copy.source, source);
  try {
    for await (const batch of batchesToHead(copy.target, target)) {
      const pairs: Copied[] = [];
      for (const there of batch.events) {
        if (isRenewed) throw new MigrationRefused('The target was migrated to before, and has been served since');
        const { value: event } = await originals.next();
        isRenewed = copy.isRenewal(there);
        if (isRenewed && event !== undefined)
          throw new MigrationRefused('The target was migrated to before, and the source has been written to since');
        if (isRenewed) continue;
        if (event === undefined || !isCopyOf(event, there))
          throw new MigrationRefused(
            `The target holds events that are not the source’s (${there.type} in ${there.stream}): give an empty one`,
          );
        pairs.push([event, there]);
      }
      await copied.add(pairs);
      copy.signal.throwIfAborted();
      const [event, there] = pairs.at(-1) ?? [];
      [source, target] = [event?.position ?? source, there?.position ?? target];
    }
  } finally {
    await originals.return(undefined);
  }
  return { copied, source, target, isRenewed };
};

/** Their copies, as they come to stand in the log. */
const pairsOf = async (events: readonly RecordedEvent[], copies: AsyncIterator<RecordedEvent>): Promise<Copied[]> => {
  const pairs: Copied[] = [];
  for (const event of events) {
    const { value: there, done } = (await copies.next()) as IteratorResult<RecordedEvent, undefined>;
    if (done === true) throw new StoreUnavailable('The target’s log was closed meanwhile');
    if (!isCopyOf(event, there))
      throw new MigrationRefused(
        `Something else writes to the target (${there.type} in ${there.stream}): stop it, empty the target and begin again`,
      );
    pairs.push([event, there]);
  }
  return pairs;
};

/**
 * Appends what the target lacks of the source, in the order of its log, and keeps where each event came to stand.
 * Broken off anywhere, {@link copiedSoFar} tells where to go on.
 * @throws MigrationRefused, StoreUnavailable, and what the signal was aborted with
 */
export const copyLog = async (
  copy: LogCopy,
  { copied, source, target }: CopySoFar,
  onProgress: (position: bigint) => void = () => undefined,
): Promise<void> => {
  const ended = new AbortController();
  const copies = eventsAfter(copy.target, target, AbortSignal.any([copy.signal, ended.signal]));
  // Where a batch came to stand is read while the next one is appended.
  let noting: Promise<CopyPlace> = Promise.resolve({ source, target });
  try {
    for await (const { events, position } of batchesToHead(copy.source, source)) {
      await appendCopies(copy.target, events, copy.signal);
      const before = await noting;
      onProgress(before.source);
      noting = note(copied, before, pairsOf(events, copies), position);
      // Told when it is waited for.
      noting.catch(() => undefined);
    }
    onProgress((await noting).source);
  } finally {
    ended.abort();
    await copies.return(undefined);
  }
};

const note = async (
  copied: CopiedEvents,
  before: CopyPlace,
  pairs: Promise<Copied[]>,
  position: bigint,
): Promise<CopyPlace> => {
  const found = await pairs;
  await copied.add(found);
  const end = { source: position, target: found.at(-1)?.[1].position ?? before.target };
  if (position > (found.at(-1)?.[0].position ?? before.source)) await copied.addEnd(end);
  return end;
};
