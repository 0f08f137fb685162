import type { Cause, RowVersion } from './view-store.js';

/** What opened or closed versions of one key within (after, upTo], in log order: what closes one and opens the next is one cause. */
export const causesOf = (
  versions: readonly Omit<RowVersion, 'body'>[],
  { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
): readonly Cause[] => {
  const causes = new Map<bigint, Cause>();
  const note = (position: bigint | null, eventId: string | null): void => {
    if (position !== null && eventId !== null && position > after && position <= upTo)
      causes.set(position, { eventId, position });
  };
  for (const version of versions) {
    note(version.from, version.openedBy);
    note(version.until, version.closedBy);
  }
  return [...causes.values()].sort((a, b) => (a.position < b.position ? -1 : 1));
};
