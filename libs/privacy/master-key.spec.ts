import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMasterKey, MasterKeyUnusable, subKey } from './master-key.js';

const bytes = Uint8Array.from({ length: 32 }, (_, place) => 255 - place);
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');

describe('the master key', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grantrail-key-'));
    file = join(folder, 'master.key');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes from the environment in base64 or base64url, and makes no file then', () => {
    expect(loadMasterKey({ env: Buffer.from(bytes).toString('base64'), file })).toEqual(bytes);
    expect(loadMasterKey({ env: `${Buffer.from(bytes).toString('base64url')}\n`, file })).toEqual(bytes);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['31 bytes', Buffer.alloc(31).toString('base64')],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['hex', hex(bytes)],
    ['no base64', 'not!base64'.padEnd(44, '*')],
  ])('is refused from the environment as %s, with what to do', (_, env) => {
    expect(() => loadMasterKey({ env, file })).toThrow(MasterKeyUnusable);
    expect(() => loadMasterKey({ env, file })).toThrow(/GRANTRAIL_MASTER_KEY must hold 32 bytes in base64/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made at the first start, for its owner only, and stays', () => {
    const nested = join(folder, 'data', 'master.key');
    const made = loadMasterKey({ file: nested });
    expect(made).toHaveLength(32);
    expect(statSync(nested).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'data'))).toEqual(['master.key']);
    expect(loadMasterKey({ env: '', file: nested })).toEqual(made);
    expect(loadMasterKey({ env: readFileSync(nested, 'utf8'), file })).toEqual(made);
  });

  it('is another one in every installation', () => {
    expect(hex(loadMasterKey({ file }))).not.toBe(hex(loadMasterKey({ file: join(folder, 'other.key') })));
  });

  it.each([0o640, 0o604, 0o620])('is refused in a file of mode %o', (mode) => {
    loadMasterKey({ file });
    chmodSync(file, mode);
    expect(() => loadMasterKey({ file })).toThrow(/may be read by others .* chmod 600/);
  });

  it('is refused in a file that was cut, and never replaced', () => {
    writeFileSync(file, 'c2hvcnQ=', { mode: 0o600 });
    expect(() => loadMasterKey({ file })).toThrow(/master\.key must hold 32 bytes/);
    expect(readFileSync(file, 'utf8')).toBe('c2hvcnQ=');
  });

  it('has one sub-key for each purpose, always the same', () => {
    const keys = ['wrap', 'blind-index', 'cursor', 'api-key'].map((purpose) => hex(subKey(bytes, purpose)));
    expect(new Set([...keys, hex(bytes)]).size).toBe(5);
    expect(keys.every((key) => key.length === 64)).toBe(true);
    expect(hex(subKey(bytes, 'wrap'))).toBe(keys[0]);
    expect(hex(subKey(new Uint8Array(32), 'wrap'))).not.toBe(keys[0]);
  });
});
