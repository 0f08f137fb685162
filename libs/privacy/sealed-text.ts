import { createHmac, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.js';

const saltBytes = 16;
const nothing = new Uint8Array(0);

/** A key for each text, since random ivs under one key are safe for 2^32 texts only (NIST SP 800-38D, 8.3). */
const keyFor = (key: Uint8Array, salt: Uint8Array): Uint8Array => createHmac('sha256', key).update(salt).digest();

/** A text that only the server reads and makes, such as a cursor: base64url. */
export const sealText = (key: Uint8Array, text: string): string => {
  const salt = randomBytes(saltBytes);
  return Buffer.concat([salt, encrypt(keyFor(key, salt), nothing, Buffer.from(text))]).toString('base64url');
};

/** What {@link sealText} was given; undefined when the sealed text is forged, cut or of another key. */
export const openText = (key: Uint8Array, sealed: string): string | undefined => {
  if (!/^[\w-]+$/.test(sealed)) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  const salt = bytes.subarray(0, saltBytes);
  return decrypt(keyFor(key, salt), nothing, bytes.subarray(saltBytes))?.toString();
};
