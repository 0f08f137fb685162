import { createHash } from 'node:crypto';
import { base32 } from '#eventing/ids.js';
import type { NewEvent } from '#eventing/event-store.js';

/** Where the metadata keep the id of an event whose UUID doesn't say it; names with `$` are EventStoreDB's own. */
export const idField = '$eventId';

const prefix = 'evt_';
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
// 128 bits end in a character with two unused bits, which are 0. The nil UUID is refused by the server.
const canonical = /^evt_(?!a{26})[a-z2-7]{25}[aeimquy4]$/;

const isCanonical = (id: string): boolean => canonical.test(id);

const uuidFrom = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

const bitsOf = (id: string): string => {
  const bytes = Buffer.alloc(16);
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (let index = prefix.length; length < bytes.length; index += 1) {
    buffer = ((buffer << 5) | alphabet.indexOf(id.charAt(index))) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bytes[length] = (buffer >>> (bits - 8)) & 0xff;
      length += 1;
      bits -= 8;
    }
  }
  return bytes.toString('hex');
};

/**
 * The UUID that EventStoreDB knows an event by: the 128 bits of `evt_` and 26 characters of base32, lossless.
 * Any other id is hashed (the first 128 bits of its SHA-256) and its text travels in the metadata, see {@link withIdKept}.
 */
export const uuidOf = (id: string): string =>
  uuidFrom(isCanonical(id) ? bitsOf(id) : createHash('sha256').update(id).digest('hex'));

/** The id of an event that was written with its bits as UUID. */
export const idOf = (uuid: string): string => `${prefix}${base32(Buffer.from(uuid.replaceAll('-', ''), 'hex'))}`;

/**
 * The event with its id in the metadata, if its UUID would lose it.
 * @throws TypeError when the metadata hold that field already
 */
export const withIdKept = (event: NewEvent): NewEvent => {
  if (idField in event.metadata) throw new TypeError(`${idField} in the metadata is the store's own`);
  return isCanonical(event.id) ? event : { ...event, metadata: { ...event.metadata, [idField]: event.id } };
};
