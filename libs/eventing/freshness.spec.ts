import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from './event-store.js';
import { Freshness } from './freshness.js';

let seconds: number;
let log: { head: bigint; reached: bigint; down: boolean };
let freshness: Freshness;

beforeEach(() => {
  seconds = 0;
  log = { head: 0n, reached: 0n, down: false };
  freshness = new Freshness({
    now: () => new Date(seconds * 1_000),
    reached: () => log.reached,
    head: () => (log.down ? Promise.reject(new StoreUnavailable('no connection')) : Promise.resolve(log.head)),
  });
});

/** Lets time go by, looking every second. */
const pass = async (times: number): Promise<void> => {
  for (let second = 0; second < times; second += 1) {
    seconds += 1;
    await freshness.look().catch(() => undefined);
  }
};

describe('what is read', () => {
  it('is fresh while views keep up, however long nothing happens', async () => {
    await pass(60);
    log = { ...log, head: 9n, reached: 9n };
    await pass(60);
    expect(freshness.staleSince).toBeNull();
  });

  it('is stale since the last moment that the views have whole', async () => {
    await pass(10);
    log.head = 5n;
    await pass(4);
    expect(freshness.staleSince).toBeNull();
    await pass(4);
    expect(freshness.staleSince).toEqual(new Date(10_000));
    log = { ...log, head: 8n, reached: 5n };
    await pass(10);
    expect(freshness.staleSince).toEqual(new Date(18_000));
    log.reached = 8n;
    await pass(1);
    expect(freshness.staleSince).toBeNull();
  });

  it('is stale while nobody can say how long the log is', async () => {
    await pass(3);
    log.down = true;
    await pass(6);
    expect(freshness.staleSince).toEqual(new Date(3_000));
    log.down = false;
    await pass(1);
    expect(freshness.staleSince).toBeNull();
  });
});
