import { isUtf8 } from 'node:buffer';
import { Refusal } from '#eventing/refusal.js';

export const bodyLimits = { bytes: 256 * 1024, depth: 32 } as const;

const space = /[ \t\n\r]+/y;
const plainText = /[^"\\\u0000-\u001f]*/y; // eslint-disable-line no-control-regex -- JSON forbids them in strings
// Surrogates only in pairs (RFC 7493, section 2.1): what is not Unicode can't be hashed, sealed or sorted.
const escape =
  /\\(?:["\\/bfnrt]|u(?:[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?![dD][89a-fA-F])[\da-fA-F]{4}))/y;
const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Fault = 'syntax' | 'depth' | 'repeated-key' | 'forbidden-key' | 'encoding' | 'range';
const fail = (code: Fault, at?: number): never => {
  throw new Refusal('invalid-json', at === undefined ? {} : { at }, [{ code }]);
};

/** An object or array that is open; `key` is the one whose value comes. */
interface Level {
  readonly keys: Set<string> | undefined;
  key: string | undefined;
}

/** Checks grammar (RFC 8259), depth and keys in one pass, without recursion and before anything is built. */
const scan = (text: string): void => {
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const skipSpace = (): void => {
    // Most bodies have none, and none is soon found out.
    if (text.charCodeAt(at) <= 0x20) skip(space);
  };
  const string = (): string => {
    const start = at;
    at += 1;
    do skip(plainText);
    while (text[at] === '\\' && skip(escape));
    if (text[at] !== '"') fail('syntax', at);
    at += 1;
    return text.slice(start, at);
  };
  const levels: Level[] = [];
  const key = (level: Level, keys: Set<string>): void => {
    skipSpace();
    const start = at;
    if (text[at] !== '"') fail('syntax', at);
    const written = string();
    const name = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    const prototypeOf = levels.at(-2)?.key === 'constructor' && name === 'prototype';
    if (name === '__proto__' || prototypeOf) fail('forbidden-key', start);
    if (keys.has(name)) fail('repeated-key', start);
    keys.add(name);
    level.key = name;
    skipSpace();
    if (text[at] !== ':') fail('syntax', at);
    at += 1;
  };
  do {
    skipSpace();
    const opening = text[at];
    if (opening === '{' || opening === '[') {
      if (levels.length === bodyLimits.depth) fail('depth', at);
      const level: Level = { keys: opening === '{' ? new Set() : undefined, key: undefined };
      levels.push(level);
      at += 1;
      skipSpace();
      if (text[at] !== (level.keys ? '}' : ']')) {
        if (level.keys) key(level, level.keys);
        continue;
      }
    } else if (opening === '"') string();
    else {
      const start = at;
      if (!skip(literal)) fail('syntax', at);
      // Beyond a double it would be read as infinite, which can't be said in JSON again (RFC 7493, section 2.2).
      if (Math.abs(Number(text.slice(start, at))) === Infinity) fail('range', start);
    }
    // A value has ended: so do all levels that close here, until a comma asks for the next one.
    for (;;) {
      skipSpace();
      const level = levels.at(-1);
      if (level === undefined) break;
      const mark = text[at];
      if (mark !== ',' && mark !== (level.keys ? '}' : ']')) fail('syntax', at);
      at += 1;
      if (mark === ',') {
        if (level.keys) key(level, level.keys);
        break;
      }
      levels.pop();
    }
  } while (levels.length > 0);
  if (at < text.length) fail('syntax', at);
};

/**
 * Parses a JSON body; nothing for an empty one.
 * @throws Refusal `invalid-json`, with the offset of the fault, for bad UTF-8 or grammar, more than 32 levels, numbers beyond a double, repeated keys, `__proto__` or `constructor.prototype`
 */
export const parseJsonBody = (body: Uint8Array): unknown => {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) fail('encoding');
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
  scan(text);
  return JSON.parse(text);
};
