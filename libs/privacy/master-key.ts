import { hkdfSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The master key is missing its form or its secrecy; the message says what to do. */
export class MasterKeyUnusable extends Error {
  override readonly name = 'MasterKeyUnusable';
}

const keyBytes = 32;
const ownerOnly = 0o600;
const othersMay = 0o077;

/** A key of 32 bytes in base64 or base64url has 43 characters and perhaps one `=`. */
const decode = (text: string, source: string): Uint8Array => {
  const encoded = text.trim();
  const key = Buffer.from(encoded, 'base64url');
  if (!/^[\w+/-]{43}=?$/.test(encoded) || key.length !== keyBytes) {
    throw new MasterKeyUnusable(`${source} must hold ${keyBytes} bytes in base64 (make one: openssl rand -base64 32)`);
  }
  return Uint8Array.from(key);
};

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Puts a new key in place whole or not at all; another process may have been first, then its key stands. */
const makeKeyFile = (file: string): void => {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  const descriptor = openSync(draft, 'wx', ownerOnly);
  try {
    writeFileSync(descriptor, `${randomBytes(keyBytes).toString('base64')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  syncFolder(folder);
};

const readKeyFile = (file: string): Uint8Array => {
  const descriptor = openSync(file, 'r');
  try {
    const { mode } = fstatSync(descriptor);
    if ((mode & othersMay) !== 0) {
      const open = (mode & 0o777).toString(8);
      throw new MasterKeyUnusable(
        `${file} may be read by others (mode ${open}); allow its owner only: chmod 600 ${file}`,
      );
    }
    return decode(readFileSync(descriptor, 'utf8'), file);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * The 32 bytes that wrap every person's key: from the environment, else from a file that is made at the first start.
 * @throws MasterKeyUnusable when the key is of another form, or others may read the file
 */
export const loadMasterKey = (from: { readonly env?: string; readonly file: string }): Uint8Array => {
  if (from.env !== undefined && from.env.trim() !== '') return decode(from.env, 'GRANTRAIL_MASTER_KEY');
  if (!existsSync(from.file)) makeKeyFile(from.file);
  return readKeyFile(from.file);
};

/** A key of 32 bytes for one purpose, so that no two purposes share one (HKDF-SHA256, RFC 5869). */
export const subKey = (key: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `grantrail/${purpose}`, keyBytes));
