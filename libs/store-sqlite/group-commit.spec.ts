import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '#eventing/event-store.js';
import { groupCommit } from './group-commit.js';

let database: DatabaseSync;
beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE thing (name TEXT PRIMARY KEY) STRICT');
});
afterEach(() => {
  if (database.isOpen) database.close();
});

const add = (name: unknown) => () => database.prepare('INSERT INTO thing VALUES (?)').run(name as string).changes;
const names = (): unknown[] =>
  database
    .prepare('SELECT name FROM thing ORDER BY name')
    .all()
    .map(({ name }) => name);

it('puts what comes in one turn into one transaction', async () => {
  const { commit } = groupCommit(database);
  const seen: boolean[] = [];
  const counted = (name: string) => () => {
    seen.push(database.isTransaction && names().length === seen.length);
    return add(name)();
  };
  const done = Promise.all([commit(counted('a')), commit(counted('b'))]);
  expect(names()).toEqual([]);
  expect(await done).toEqual([1, 1]);
  expect(seen).toEqual([true, true]);
  expect(names()).toEqual(['a', 'b']);
});

it('refuses what is wrong alone', async () => {
  const { commit } = groupCommit(database);
  const [a, again, wrong, b] = await Promise.allSettled([
    commit(add('a')),
    commit(add('a')),
    commit(add({})),
    commit(add('b')),
  ]);
  expect([a.status, again.status, wrong.status, b.status]).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(names()).toEqual(['a', 'b']);
});

it('tells all of them where the engine fails, and has written nothing', async () => {
  const { commit } = groupCommit(database);
  const waiting = [commit(add('a')), commit(add('b'))];
  database.close();
  for (const { status, reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[])
    expect([status, reason instanceof StoreUnavailable]).toEqual(['rejected', true]);
});

it('does what is waiting when it is told to', async () => {
  const { commit, flush } = groupCommit(database);
  const waiting = commit(add('a'));
  flush();
  expect(names()).toEqual(['a']);
  await waiting;
});
