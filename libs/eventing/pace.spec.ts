import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Pace } from './pace.js';

interface Worker {
  readonly position?: bigint;
  readonly live?: boolean;
  readonly work: () => Promise<unknown>;
}

/** Keeps the thread so long. */
const keeps = (ms: number) => (): Promise<void> => {
  for (const until = performance.now() + ms; performance.now() < until;);
  return Promise.resolve();
};
const live = (ms: number): Worker => ({ work: keeps(ms) });
const behind = (position: bigint): Worker => ({ position, live: false, work: keeps(3) });

/** Lets all of them wait at once; gives who began in each turn of the event loop. */
const begun = async (pace: Pace, all: Readonly<Record<string, Worker>>): Promise<string[][]> => {
  const turns: string[][] = [];
  let turn: string[] = [];
  const waiting = Object.entries(all).map(async ([name, { position = 100n, live: isLive = true, work }]) =>
    pace.turn({
      position,
      live: isLive,
      work: () => {
        turn.push(name);
        return work();
      },
    }),
  );
  const over = Promise.all(waiting).then(() => true);
  while (!(await Promise.race([over, nextTurn(false)]))) {
    if (turn.length > 0) turns.push(turn);
    turn = [];
  }
  return turn.length > 0 ? [...turns, turn] : turns;
};

describe('the pace of background work', () => {
  it('lets small slices share a turn, and large ones none', async () => {
    const all = { a: live(0), b: live(0), c: live(60), d: live(60), e: live(0) };
    expect(await begun(new Pace(50), all)).toEqual([['a', 'b', 'c'], ['d'], ['e']]);
  });

  it('lets the furthest behind go first', async () => {
    const order = (await begun(new Pace(2), { a: behind(30n), b: behind(10n), c: behind(20n) })).flat();
    expect(order).toEqual(['b', 'c', 'a']);
  });

  it('lets neither those who are live nor those behind wait for all of the others', async () => {
    const all = { a: behind(1n), b: behind(2n), c: live(3), d: live(3), e: behind(3n), f: live(3) };
    const order = (await begun(new Pace(2), all)).flat();
    expect(order.slice(0, 4).filter((name) => 'abe'.includes(name))).toHaveLength(2);
  });

  it('lets nobody wait for whoever waits for an engine', async () => {
    const ended: string[] = [];
    const pace = new Pace(2);
    const slow = pace.turn({ position: 1n, live: true, work: () => wait(50).then(() => ended.push('slow')) });
    await pace.turn({ position: 1n, live: true, work: () => Promise.resolve(ended.push('quick')) });
    await slow;
    expect(ended).toEqual(['quick', 'slow']);
  });

  it('gives what the work gives, and goes on when it fails', async () => {
    const pace = new Pace();
    const failing = pace.turn({ position: 1n, live: true, work: () => Promise.reject(new Error('no')) });
    const working = pace.turn({ position: 1n, live: true, work: () => Promise.resolve(7) });
    await expect(failing).rejects.toThrow('no');
    await expect(working).resolves.toBe(7);
  });
});
