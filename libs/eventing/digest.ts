import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RowVersion } from './view-store.js';

const lineOf = ({ key, from, until, openedBy, closedBy, body }: RowVersion, asOf: bigint): string => {
  const ended = until !== null && until <= asOf;
  const range = [String(from), ended ? String(until) : null, openedBy, ended ? closedBy : null];
  return `${canonicalize([key, ...range, body]) ?? ''}\n`;
};

/**
 * SHA-256 (hex) over all versions in the order given, a line of canonical JSON (RFC 8785) each, as they were at a
 * position: later ones are left out and ends that were still to come don't show.
 */
export const digestOf = async (versions: AsyncIterable<readonly RowVersion[]>, asOf: bigint): Promise<string> => {
  const hash = createHash('sha256');
  for await (const batch of versions)
    for (const version of batch) if (version.from <= asOf) hash.update(lineOf(version, asOf));
  return hash.digest('hex');
};
