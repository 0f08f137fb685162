import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, type SimulatorOptions, startSimulator } from './start.js';

const used: (() => Promise<void>)[] = [];

/** Ends what a spec was given; for `afterEach`. */
export const endAll = async (): Promise<void> => {
  for (const end of used.splice(0).reverse()) await end();
};

export const givenFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'grantrail-simulator-'));
  used.push(() => rm(folder, { recursive: true }));
  return folder;
};

/** A simulator in this process, on a log of its own, and a client of it. */
export const givenSimulator = async (
  options: Partial<SimulatorOptions> = {},
): Promise<{ readonly simulator: Simulator; readonly client: EventStoreDBClient }> => {
  const simulator = await startSimulator({ folder: await givenFolder(), ...options });
  used.push(() => simulator.close());
  return { simulator, client: givenClient(simulator.url) };
};

export const givenClient = (url: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(url);
  // Not awaited: it may never settle with calls open.
  used.push(() => Promise.resolve(void client.dispose()));
  return client;
};

export const counted = (n: number) => jsonEvent({ type: 'Counted', data: { n } });

export const countedUpTo = (count: number) => Array.from({ length: count }, (_, n) => counted(n));

/** All items there are. */
export const allOf = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
};
