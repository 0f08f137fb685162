import { type ExpectedRevision, noStream } from './append-rules.js';

/** What the options of all calls that write have in common. */
export interface WriteTarget {
  getStreamIdentifier(): { getStreamName_asU8(): Uint8Array } | undefined;
  hasAny(): boolean;
  hasStreamExists(): boolean;
  hasNoStream(): boolean;
}

export const streamIn = (options: Pick<WriteTarget, 'getStreamIdentifier'>): string =>
  Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();

/** The revision is given apart: calls name the field differently. */
export const expectedIn = (options: WriteTarget, revision: string): ExpectedRevision => {
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  return options.hasNoStream() ? noStream : BigInt(revision);
};
