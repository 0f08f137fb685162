import { hash } from 'node:crypto';
import { randomFew } from './random.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const idBytes = 16;

/** RFC 4648 base32, lower case, without padding. */
export const base32 = (bytes: Uint8Array): string => {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += alphabet.charAt((buffer >>> (bits - 5)) & 31);
      bits -= 5;
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet.charAt((buffer << (5 - bits)) & 31) : text;
};

/** A new opaque id: the prefix and 128 random bits, `acc_k3…` (26 characters after the underscore). */
export const randomId = (prefix: string): string => `${prefix}_${base32(randomFew(idBytes))}`;

/**
 * The id that always follows from the same seed: the prefix and the first 128 bits of the parts' SHA-256.
 * A repeated command derives the same ids and so meets its own streams and events.
 */
export const derivedId = (prefix: string, ...seed: readonly string[]): string => {
  const digest = hash('sha256', JSON.stringify([prefix, ...seed]), 'buffer');
  return `${prefix}_${base32(digest.subarray(0, idBytes))}`;
};
