import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { EventStore, RecordedEvent } from '../event-store.js';
import { batchesToHead } from './log-batches.js';

export interface LogDigest {
  readonly events: number;
  /** In hex. */
  readonly sha256: string;
}

/** Everything but the position; the migrated time in the metadata is what `recordedAt` says. */
const lineOf = ({ stream, revision, id, type, data, metadata, recordedAt }: RecordedEvent): string => {
  const { recordedAt: _, ...kept } = metadata;
  return `${canonicalize([stream, String(revision), id, type, data, kept, recordedAt]) ?? ''}\n`;
};

/**
 * SHA-256 over all events in log order, a line of canonical JSON (RFC 8785) each: the same for a log and its copy.
 * @param isLast ends before this event
 */
export const logDigest = async (
  log: EventStore,
  isLast: (event: RecordedEvent) => boolean,
  onProgress: (position: bigint) => void = () => undefined,
): Promise<LogDigest> => {
  const hash = createHash('sha256');
  let events = 0;
  for await (const batch of batchesToHead(log, 0n)) {
    for (const event of batch.events) {
      if (isLast(event)) return { events, sha256: hash.digest('hex') };
      hash.update(lineOf(event));
      events += 1;
    }
    onProgress(batch.position);
  }
  return { events, sha256: hash.digest('hex') };
};
