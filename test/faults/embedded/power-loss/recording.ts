import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { callsOf, straceWords, type Call } from './trace.js';

const beside = (name: string): string => join(import.meta.dirname, name);
const sources = join(import.meta.dirname, '../../../sources.js');

/** In memory, where there is room for it: what is written there is not waited for. */
export const newFolder = (name: string): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `grantrail-${name}-`));

/** What a process did in a folder from its first file on. */
export interface Recording {
  readonly folder: string;
  readonly calls: readonly Call[];
  /** The files as they were in the end. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const filesIn = (folder: string): ReadonlyMap<string, Buffer> =>
  new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

/** The index of a write-ahead log is shared memory with a name: it is made anew at every start. */
const isIndex = (call: Call): boolean => call.call !== 'told' && call.path.endsWith('-shm');

/** Runs a script on a file in an empty folder; `broken` is a preload that breaks it first. */
export const recorded = async (
  script: string,
  file: string,
  words: readonly string[],
  broken?: string,
): Promise<Recording> => {
  const folder = newFolder('written');
  const traceFile = `${folder}.trace`;
  const preloads = [sources, ...(broken === undefined ? [] : [beside(broken)])].flatMap((path) => ['--import', path]);
  const node = [process.execPath, '--no-warnings', ...preloads, beside(script), join(folder, file), ...words];
  try {
    await promisify(execFile)('strace', [...straceWords, '-o', traceFile, ...node]);
    const calls = [...callsOf(readFileSync(traceFile, 'latin1'))].filter((call) => !isIndex(call));
    return { folder, calls, files: filesIn(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(traceFile, { force: true });
  }
};
