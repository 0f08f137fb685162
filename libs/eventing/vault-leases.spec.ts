import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './contracts/view-specs-given.js';
import { StoreUnavailable } from './event-store.js';
import { inMemoryVault } from './in-memory/vault.js';
import { ownLeases } from './leases.js';
import type { Vault } from './vault.js';
import { VaultLeases } from './vault-leases.js';

const times = { durationMs: 100, renewMs: 15 };

let vault: Vault;
let letGo: (() => Promise<void>)[];
beforeEach(() => {
  vault = inMemoryVault();
  letGo = [];
});
afterEach(async () => {
  await Promise.all(letGo.map((stop) => stop()));
});

/** A process whose way to the vault can be cut. */
const processOf = (owner: string) => {
  const way = { cut: false };
  const leases = new VaultLeases(
    {
      ...vault,
      lease: async (...asked) => {
        if (way.cut) throw new StoreUnavailable('no connection');
        return vault.lease(...asked);
      },
      releaseLease: async (...asked) => {
        if (way.cut) throw new StoreUnavailable('no connection');
        return vault.releaseLease(...asked);
      },
    },
    owner,
    times,
  );
  return { leases, way };
};

/** Work that notes who does it. */
const workOf = (owner: string, doing: Set<string>) => ({
  start: () => void doing.add(owner),
  stop: () => Promise.resolve(void doing.delete(owner)),
});

describe('work that is held by a lease', () => {
  it('goes on in one process, and in another once that one gives it back', async () => {
    const doing = new Set<string>();
    const stops = new Map<string, () => Promise<void>>();
    for (const owner of ['one', 'two', 'three'])
      stops.set(owner, await processOf(owner).leases.hold('view/members', workOf(owner, doing)));
    letGo.push(...stops.values());
    await eventually(() => doing.size === 1);
    const [first = ''] = doing;
    await sleep(times.durationMs * 2);
    expect([...doing]).toEqual([first]);
    await stops.get(first)!();
    await eventually(() => doing.size === 1);
    expect(doing.has(first)).toBe(false);
  });

  it('is stopped by a process that lost the vault before another one begins', async () => {
    const doing = new Set<string>();
    const most: number[] = [];
    const watched = (owner: string) => {
      const work = workOf(owner, doing);
      return { ...work, start: () => (work.start(), void most.push(doing.size)) };
    };
    const one = processOf('one');
    letGo.push(await one.leases.hold('timer', watched('one')));
    await eventually(() => doing.has('one'));
    letGo.push(await processOf('two').leases.hold('timer', watched('two')));
    one.way.cut = true;
    await eventually(() => doing.has('two'));
    expect(most).toEqual([1, 1]);
    one.way.cut = false;
    await sleep(times.durationMs);
    expect([...doing]).toEqual(['two']);
  });

  it('is shared by processes that start together', async () => {
    const doing = { one: new Set<string>(), two: new Set<string>() };
    const [one, two] = [processOf('one').leases, processOf('two').leases];
    for (let number = 0; number < 12; number += 1) {
      letGo.push(await one.hold(`view/${number}`, workOf(`${number}`, doing.one)));
      letGo.push(await two.hold(`view/${number}`, workOf(`${number}`, doing.two)));
    }
    await eventually(() => doing.one.size + doing.two.size === 12);
    expect(doing.one.size).toBeGreaterThan(1);
    expect(doing.two.size).toBeGreaterThan(1);
  });

  it('is told of: what goes on here, and what is left to others', async () => {
    const doing = new Set<string>();
    const [one, two] = [processOf('one').leases, processOf('two').leases];
    const stopOne = await one.hold('timer', workOf('one', doing));
    await eventually(() => doing.has('one'));
    letGo.push(await two.hold('timer', workOf('two', doing)));
    expect([[...one.held()], [...two.held()]]).toEqual([[['timer', true]], [['timer', false]]]);
    await stopOne();
    await eventually(() => doing.has('two'));
    expect([[...one.held()], [...two.held()]]).toEqual([[], [['timer', true]]]);

    const own = ownLeases();
    const stop = await own.hold('timer', workOf('own', doing));
    expect([...own.held()]).toEqual([['timer', true]]);
    await stop();
    expect([...own.held()]).toEqual([]);
  });

  it('that can not be started is told of, and left to whoever can', async () => {
    const faults: string[] = [];
    const leases = new VaultLeases(vault, 'one', { ...times, onFault: (name) => void faults.push(name) });
    const failing = { start: () => Promise.reject(new StoreUnavailable('no log')), stop: () => Promise.resolve() };
    letGo.push(await leases.hold('reactor/mail', failing));
    await eventually(() => faults.length > 0);
    const doing = new Set<string>();
    letGo.push(await processOf('two').leases.hold('reactor/mail', workOf('two', doing)));
    await eventually(() => doing.has('two'));
    expect(faults).toContain('reactor/mail');
  });
});

describe('something that one process does at a time', () => {
  it('is not begun while another process, or this one, is doing it', async () => {
    const [one, two] = [processOf('one').leases, processOf('two').leases];
    const { promise: done, resolve: finish } = Promise.withResolvers<string>();
    const first = one.attempt('build/members', () => done);
    await eventually(async () => (await two.attempt('build/members', () => Promise.resolve('second'))) === undefined);
    expect(await one.attempt('build/members', () => Promise.resolve('third'))).toBeUndefined();
    await sleep(times.durationMs * 2);
    expect(await two.attempt('build/members', () => Promise.resolve('late'))).toBeUndefined();
    finish('built');
    expect(await first).toEqual({ result: 'built' });
    expect(await two.attempt('build/members', () => Promise.resolve('next'))).toEqual({ result: 'next' });
  });

  it('takes turns, over processes and within each', async () => {
    const processes = ['one', 'two', 'three'].map((owner) => processOf(owner).leases);
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      inside += 1;
      most.push(inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, (_, n) => processes[n % 3]!.inTurn('revoke-api-key', work)));
    expect(most).toEqual(Array.from({ length: 12 }, () => 1));
  });

  it('waits out a process that died, but not for ever', async () => {
    await vault.lease('claim', 'dead', 50, Date.now());
    expect(await processOf('one').leases.inTurn('claim', () => Promise.resolve('done'))).toBe('done');
    await vault.lease('claim', 'alive', 60_000, Date.now());
    await expect(processOf('two').leases.inTurn('claim', () => Promise.resolve('done'))).rejects.toMatchObject({
      code: 'busy',
    });
  });
});
