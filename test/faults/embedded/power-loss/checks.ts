import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { EventStore, RecordedEvent } from '#eventing/event-store.js';
import { inMemoryVault } from '#eventing/in-memory/vault.js';
import { sqliteJobs } from '#store-sqlite/jobs.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { sqliteVault } from '#store-sqlite/vault.js';
import type { Check } from './cuts.js';
import { doJobs, jobIdOf, type JobsStep, reactedUpTo, reactUpTo, waitingJobs } from './jobs-plan.js';
import type { PlannedEvent } from './log-plan.js';
import { contentsOf, type VaultStep } from './vault-plan.js';

const isSampled = 10;

const requireSound = (path: string): void => {
  const database = new DatabaseSync(path, { readOnly: true });
  const [integrity] = database.prepare('PRAGMA integrity_check').all();
  const foreign = database.prepare('PRAGMA foreign_key_check').all();
  database.close();
  if (integrity?.['integrity_check'] !== 'ok' || foreign.length > 0)
    throw new Error(`not sound: ${JSON.stringify([integrity, foreign])}`);
};

const requireEqual = (found: unknown, planned: unknown, what: string): void => {
  if (!isDeepStrictEqual(found, planned)) throw new Error(`${what} is not as it was written`);
};

const logOf = async (store: EventStore): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  const over = new AbortController();
  for await (const batch of store.follow({ after: 0n, signal: over.signal })) {
    events.push(...batch.events);
    if (batch.live) over.abort();
  }
  return events;
};

const streamOf = async (store: EventStore, stream: string): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(stream)) events.push(event);
  return events;
};

const asPlanned = ({ stream, revision, id, type, data, metadata }: PlannedEvent | RecordedEvent) => ({
  ...{ stream, revision, id, type, data, metadata },
});

/** The planned events up to the end of an append, at least those acknowledged; each stream the same; and it goes on from there. */
export const logCheck =
  (planned: readonly PlannedEvent[]): Check =>
  async (folder, acknowledged, random) => {
    const path = join(folder, 'events.db');
    const store = sqliteEventStore(path);
    try {
      const log = await logOf(store);
      if (log.length < acknowledged) throw new Error(`only ${log.length} events are left`);
      const expected = planned.slice(0, log.length);
      requireEqual(log.map(asPlanned), expected.map(asPlanned), 'the log');
      requireEqual(
        log.map(({ position }) => position),
        log.map((_, index) => BigInt(index + 1)),
        'the order of the log',
      );
      if (expected.at(-1)?.isLast === false) throw new Error('half an append is there');
      for (const [stream, events] of Map.groupBy(log, (event) => event.stream))
        requireEqual(await streamOf(store, stream), events, stream);

      const { stream } = random.of(planned)!;
      const revision = log.findLast((event) => event.stream === stream)?.revision;
      const next = [{ id: 'evt_next', type: 'PlanChanged', data: {}, metadata: {} }];
      for (const _ of ['appended', 'the same again']) {
        const appended = await store.append(stream, revision ?? 'no-stream', next);
        requireEqual(
          appended,
          { revision: (revision ?? -1n) + 1n, position: BigInt(log.length + 1) },
          'the next append',
        );
      }
      requireEqual((await streamOf(store, stream)).at(-1)?.id, 'evt_next', 'what was appended next');
      requireEqual(await store.head(), BigInt(log.length + 1), 'the head');
    } finally {
      await store.close();
    }
    if (random.below(isSampled) === 0) requireSound(path);
  };

/** What the acknowledged changes led to, or the one after them, and it goes on from there. */
export const vaultCheck = async (plan: readonly VaultStep[]): Promise<Check> => {
  const model = inMemoryVault();
  const contents = [await contentsOf(model)];
  for (const step of plan) {
    await step(model);
    contents.push(await contentsOf(model));
  }
  return async (folder, acknowledged, random) => {
    const path = join(folder, 'vault.db');
    const vault = sqliteVault(path);
    try {
      const found = await contentsOf(vault);
      if (!contents.slice(acknowledged, acknowledged + 2).includes(found)) throw new Error(`it holds ${found}`);
      requireEqual(await vault.addKey('usr_next', new Uint8Array(60)), new Uint8Array(60), 'the next key');
      requireEqual(await vault.claim('email', 'next', 'usr_next'), 'usr_next', 'the next claim');
    } finally {
      await vault.close();
    }
    if (random.below(isSampled) === 0) requireSound(path);
  };
};

/**
 * Jobs may be gone, and then so is the checkpoint behind them: when all is reacted to again, each is handed out once, but those that
 * were done, as far as that was acknowledged, not again.
 */
export const jobsCheck =
  (plan: readonly JobsStep[]): Check =>
  async (folder, acknowledged, random) => {
    const path = join(folder, 'jobs.db');
    const jobs = sqliteJobs(path);
    const done = plan.slice(0, acknowledged).filter(({ step }) => step === 'do').length;
    const isUnderWay = plan[acknowledged]?.step === 'do';
    const last = plan.filter(({ step }) => step === 'react').length;
    const idsAfter = (event: number): readonly string[] =>
      Array.from({ length: last - event }, (_, index) => jobIdOf(event + index + 1));
    try {
      const from = await reactedUpTo(jobs);
      if (from < done) throw new Error(`${done} jobs were done, and the checkpoint is at ${from}`);
      await reactUpTo(jobs, last);
      const handedOut = await doJobs(jobs, await waitingJobs(jobs));
      const isRight = [done, ...(isUnderWay ? [done + 1] : [])].some((event) =>
        isDeepStrictEqual(handedOut, idsAfter(event)),
      );
      if (!isRight) throw new Error(`after ${done} were done it hands out ${handedOut.join()}`);
    } finally {
      await jobs.close();
    }
    if (random.below(isSampled) === 0) requireSound(path);
  };
