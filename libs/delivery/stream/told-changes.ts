import { writePlace } from '#access/queries/feed-place.js';
import type { AccessChangeRow } from '#access/views/access-changes.js';
import { written } from './server-sent-events.js';

/** A change as subscribers get it. */
export interface ToldChange {
  readonly position: bigint;
  readonly bytes: Buffer;
}

const known = new WeakMap<AccessChangeRow, ToldChange>();

/** A change of this log, written once however many get it. */
export const toldChange = (logId: string, row: AccessChangeRow): ToldChange => {
  const before = known.get(row);
  if (before !== undefined) return before;
  const position = BigInt(row.position);
  const id = writePlace({ logId, position });
  const told = { position, bytes: written({ event: row.type, id, data: row }) };
  known.set(row, told);
  return told;
};

export const joined = (changes: readonly ToldChange[]): Buffer => {
  const [first, second] = changes;
  return first !== undefined && second === undefined ? first.bytes : Buffer.concat(changes.map(({ bytes }) => bytes));
};
