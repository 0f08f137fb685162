import { decrypt, encrypt } from './aes-gcm.js';
import { subKey } from './master-key.js';

/** A key can't be unwrapped: another master key wrapped it, or it was changed. */
export class WrongMasterKey extends Error {
  override readonly name = 'WrongMasterKey';
}

const form = 1;
const markBytes = 4;

/** Wraps persons' keys with one master key. */
export interface KeyWrap {
  readonly wrap: (subject: string, key: Uint8Array) => Uint8Array;
  /** @throws WrongMasterKey */
  readonly unwrap: (subject: string, wrapped: Uint8Array) => Uint8Array;
  /** Whether this master key wrapped it. */
  readonly isOwn: (wrapped: Uint8Array) => boolean;
}

/** A wrapped key is: form (1 byte), a mark that tells the master key (4 bytes), then AES-256-GCM of the key, bound to its subject. */
export const keyWrap = (master: Uint8Array): KeyWrap => {
  const wrapKey = subKey(master, 'wrap');
  const head = Buffer.concat([Uint8Array.of(form), subKey(master, 'wrap-mark').subarray(0, markBytes)]);
  const isOwn = (wrapped: Uint8Array): boolean => head.equals(wrapped.subarray(0, head.length));
  return {
    wrap: (subject, key) => Uint8Array.from(Buffer.concat([head, encrypt(wrapKey, Buffer.from(subject), key)])),
    unwrap: (subject, wrapped) => {
      if (!isOwn(wrapped)) throw new WrongMasterKey('This master key is not the one that the vault was made with');
      const key = decrypt(wrapKey, Buffer.from(subject), wrapped.subarray(head.length));
      if (key === undefined) throw new WrongMasterKey(`The wrapped key of ${subject} was changed`);
      return key;
    },
    isOwn,
  };
};

/** For {@link Vault.rewrapKeys}: from one master key to another; leaves alone what is wrapped by the new one already. */
export const rewrapFrom = (
  old: Uint8Array,
  fresh: Uint8Array,
): ((wrapped: Uint8Array, subject: string) => Uint8Array) => {
  const from = keyWrap(old);
  const to = keyWrap(fresh);
  return (wrapped, subject) => (to.isOwn(wrapped) ? wrapped : to.wrap(subject, from.unwrap(subject, wrapped)));
};
