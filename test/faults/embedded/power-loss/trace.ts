/** What a process did to files, as far as a power cut may undo it, and what it told meanwhile. */
export type Call =
  | { readonly call: 'create' | 'unlink' | 'sync'; readonly path: string }
  | { readonly call: 'write'; readonly path: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly call: 'truncate'; readonly path: string; readonly size: number }
  | { readonly call: 'told'; readonly text: string };

/** The words that make strace write what {@link callsOf} reads. */
export const straceWords = [
  ...['-f', '-qq', '-xx', '-y', '--seccomp-bpf', '-s', String(2 ** 20), '-e', 'signal=none'],
  ...['-e', 'trace=/^(openat|creat|p?write(64|v2?)?|f(data)?sync|f?truncate|fallocate|rename.*|link.*|unlink.*)$'],
];

const bytesOf = (escaped: string): Buffer => Buffer.from(escaped.replaceAll('\\x', ''), 'hex');
const textOf = (escaped: string): string => bytesOf(escaped).toString();

/** Whole lines, in the order in which the calls ended. */
const wholeLines = function* (trace: string): Generator<string> {
  const begun = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const isBegun = rest.endsWith(' <unfinished ...>');
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    if (isBegun) begun.set(thread, rest.slice(0, -' <unfinished ...>'.length));
    else if (resumed !== null) yield `${begun.get(thread) ?? ''}${resumed[1] ?? ''}`;
    else yield rest;
  }
};

const stdout = 1;
const opened = /^AT_FDCWD<[^>]*>, "([^"]*)", (\S+?)(, \d+)?$/;
const file = /^(\d+)<([^>]*)>(?:\(deleted\))?/;
const written = /^"([^"]*)", (\d+)(?:, (\d+))?$/;

const callOf = (name: string, words: string, result: number): Call | undefined => {
  const open = opened.exec(words);
  if (name === 'openat' && open !== null)
    return open[2]?.includes('O_CREAT') === true ? { call: 'create', path: textOf(open[1]!) } : undefined;
  if (name === 'unlink') return { call: 'unlink', path: textOf(words.slice(1, -1)) };
  const on = file.exec(words);
  if (on === null) return undefined;
  const path = textOf(on[2]!);
  const rest = words.slice(on[0].length + 2);
  if (name === 'fsync' || name === 'fdatasync') return { call: 'sync', path };
  if (name === 'ftruncate') return { call: 'truncate', path, size: Number(rest) };
  const [, bytes = '', , offset] = written.exec(rest) ?? [];
  if (name === 'pwrite64')
    return { call: 'write', path, offset: Number(offset), bytes: bytesOf(bytes).subarray(0, result) };
  return name === 'write' && Number(on[1]) === stdout ? { call: 'told', text: textOf(bytes).trim() } : undefined;
};

/** The calls that a trace tells of. What was not foreseen is missing: a recording shows so, since it does not lead to the files. */
export const callsOf = function* (trace: string): Generator<Call> {
  for (const line of wholeLines(trace)) {
    const [, name = '', words = '', result = '-1'] = /^(\w+)\((.*)\) += (-?\d+)/.exec(line) ?? [];
    const call = Number(result) < 0 ? undefined : callOf(name, words, Number(result));
    if (call !== undefined) yield call;
  }
};
