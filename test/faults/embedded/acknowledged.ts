import { cp, mkdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventsIn, type LoggedEvent } from '../../system/log-file.js';
import type { Said } from './kills/scenario.js';

/** What the scenario's child has said. */
export const saidIn = (output: string): readonly Said[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Said);

/** The log of a folder as whoever opens it next will find it; the folder is left untouched. */
export const logLeftIn = async (folder: string): Promise<readonly LoggedEvent[]> => {
  const copy = `${folder}.log`;
  await mkdir(copy);
  try {
    for (const file of ['events.db', 'events.db-wal'])
      if (existsSync(join(folder, file))) await cp(join(folder, file), join(copy, file));
    return eventsIn(copy);
  } catch (error) {
    // Its process may have died before it made the log.
    if (/unable to open|no such table/.test(String(error))) return [];
    throw error;
  } finally {
    await rm(copy, { recursive: true });
  }
};

/** The commands that were answered, and of them those whose events are not in the log, once and where they were told to be. */
export const lostOf = (said: readonly Said[], log: readonly LoggedEvent[]): readonly string[] => {
  const byId = Map.groupBy(log, ({ id }) => id);
  return said.flatMap((answer) => {
    if (!('key' in answer)) return [];
    const events = answer.ids.map((id) => byId.get(id) ?? []);
    const isThere = events.every((same) => same.length === 1);
    return isThere && events.at(-1)?.[0]?.position === Number(answer.position) ? [] : [answer.key];
  });
};

/** How many events of each type there are. */
export const countsByType = (log: readonly LoggedEvent[]): ReadonlyMap<string, number> =>
  new Map([...Map.groupBy(log, ({ type }) => type)].map(([type, events]) => [type, events.length]));
