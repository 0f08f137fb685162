import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventsOf, newEvent, newEvents, watch } from '#eventing/contracts/event-store-given.contract.js';
import { OutcomeUnknown, StoreReadOnly } from '#eventing/event-store.js';
import { spawnTypeScript } from '#eventing/contracts/spawn-typescript.contract.js';
import { sqliteEventStore } from './event-store.js';

describe('the SQLite event store when writing fails', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'event-store-'));
    path = join(folder, 'events.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const poison = { ...newEvent(), type: 'Poison' };
  const execute = (sql: string): void => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  const failInserts = (): void =>
    execute(`CREATE TRIGGER broken BEFORE INSERT ON events WHEN new.type = 'Poison'
             BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END`);
  /** The rows go in, the commit finds a foreign key without its row. */
  const failCommits = (): void =>
    execute(`CREATE TABLE there (id TEXT PRIMARY KEY);
             CREATE TABLE missing (id TEXT REFERENCES there (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER broken AFTER INSERT ON events WHEN new.type = 'Poison'
             BEGIN INSERT INTO missing VALUES ('nowhere'); END`);

  it.each([
    ['a write', failInserts, StoreReadOnly],
    ['the commit', failCommits, OutcomeUnknown],
  ])('answers nobody of the group after %s failed, stops, and goes on reading', async (_, fail, Failed) => {
    const faults: Error[] = [];
    const store = sqliteEventStore(path, { onFault: (fault) => faults.push(fault) });
    await store.append('account-1', 'no-stream', newEvents(2));
    fail();
    const follower = watch(store, ['account-1', 'account-2', 'account-3'], { after: 0n });
    const group = await Promise.allSettled([
      store.append('account-2', 'no-stream', newEvents(2)),
      store.append('account-1', 1n, [poison]),
      store.append('account-3', 'no-stream', newEvents(2)),
      // Beyond what one group takes, so it waits behind the failing one.
      ...Array.from({ length: 1_000 }, (_, n) => store.append(`account-later-${n}`, 'no-stream', newEvents(1))),
    ]);
    for (const outcome of group.slice(0, 3)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Failed) });
    }
    expect(group.at(-1)).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    const later = store.append('account-4', 'no-stream', newEvents(1));
    await expect(later).rejects.toThrow(StoreReadOnly);
    await expect(later).rejects.toThrow(/events\.db took no more events after a failed write: /);
    expect(faults).toEqual([expect.any(StoreReadOnly)]);

    expect(await store.head()).toBe(2n);
    expect(await eventsOf(store, 'account-1')).toHaveLength(2);
    expect(await eventsOf(store, 'account-2')).toEqual([]);
    await follower.until(() => follower.batches.at(-1)?.live === true);
    expect(follower.events()).toHaveLength(2);
    await store.close();
    await follower.ended;

    execute('DROP TRIGGER broken');
    const again = sqliteEventStore(path);
    expect(await again.head()).toBe(2n);
    expect(await again.append('account-1', 1n, [poison])).toEqual({ revision: 2n, position: 3n });
    await again.close();
  });

  it('takes events again after the file was locked by another process', async () => {
    const store = sqliteEventStore(path);
    await store.append('account-1', 'no-stream', newEvents(2));
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const refused = await Promise.allSettled([
      store.append('account-1', 1n, newEvents(1)),
      store.append('account-2', 'no-stream', newEvents(1)),
    ]);
    for (const outcome of refused)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    other.exec('ROLLBACK');
    other.close();
    expect(await store.append('account-1', 1n, newEvents(1))).toEqual({ revision: 2n, position: 3n });
    await store.close();
  }, 20_000);

  /** Appends two events at a time, 16 callers at once, telling every answer. */
  const appending = (): string => `
    import { sqliteEventStore } from '#store-sqlite/event-store.js';
    const store = sqliteEventStore(${JSON.stringify(path)});
    const eventsOf = (stream, n) => [0, 1].map((k) => ({ id: \`evt_\${stream}_\${n}_\${k}\`, type: 'PlanChanged', data: { text: 'x'.repeat(200) }, metadata: {} }));
    const append = async (stream) => {
      for (let n = 0; ; n += 1) {
        try {
          const { revision } = await store.append(stream, n === 0 ? 'no-stream' : BigInt(2 * n - 1), eventsOf(stream, n));
          console.log(stream, String(revision));
        } catch (error) {
          console.log(stream, error.name);
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, n) => append('account-' + n)));
    console.log('later', await store.append('account-later', 'no-stream', eventsOf('later', 0)).catch((error) => error.name));
    await store.close();
    process.exit(0);`;

  /** The highest revision told for each stream, and whatever else was told last. */
  const readAnswers = async (lines: AsyncIterable<string>, onLine?: (count: number) => void) => {
    const acknowledged = new Map<string, bigint>();
    const failed = new Map<string, string>();
    let count = 0;
    for await (const line of lines) {
      const [stream = '', answer = ''] = line.split(' ');
      if (/^\d+$/.test(answer)) acknowledged.set(stream, BigInt(answer));
      else failed.set(stream, answer);
      onLine?.((count += 1));
    }
    return { acknowledged, failed };
  };

  it('keeps exactly what it acknowledged when the disk is full', async () => {
    // No file may grow beyond 1 or 2 MiB, as the shell counts in blocks of 512 or 1,024 bytes.
    const child = spawnTypeScript(appending(), { before: 'ulimit -f 2048;' });
    const { acknowledged, failed } = await readAnswers(child.lines);
    expect(await child.ended).toBe(0);
    expect(acknowledged.size).toBe(16);
    expect(failed.get('later')).toBe('StoreUnavailable');
    expect(failed.size).toBe(17);
    for (const name of failed.values()) expect(['StoreUnavailable', 'OutcomeUnknown']).toContain(name);

    const store = sqliteEventStore(path);
    for (const [stream, revision] of acknowledged) {
      const events = await eventsOf(store, stream);
      expect(events.map((event) => event.revision)).toEqual(events.map((_, index) => BigInt(index)));
      const isUnknown = failed.get(stream) === 'OutcomeUnknown';
      expect(isUnknown ? [revision, revision + 2n] : [revision]).toContain(events.at(-1)?.revision);
    }
    expect(await eventsOf(store, 'account-later')).toEqual([]);
    const [stream, revision] = [...acknowledged][0] ?? ['', 0n];
    const next = (await eventsOf(store, stream)).at(-1)?.revision ?? revision;
    await expect(store.append(stream, next, newEvents(1))).resolves.toMatchObject({ revision: next + 1n });
    await store.close();
  }, 30_000);

  it('keeps everything it acknowledged, in whole appends, when the process is killed', async () => {
    const child = spawnTypeScript(appending());
    const { acknowledged } = await readAnswers(child.lines, (count) => {
      if (count === 400) child.process.kill('SIGKILL');
    });
    expect(await child.ended).toBe('SIGKILL');
    expect(acknowledged.size).toBe(16);

    const store = sqliteEventStore(path);
    for (const [stream, revision] of acknowledged) {
      const events = await eventsOf(store, stream);
      expect(events.length % 2).toBe(0);
      expect(events.at(-1)?.revision).toBeGreaterThanOrEqual(revision);
      expect(events.map((event) => event.revision)).toEqual(events.map((_, index) => BigInt(index)));
    }
    await store.close();
  }, 30_000);
});
