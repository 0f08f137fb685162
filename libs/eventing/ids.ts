import { hash } from 'node:crypto';
import { randomFew } from './random.js';

const alphabet = Buffer.from('abcdefghijklmnopqrstuvwxyz234567');
const idBytes = 16;

/** RFC 4648 base32, lower case, without padding. */
export const base32 = (bytes: Uint8Array): string => {
  const text = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  const letter = (fiveBits: number): number => alphabet[fiveBits & 31] as number;
  let written = 0;
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text[written++] = letter(buffer >>> (bits - 5));
    buffer &= (1 << bits) - 1;
  }
  if (bits > 0) text[written] = letter(buffer << (5 - bits));
  return text.toString('latin1');
};

/** A new opaque id: the prefix and 128 random bits, `acc_k3…` (26 characters after the underscore). */
export const randomId = (prefix: string): string => `${prefix}_${base32(randomFew(idBytes))}`;

/**
 * The id that always follows from the same seed: the prefix and the first 128 bits of the parts' SHA-256.
 * A repeated command derives the same ids and so meets its own streams and events.
 */
export const derivedId = (prefix: string, ...seed: readonly string[]): string => {
  // As text, since a buffer of its own for the digest takes longer than the hashing.
  const digest = Buffer.from(hash('sha256', JSON.stringify([prefix, ...seed]), 'binary'), 'binary');
  return `${prefix}_${base32(digest.subarray(0, idBytes))}`;
};
