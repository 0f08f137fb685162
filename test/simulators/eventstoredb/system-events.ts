import { randomUUID } from 'node:crypto';
import { deletedRevision } from './event-index.js';
import { type NewEvent, uuidBytes } from './event-message.js';

const systemEvent = (type: string, body: string): NewEvent => ({
  id: uuidBytes(randomUUID())!,
  type,
  contentType: 'application/json',
  body: Buffer.from(body),
  metadata: new Uint8Array(),
});

/** The stream that holds another one's metadata. */
export const metastreamOf = (stream: string): string => `$$${stream}`;

/** What a new EventStoreDB writes into its log first. */
export const firstEvent = {
  stream: '$$$scavenges',
  event: () => systemEvent('$metadata', '{"$maxAge":2592000,"$acl":{"$r":"$ops","$w":[],"$d":[],"$mr":[],"$mw":[]}}'),
};

/** Goes to the metastream: revisions below are not read any more. */
export const truncation = (before: bigint): NewEvent => systemEvent('$metadata', `{"$tb":${before}}`);

export const softDeletion = (): NewEvent => truncation(deletedRevision);

export const tombstone = (): NewEvent => systemEvent('$streamDeleted', '');

export const statsStream = '$stats-127.0.0.1:2113';

/** What a real node writes about itself every few seconds, in small. */
export const stats = (number: number): NewEvent => systemEvent('$statsCollected', `{"proc-cpu":${number % 100}}`);

/** The stream whose metadata a record changes, and where it is cut now; undefined for any other record. */
export const truncationIn = (
  stream: string,
  type: string,
  body: () => Uint8Array,
): { readonly stream: string; readonly before: bigint | undefined } | undefined => {
  if (!stream.startsWith('$$') || type !== '$metadata') return undefined;
  // By hand: the revision of a deletion is past what JSON.parse can tell apart.
  const before = /"\$tb"\s*:\s*(\d+)/.exec(Buffer.from(body()).toString())?.[1];
  return { stream: stream.slice(2), before: before === undefined ? undefined : BigInt(before) };
};
