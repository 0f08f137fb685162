import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Vault } from '#eventing/vault.js';
import { decrypt, encrypt } from './aes-gcm.js';
import { keyWrap, type KeyWrap } from './key-wrap.js';
import { subKey } from './master-key.js';

/** The person's key is destroyed: nothing can be sealed for them any more. */
export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';
}

/** A sealed text was changed, or belongs to another event, field or person. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Where a sealed text stands; it opens nowhere else. */
export interface SealedPlace {
  readonly stream: string;
  readonly eventId: string;
  readonly field: string;
}

const prefix = 'sealed:1:';
const keyBytes = 32;
const cachedKeys = 10_000;
/** Another process's erasure is heard of through the log; where that stalls, its key is let go all the same. */
const cachedForMs = 60_000;

/** Whether a text is sealed. */
export const isSealed = (text: string): boolean => text.startsWith(prefix);

const associated = ({ stream, eventId, field }: SealedPlace): Buffer =>
  Buffer.from(JSON.stringify([stream, eventId, field]));

/** Seals and opens what is personal, each person's with a key of their own that can be destroyed. */
export class Privacy {
  readonly #vault: Vault;
  readonly #wrap: KeyWrap;
  readonly #keys: LRUCache<string, Uint8Array>;
  #forgotten = 0;

  constructor(vault: Vault, master: Uint8Array, cache: { readonly max?: number; readonly forMs?: number } = {}) {
    this.#vault = vault;
    this.#wrap = keyWrap(master);
    this.#keys = new LRUCache({ max: cache.max ?? cachedKeys, ttl: cache.forMs ?? cachedForMs });
  }

  /**
   * Makes the subject's key if there is none.
   * @throws SubjectErased
   */
  async ensureKey(subject: string): Promise<void> {
    await this.#ensuredKey(subject);
  }

  /**
   * The text as the log may hold it: `sealed:1:` and base64url. Makes the subject's key if there is none.
   * @throws SubjectErased
   */
  async seal(subject: string, place: SealedPlace, text: string): Promise<string> {
    const key = await this.#ensuredKey(subject);
    return prefix + encrypt(key, associated(place), Buffer.from(text)).toString('base64url');
  }

  /**
   * The sealed text, undefined when the subject's key is gone.
   * @throws SealBroken when it was sealed for another place or subject, or changed
   */
  async open(subject: string, place: SealedPlace, sealed: string): Promise<string | undefined> {
    if (!isSealed(sealed)) throw new TypeError(`${place.field} of ${place.eventId} is not sealed`);
    const key = await this.#key(subject);
    if (key === undefined) return undefined;
    const text = decrypt(key, associated(place), Buffer.from(sealed.slice(prefix.length), 'base64url'));
    if (text === undefined) throw new SealBroken(`${place.field} of ${place.eventId} can't be opened: it was changed`);
    return text.toString();
  }

  /**
   * HMAC-SHA256 with a key that is the subject's alone, and gone with theirs.
   * @throws SubjectErased
   */
  async hmac(subject: string, text: string): Promise<Uint8Array> {
    const key = subKey(await this.#ensuredKey(subject), 'hmac');
    return createHmac('sha256', key).update(text).digest();
  }

  /** Destroys the subject's key for good; doing it again changes nothing. */
  async erase(subject: string, at: string): Promise<void> {
    await this.#vault.bury(subject, at);
    this.forget(subject);
  }

  /** Lets go of the key in memory: for processes that learn of an erasure from the log. */
  forget(subject: string): void {
    this.#forgotten += 1;
    this.#keys.delete(subject);
  }

  async #ensuredKey(subject: string): Promise<Uint8Array> {
    const key = (await this.#key(subject)) ?? (await this.#addedKey(subject));
    if (key === undefined) throw new SubjectErased(`${subject} is erased`);
    return key;
  }

  async #key(subject: string): Promise<Uint8Array | undefined> {
    return this.#keys.get(subject) ?? this.#remember(subject, () => this.#vault.key(subject));
  }

  async #addedKey(subject: string): Promise<Uint8Array | undefined> {
    const wrapped = this.#wrap.wrap(subject, randomBytes(keyBytes));
    return this.#remember(subject, () => this.#vault.addKey(subject, wrapped));
  }

  async #remember(subject: string, load: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    const forgotten = this.#forgotten;
    const wrapped = await load();
    if (wrapped === undefined) return undefined;
    const key = this.#wrap.unwrap(subject, wrapped);
    // A key loaded while someone was being forgotten may be theirs.
    if (forgotten === this.#forgotten) this.#keys.set(subject, key);
    return key;
  }
}
