import { createCipheriv, createDecipheriv } from 'node:crypto';
import { randomFew } from '#eventing/random.js';

const cipherName = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM (NIST SP 800-38D) under a random iv: iv ‖ ciphertext ‖ tag. */
export const encrypt = (key: Uint8Array, associated: Uint8Array, plain: Uint8Array): Buffer => {
  const iv = randomFew(ivBytes);
  const cipher = createCipheriv(cipherName, key, iv).setAAD(associated);
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/** What {@link encrypt} was given; undefined when the bytes, the key or the associated data are not those. */
export const decrypt = (key: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Buffer | undefined => {
  if (sealed.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(cipherName, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
    .setAAD(associated)
    .setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(ivBytes, -tagBytes));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // The one thing that final() can refuse is the tag.
    return undefined;
  }
};
