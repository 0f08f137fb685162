import { compareText } from '../column-order.js';
import type { Vault } from '../vault.js';

/** What outlives the closing of an in-memory vault, for specs that open it again. */
export interface VaultMemory {
  readonly keys: Map<string, Uint8Array>;
  readonly tombstones: Map<string, string>;
  readonly claims: Map<string, string>;
  readonly leases: Map<string, { readonly owner: string; readonly until: number }>;
}

/** An empty memory for {@link inMemoryVault}. */
export const vaultMemory = (): VaultMemory => ({
  keys: new Map(),
  tombstones: new Map(),
  claims: new Map(),
  leases: new Map(),
});

const copy = (bytes: Uint8Array | undefined): Uint8Array | undefined => bytes && Uint8Array.from(bytes);
const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
const nameOf = (kind: string, index: string): string => JSON.stringify([kind, index]);
const claimNamed = (name: string): readonly [kind: string, index: string] => JSON.parse(name) as [string, string];

/** A vault that lasts as long as the process (or the memory given to it). */
export const inMemoryVault = (memory: VaultMemory = vaultMemory()): Vault => {
  const { keys, tombstones, claims, leases } = memory;
  return {
    key: (subject) => Promise.resolve(copy(keys.get(subject))),
    addKey: (subject, wrapped) => {
      if (tombstones.has(subject)) return Promise.resolve(undefined);
      if (!keys.has(subject)) keys.set(subject, Uint8Array.from(wrapped));
      return Promise.resolve(copy(keys.get(subject)));
    },
    keys: async function* () {
      await Promise.resolve();
      for (const subject of [...keys.keys()].sort(compareText)) {
        const wrapped = copy(keys.get(subject));
        if (wrapped !== undefined) yield { subject, wrapped };
      }
    },
    rewrapKeys: (rewrap) =>
      new Promise((resolve) => {
        let changed = 0;
        for (const [subject, wrapped] of keys) {
          const fresh = rewrap(Uint8Array.from(wrapped), subject);
          if (sameBytes(fresh, wrapped)) continue;
          keys.set(subject, Uint8Array.from(fresh));
          changed += 1;
        }
        resolve(changed);
      }),
    bury: (subject, at) => {
      keys.delete(subject);
      if (!tombstones.has(subject)) tombstones.set(subject, at);
      return Promise.resolve();
    },
    tombstones: () =>
      Promise.resolve(
        [...tombstones]
          .map(([subject, at]) => ({ subject, at }))
          .sort((one, other) => (one.at + one.subject < other.at + other.subject ? -1 : 1)),
      ),

    claimHolder: (kind, index) => Promise.resolve(claims.get(nameOf(kind, index))),
    claim: (kind, index, holder) => {
      const name = nameOf(kind, index);
      const standing = claims.get(name) ?? holder;
      claims.set(name, standing);
      return Promise.resolve(standing);
    },
    moveClaim: (kind, index, from, to) => {
      const name = nameOf(kind, index);
      if (claims.get(name) !== from) return Promise.resolve(false);
      claims.set(name, to);
      return Promise.resolve(true);
    },
    releaseClaim: (kind, index, holder) => {
      const name = nameOf(kind, index);
      if (claims.get(name) === holder) claims.delete(name);
      return Promise.resolve();
    },
    claims: async function* () {
      await Promise.resolve();
      const held = [...claims].map(([name, holder]) => {
        const [kind, index] = claimNamed(name);
        return { kind, index, holder };
      });
      yield* held.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.index, b.index));
    },

    lease: (name, owner, durationMs, now) => {
      const standing = leases.get(name);
      if (standing !== undefined && standing.owner !== owner && standing.until > now) return Promise.resolve(false);
      leases.set(name, { owner, until: now + durationMs });
      return Promise.resolve(true);
    },
    releaseLease: (name, owner) => {
      if (leases.get(name)?.owner === owner) leases.delete(name);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
};
