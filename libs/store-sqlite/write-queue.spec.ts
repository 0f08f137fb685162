import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreUnavailable } from '#eventing/event-store.js';
import { openPrivateFile, type PrivateFile } from './private-file.js';
import { writeQueue } from './write-queue.js';

let folder: string;
let file: PrivateFile;
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grantrail-queue-'));
  file = openPrivateFile(join(folder, 'things.db'), ['CREATE TABLE thing (name TEXT PRIMARY KEY) STRICT']);
  ({ database } = file);
});
afterEach(() => {
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

const add = (name: unknown) => () => database.prepare('INSERT INTO thing VALUES (?)').run(name as string).changes;
const names = (): unknown[] =>
  database
    .prepare('SELECT name FROM thing ORDER BY name')
    .all()
    .map(({ name }) => name);

it('puts what comes in one turn into one transaction', async () => {
  const { write } = writeQueue(file);
  const seen: boolean[] = [];
  const counted = (name: string) => () => {
    seen.push(database.isTransaction && names().length === seen.length);
    return add(name)();
  };
  const done = Promise.all([write(counted('a')), write(counted('b'))]);
  expect(names()).toEqual([]);
  expect(await done).toEqual([1, 1]);
  expect(seen).toEqual([true, true]);
  expect(names()).toEqual(['a', 'b']);
});

it('refuses what is wrong alone', async () => {
  const { write } = writeQueue(file);
  const [a, again, wrong, b] = await Promise.allSettled([
    write(add('a')),
    write(add('a')),
    write(add({})),
    write(add('b')),
  ]);
  expect([a.status, again.status, wrong.status, b.status]).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(names()).toEqual(['a', 'b']);
});

it('tells all of them where the engine fails, and has written nothing', async () => {
  const { write } = writeQueue(file);
  const waiting = [write(add('a')), write(add('b'))];
  database.close();
  for (const { status, reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[])
    expect([status, reason instanceof StoreUnavailable]).toEqual(['rejected', true]);
});

it('does what is waiting when it is told to', async () => {
  const { write, flush } = writeQueue(file);
  const waiting = write(add('a'));
  flush();
  expect(names()).toEqual(['a']);
  await waiting;
});
