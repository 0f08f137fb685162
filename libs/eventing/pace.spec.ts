import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pace, type Waiting } from './pace.js';

/** Lets all of them wait at once; gives who began in each turn of the event loop. */
const begun = async (pace: Pace, all: Readonly<Record<string, Waiting>>): Promise<string[][]> => {
  const turns: string[][] = [];
  let turn: string[] = [];
  const waiting = Object.entries(all).map(([name, one]) => pace.turn(one).then(() => turn.push(name)));
  const over = Promise.all(waiting).then(() => true);
  while (!(await Promise.race([over, nextTurn(false)]))) {
    if (turn.length > 0) turns.push(turn);
    turn = [];
  }
  return turn.length > 0 ? [...turns, turn] : turns;
};
const live = (ms: number): Waiting => ({ position: 100n, live: true, ms });
const behind = (position: bigint): Waiting => ({ position, live: false, ms: 2 });

describe('the pace of background work', () => {
  it('lets small slices share a turn, and large ones none', async () => {
    expect(await begun(new Pace(2), { a: live(0.5), b: live(0.5), c: live(1.5), d: live(2), e: live(0.1) })).toEqual([
      ['a', 'b', 'c'],
      ['d'],
      ['e'],
    ]);
  });

  it('lets the furthest behind go first', async () => {
    const order = (await begun(new Pace(2), { a: behind(30n), b: behind(10n), c: behind(20n) })).flat();
    expect(order).toEqual(['b', 'c', 'a']);
  });

  it('lets neither those who are live nor those behind wait for all of the others', async () => {
    const all = { a: behind(1n), b: behind(2n), c: live(2), d: live(2), e: behind(3n), f: live(2) };
    const order = (await begun(new Pace(2), all)).flat();
    expect(order.slice(0, 4).filter((name) => 'abe'.includes(name))).toHaveLength(2);
  });
});
