/** Claims of one kind are unique among themselves: `email`, `application-name` … */
export type ClaimKind = string;

/** A person's key as it is kept: wrapped by the master key. */
export interface WrappedKey {
  readonly subject: string;
  readonly wrapped: Uint8Array;
}

/** A blind index of one kind, and whoever holds it. */
export interface HeldClaim {
  readonly kind: ClaimKind;
  readonly index: string;
  readonly holder: string;
}

/**
 * What must never be in the log: wrapped keys of persons, unique claims by blind index, tombstones of the erased, leases.
 * Every adapter passes `vaultContract` whole. All errors but misuse are {@link StoreUnavailable}. Writes are durable when they resolve.
 */
export interface Vault {
  /** The wrapped key of a subject, undefined when it has none or it was destroyed. */
  key(subject: string): Promise<Uint8Array | undefined>;
  /** Keeps the wrapped key if the subject has none; gives the one that stands. Undefined for a buried subject: it never gets a key again. */
  addKey(subject: string, wrapped: Uint8Array): Promise<Uint8Array | undefined>;
  /** Every wrapped key, ascending by subject (byte order), read page by page: one added or buried meanwhile may be in it or not. */
  keys(): AsyncIterable<WrappedKey>;
  /** Replaces every wrapped key by `rewrap(old, subject)`, subject by subject (a new master key); gives how many changed. To resume after a fault, do it again. */
  rewrapKeys(rewrap: (wrapped: Uint8Array, subject: string) => Uint8Array): Promise<number>;
  /** Destroys the subject's key and leaves a tombstone with the time. */
  bury(subject: string, at: string): Promise<void>;
  /** The buried subjects, ascending by time then subject. */
  tombstones(): Promise<readonly { readonly subject: string; readonly at: string }[]>;

  /** The holder of a claim. `index` is a blind index, never the claimed text. */
  claimHolder(kind: ClaimKind, index: string): Promise<string | undefined>;
  /** Takes the claim if it is free; gives the holder that stands. */
  claim(kind: ClaimKind, index: string, holder: string): Promise<string>;
  /** Moves a claim from one holder to another; false when `from` does not hold it (any more). */
  moveClaim(kind: ClaimKind, index: string, from: string, to: string): Promise<boolean>;
  /** Gives the claim back if the holder holds it. */
  releaseClaim(kind: ClaimKind, index: string, holder: string): Promise<void>;
  /** Every claim, ascending by kind, then index (byte order), read page by page: one taken, moved or given back meanwhile may be in it or not. */
  claims(): AsyncIterable<HeldClaim>;

  /** Takes or renews a lease until `now + durationMs` if it is free, run out, or the owner's own. */
  lease(name: string, owner: string, durationMs: number, now: number): Promise<boolean>;
  releaseLease(name: string, owner: string): Promise<void>;
  close(): Promise<void>;
}
