import type { Cause, RowVersion } from './view-store.js';

interface Range {
  readonly after: bigint;
  readonly upTo: bigint;
}
type Versions = readonly Omit<RowVersion, 'body'>[];

/** What closes a version and opens the next is one cause. */
const causesOf = (versions: Versions, { after, upTo }: Range): readonly Cause[] => {
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

/** What opened or closed versions of keys within (after, upTo], in log order; keys that nothing touched are left out. */
export const causesByKey = (
  versionsByKey: Iterable<readonly [key: string, versions: Versions]>,
  range: Range,
): ReadonlyMap<string, readonly Cause[]> => {
  const found = [...versionsByKey].map(([key, versions]) => [key, causesOf(versions, range)] as const);
  return new Map(found.filter(([, causes]) => causes.length > 0));
};
