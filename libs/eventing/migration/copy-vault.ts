import { createHash } from 'node:crypto';
import type { HeldClaim, Vault, WrappedKey } from '../vault.js';
import { MigrationRefused } from './refused.js';

export interface VaultDigest {
  readonly keys: number;
  readonly tombstones: number;
  readonly claims: number;
  /** In hex. */
  readonly sha256: string;
}

type Tombstone = Awaited<ReturnType<Vault['tombstones']>>[number];

/** So many durable writes are under way at a time. */
const atOnce = 32;

const sameBytes = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0;

/**
 * SHA-256 over what a vault holds but leases, a line of JSON each: keys, tombstones, claims, in the port's order.
 * @param look is shown every wrapped key
 */
export const vaultDigest = async (
  vault: Vault,
  look: (key: WrappedKey) => void = () => undefined,
): Promise<VaultDigest> => {
  const hash = createHash('sha256');
  const add = (...line: readonly string[]): void => void hash.update(`${JSON.stringify(line)}\n`);
  const counts = { keys: 0, tombstones: 0, claims: 0 };
  for await (const key of vault.keys()) {
    look(key);
    add('key', key.subject, Buffer.from(key.wrapped).toString('hex'));
    counts.keys += 1;
  }
  for (const { subject, at } of await vault.tombstones()) {
    add('tombstone', subject, at);
    counts.tombstones += 1;
  }
  for await (const { kind, index, holder } of vault.claims()) {
    add('claim', kind, index, holder);
    counts.claims += 1;
  }
  return { ...counts, sha256: hash.digest('hex') };
};

const foreign = (what: string): never => {
  throw new MigrationRefused(`The target’s vault holds ${what} that the source’s does not: give an empty one`);
};

/** @throws MigrationRefused when the target holds what the source does not */
export const requireOnlyOf = async (source: Vault, target: Vault): Promise<void> => {
  for await (const { subject, wrapped } of target.keys())
    if (!sameBytes(await source.key(subject), wrapped)) foreign(`a key of ${subject}`);
  const buried = new Map((await source.tombstones()).map(({ subject, at }) => [subject, at]));
  for (const { subject, at } of await target.tombstones())
    if (buried.get(subject) !== at) foreign(`a tombstone of ${subject}`);
  for await (const { kind, index, holder } of target.claims())
    if ((await source.claimHolder(kind, index)) !== holder) foreign(`a claim of ${holder} (${kind})`);
};

const contradicted = (what: string): never => {
  throw new MigrationRefused(`The target’s vault holds ${what} otherwise than the source’s: empty the target first`);
};

/** Does them in order, some at a time. */
const inGroups = async <Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  let group: Item[] = [];
  for await (const item of items) {
    signal.throwIfAborted();
    if (group.push(item) < atOnce) continue;
    await Promise.all(group.map(work));
    group = [];
  }
  await Promise.all(group.map(work));
};

/**
 * Keeps keys, tombstones and claims of a vault in another, as they are; again is the same as once. Leases are left out.
 * @throws MigrationRefused when the target holds one of them otherwise
 */
export const copyVault = async (
  source: Vault,
  target: Vault,
  signal: AbortSignal,
  onCopied: () => void = () => undefined,
): Promise<void> => {
  await inGroups(source.keys(), signal, async ({ subject, wrapped }: WrappedKey) => {
    if (!sameBytes(await target.addKey(subject, wrapped), wrapped)) contradicted(`the key of ${subject}`);
    onCopied();
  });
  await inGroups(await source.tombstones(), signal, async ({ subject, at }: Tombstone) => {
    // Burying would destroy it.
    if ((await target.key(subject)) !== undefined) contradicted(`the key of ${subject}, who is erased,`);
    await target.bury(subject, at);
    onCopied();
  });
  await inGroups(source.claims(), signal, async ({ kind, index, holder }: HeldClaim) => {
    if ((await target.claim(kind, index, holder)) !== holder) contradicted(`a claim of ${holder} (${kind})`);
    onCopied();
  });
};
