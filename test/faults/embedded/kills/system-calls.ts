import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marks } from './scenario.js';

/** What changes files, or makes it last. */
const calls = 'write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync,ftruncate';
const databases = ['events.db', 'views.db', 'vault.db', 'jobs.db', 'lock.db'];
const beside = ['', '-wal', '-shm', '-journal'];

const fileOfCalls = (folder: string): string => `${folder}.calls`;

/** Words that have strace write down the calls that hit a data folder, and kill the process at one of them. */
export const traced = (folder: string, at?: Pick<Call, 'name' | 'nth'>): readonly string[] => {
  const files = ['', 'marker', 'master.key', ...databases.flatMap((name) => beside.map((end) => name + end))];
  const paths = files.flatMap((name) => ['-P', join(folder, name)]);
  const kill = at === undefined ? [] : ['-e', `inject=${at.name}:signal=KILL:when=${at.nth}`];
  return ['strace', '-f', '-qq', '-y', '-s', '0', '-o', fileOfCalls(folder), ...paths, '-e', `trace=${calls}`, ...kill];
};

/** A system call of the scenario. */
export interface Call {
  readonly name: string;
  /** Counts the calls of this name by the same thread from 1, as strace does. */
  readonly nth: number;
  /** The file it hit, within the data folder. */
  readonly file: string;
  /** The mark before it, 0 at the beginning. */
  readonly mark: number;
}

const pattern = (folder: string): RegExp => new RegExp(`^(\\d+) +(\\w+)\\(\\d+<${folder}/?([^>]*)>(?:, (\\d+)\\))?`);

/** The calls that strace has written down, in order. */
export const callsIn = async (folder: string): Promise<readonly Call[]> => {
  const line = pattern(folder);
  const counts = new Map<string, number>();
  const found: Call[] = [];
  let mark = 0;
  for (const text of (await readFile(fileOfCalls(folder), 'utf8')).split('\n')) {
    const [, thread, name, hit, length] = line.exec(text) ?? [];
    if (name === undefined || hit === undefined) continue;
    const counter = `${thread} ${name}`;
    const nth = (counts.get(counter) ?? 0) + 1;
    counts.set(counter, nth);
    if (hit === 'marker') mark = Number(length);
    else found.push({ name, nth, file: hit, mark });
  }
  return found;
};

const { opened, indexing, switching } = marks;
const isLog = ({ file }: Call): boolean => /^(events|vault)\.db-wal$/.test(file);

/** The phases of the scenario that a process is killed in, and which calls are of them. */
export const phases = {
  'open of an empty folder': ({ mark }) => mark === 0,
  'open of a full folder': ({ mark }) => mark === 0,
  'commit of commands': (call) => call.mark === opened && isLog(call),
  'rows and checkpoints of views': ({ mark, file }) => mark === opened && file === 'views.db-wal',
  'indexes of a rebuild': ({ mark }) => mark === indexing,
  'switch to a rebuilt view': ({ mark }) => mark === switching,
  'checkpoint of a write-ahead log': ({ mark, file }) => mark >= opened && file.endsWith('.db'),
} satisfies Record<string, (call: Call) => boolean>;
export type Phase = keyof typeof phases;
