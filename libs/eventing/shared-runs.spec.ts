import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from './event-store.js';
import { sharedRuns } from './shared-runs.js';

const events = Array.from({ length: 2_000 }, (_, n) => ({ position: BigInt(2 * n + 1) }) as RecordedEvent);

const givenRuns = () => {
  let reads = 0;
  const run = sharedRuns((after, limit) => {
    reads += 1;
    return events.filter(({ position }) => position > after).slice(0, limit);
  });
  return { run, reads: () => reads };
};

/** The positions that a follower comes by, from run to run. */
const followed = (run: (after: bigint, limit: number) => readonly RecordedEvent[], after: bigint, limit: number) => {
  const positions: bigint[] = [];
  for (let found = run(after, limit); found.length > 0; found = run(positions.at(-1) ?? after, limit)) {
    expect(found.length).toBeLessThanOrEqual(limit);
    positions.push(...found.map(({ position }) => position));
  }
  return positions;
};

describe('shared runs', () => {
  it.each([
    [0n, 100],
    [0n, 7],
    [50n, 300],
    [51n, 300],
    [3_998n, 10],
  ])('give every event after %s once, in runs of %s, whoever has read before', (after, limit) => {
    const { run } = givenRuns();
    run(0n, 100);
    run(40n, 100);
    const expected = events.map(({ position }) => position).filter((position) => position > after);
    expect(followed(run, after, limit)).toEqual(expected);
  });

  it('are read once for all who are at about the same place', () => {
    const { run, reads } = givenRuns();
    for (let after = 0n; after < 3_000n; after = run(after, 100).at(-1)?.position ?? 0n)
      for (const behind of [0n, 10n, 111n]) run(after + behind, 100);
    expect(reads()).toBeLessThan(20);
  });

  it('find what was written since', () => {
    const log: RecordedEvent[] = events.slice(0, 10);
    const run = sharedRuns((after) => log.filter(({ position }) => position > after));
    expect(run(19n, 10)).toEqual([]);
    log.push(...events.slice(10, 12));
    expect(run(0n, 100)).toHaveLength(12);
    expect(run(19n, 100)).toHaveLength(2);
    expect(run(23n, 100)).toEqual([]);
  });
});
