import { hash, randomBytes } from 'node:crypto';
import { base32 } from '#eventing/ids.js';

const secretBytes = 32;
const idBytes = 16;

const idOf = (sha256: string): string => `key_${base32(Buffer.from(sha256.slice(0, 2 * idBytes), 'hex'))}`;

/** A new secret: `grk_` and 43 base64url characters of 256 random bits. */
export const newApiKeySecret = (seed: Uint8Array = randomBytes(secretBytes)): string =>
  `grk_${Buffer.from(seed).toString('base64url')}`;

/** What is stored of a secret: its SHA-256, hex. */
export const apiKeySha256 = (secret: string): string => hash('sha256', secret, 'hex');

/** The key's id, found from the secret alone: `key_` and the first 128 bits of its SHA-256. */
export const apiKeyIdOf = (secret: string): string => idOf(apiKeySha256(secret));

/** Both of a secret that somebody calls with. */
export const apiKeyOf = (secret: string): { readonly id: string; readonly secretSha256: string } => {
  const secretSha256 = apiKeySha256(secret);
  return { id: idOf(secretSha256), secretSha256 };
};
