import { createHmac } from 'node:crypto';
import { randomId } from '#eventing/ids.js';
import type { ClaimKind, Vault } from '#eventing/vault.js';
import { subKey } from './master-key.js';

/** HMAC-SHA256 (hex) of a normalised text: equal texts of a kind meet, nobody without the master key can tell which text it was. */
export const blindIndexer = (master: Uint8Array): ((kind: ClaimKind, normalisedText: string) => string) => {
  const key = subKey(master, 'blind-index');
  return (kind, normalisedText) => createHmac('sha256', key).update(`${kind}\0${normalisedText}`).digest('hex');
};

/** A claim by one holder, whose truth is in the holders' streams. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly index: string;
  /** Who claims; ids hold no `<`. */
  readonly holder: string;
  /** Whether someone's stream, opened now at its head, holds what is claimed. */
  readonly holds: (id: string) => Promise<boolean>;
}

/**
 * What the vault keeps: `a` where a stands, `b<a<nonce` where b asks to follow a, who did not hold it when b looked.
 * Only who stood (the `base`) may have confirmed already, so only they must be looked at before anyone else stands.
 * The nonce keeps a compare-and-set from succeeding on a record that was replaced and came back.
 */
const separator = '<';
interface Standing {
  readonly record: string;
  readonly base: string;
  readonly asking?: string;
}
const standingOf = (record: string): Standing => {
  const [first = '', second] = record.split(separator);
  return second === undefined ? { record, base: first } : { record, base: second, asking: first };
};
const asks = (holder: string, base: string): string => [holder, base, randomId('ask')].join(separator);

/** Makes a holder stand, unless the record was replaced since it was read: what was seen in between might not hold any more. */
const settle = async (vault: Vault, { kind, index }: Claim, record: string, stands: string): Promise<boolean> =>
  record === stands ? (await vault.claimHolder(kind, index)) === record : vault.moveClaim(kind, index, record, stands);

/**
 * Claims what must be unique, before the claimant's stream says so. A claim counts only while its holder's stream holds it.
 * Gives the holder that stands: ours, then write the stream and {@link confirmClaim}; or another's, whose stream holds it.
 *
 * Ours is not yet sure: until our stream is written, others see that it holds nothing and may ask to follow us.
 * So the claim is decided by the confirmation of those who have written, where exactly one of them stays.
 */
export const claimUnique = async (vault: Vault, claim: Claim): Promise<string> => {
  const { kind, index, holder, holds } = claim;
  for (;;) {
    const { record, base, asking } = standingOf(await vault.claim(kind, index, holder));
    if (base === holder || asking === holder) return holder;
    if (await holds(base)) {
      if (await settle(vault, claim, record, base)) return base;
    } else if (asking !== undefined && (await holds(asking))) {
      // They wrote and whoever stood did not: this is their confirmation.
      if (await settle(vault, claim, record, asking)) return asking;
    } else if (await vault.moveClaim(kind, index, record, asks(holder, base))) return holder;
  }
};

/**
 * Settles a claim once the claimant's stream is written: to be called after every write that {@link claimUnique} came before,
 * and again after a crash in between. Gives the one who stands from now on. If that is another, the claimant must undo
 * what it wrote (take the e-mail out of its stream, or leave the new stream unused) and go on with the other's.
 */
export const confirmClaim = async (vault: Vault, claim: Claim): Promise<string> => {
  const { kind, index, holder, holds } = claim;
  for (;;) {
    const { record, base, asking } = standingOf(await vault.claim(kind, index, holder));
    if (record === holder) return holder;
    let stands: string | undefined;
    if (base === holder || (await holds(base))) stands = base;
    else if (asking !== undefined && (asking === holder || (await holds(asking)))) stands = asking;
    if (stands === undefined) await vault.moveClaim(kind, index, record, asks(holder, base));
    else if (await settle(vault, claim, record, stands)) return stands;
  }
};

/** Whoever holds what an index stands for, by their own stream; undefined when nobody (any more) does. */
export const holderOf = async (vault: Vault, claim: Omit<Claim, 'holder'>): Promise<string | undefined> => {
  const record = await vault.claimHolder(claim.kind, claim.index);
  if (record === undefined) return undefined;
  const { base, asking } = standingOf(record);
  if (await claim.holds(base)) return base;
  return asking !== undefined && (await claim.holds(asking)) ? asking : undefined;
};
