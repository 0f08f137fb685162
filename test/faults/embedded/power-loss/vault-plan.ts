import type { Vault } from '#eventing/vault.js';
import { Random } from '../../../system/random.js';

export type VaultStep = (vault: Vault) => Promise<unknown>;

/** The same for the same seed: one change after the other. */
export const vaultPlan = (seed: number, steps: number): readonly VaultStep[] => {
  const random = new Random(seed);
  const wrapped = (): Uint8Array => Uint8Array.from({ length: 60 }, () => random.below(256));
  const subject = (): string => `usr_${random.below(steps / 4)}`;
  const index = (): string => `${random.below(steps / 4)}`.repeat(20);
  const steady = 1_700_000_000_000;
  return Array.from({ length: steps }, (_, number): VaultStep => {
    const [who, other, claimed, key] = [subject(), subject(), index(), wrapped()];
    return random.weighted<VaultStep>([
      [6, (vault) => vault.addKey(who, key)],
      [6, (vault) => vault.claim('email', claimed, who)],
      [2, (vault) => vault.moveClaim('email', claimed, who, other)],
      [2, async (vault) => vault.releaseClaim('email', claimed, (await vault.claimHolder('email', claimed)) ?? who)],
      [2, (vault) => vault.bury(who, new Date(steady + number).toISOString())],
      [1, (vault) => vault.rewrapKeys((old) => old.map((byte) => byte ^ number))],
    ]);
  });
};

/** All that a vault holds, as text. */
export const contentsOf = async (vault: Vault): Promise<string> => {
  const contents: unknown[] = [];
  for await (const { subject, wrapped } of vault.keys()) contents.push([subject, Buffer.from(wrapped).toString('hex')]);
  for await (const claim of vault.claims()) contents.push({ ...claim });
  return JSON.stringify([...contents, await vault.tombstones()]);
};
