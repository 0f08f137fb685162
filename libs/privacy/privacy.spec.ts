import { beforeEach, describe, expect, it } from '@jest/globals';
import { inMemoryVault } from '#eventing/in-memory/vault.js';
import type { Vault } from '#eventing/vault.js';
import { invitationToken, tokenSha256 } from './invitation-token.js';
import { rewrapFrom, WrongMasterKey } from './key-wrap.js';
import { Privacy, SealBroken, SubjectErased } from './privacy.js';

const master = new Uint8Array(32).fill(7);
const otherMaster = new Uint8Array(32).fill(8);
const place = { stream: 'user-usr_a', eventId: 'evt_1', field: 'email' };
const erasedAt = '2027-01-01T00:00:00.000Z';

describe('privacy', () => {
  let vault: Vault;
  let privacy: Privacy;
  /** One without anything in memory, as after a restart. */
  const restarted = (key = master): Privacy => new Privacy(vault, key);
  beforeEach(() => {
    vault = inMemoryVault();
    privacy = restarted();
  });

  it('opens what it sealed, also after a restart', async () => {
    const sealed = await privacy.seal('usr_a', place, 'Zoë@example.com 🎈');
    expect(sealed).toMatch(/^sealed:1:[\w-]+$/);
    expect(sealed).not.toContain('example');
    expect(await privacy.open('usr_a', place, sealed)).toBe('Zoë@example.com 🎈');
    expect(await restarted().open('usr_a', place, sealed)).toBe('Zoë@example.com 🎈');
    expect(await privacy.open('usr_a', place, await privacy.seal('usr_a', place, ''))).toBe('');
  });

  it('seals the same text differently each time', async () => {
    expect(await privacy.seal('usr_a', place, 'Ann')).not.toBe(await privacy.seal('usr_a', place, 'Ann'));
  });

  it.each([
    ['stream', { ...place, stream: 'user-usr_b' }],
    ['event', { ...place, eventId: 'evt_2' }],
    ['field', { ...place, field: 'firstName' }],
  ])('opens nothing at another %s', async (_, elsewhere) => {
    const sealed = await privacy.seal('usr_a', place, 'Ann');
    await expect(privacy.open('usr_a', elsewhere, sealed)).rejects.toThrow(SealBroken);
  });

  it('opens nothing with another person’s key', async () => {
    const sealed = await privacy.seal('usr_a', place, 'Ann');
    await privacy.ensureKey('usr_b');
    await expect(privacy.open('usr_b', place, sealed)).rejects.toThrow(SealBroken);
  });

  it('notices a change of any byte, and a cut', async () => {
    const sealed = await privacy.seal('usr_a', place, 'Ann');
    const bytes = Buffer.from(sealed.slice('sealed:1:'.length), 'base64url');
    for (const at of bytes.keys()) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const forged = `sealed:1:${Buffer.from(changed).toString('base64url')}`;
      await expect(privacy.open('usr_a', place, forged)).rejects.toThrow(SealBroken);
    }
    await expect(privacy.open('usr_a', place, sealed.slice(0, -4))).rejects.toThrow(SealBroken);
    await expect(privacy.open('usr_a', place, 'sealed:1:')).rejects.toThrow(SealBroken);
  });

  it('takes text that is not sealed for a mistake', async () => {
    await expect(privacy.open('usr_a', place, 'ann@example.com')).rejects.toThrow(TypeError);
  });

  it('opens nothing, seals nothing and derives nothing once the key is destroyed', async () => {
    const sealed = await privacy.seal('usr_a', place, 'Ann');
    await privacy.erase('usr_a', erasedAt);
    await privacy.erase('usr_a', erasedAt);
    for (const either of [privacy, restarted()]) {
      expect(await either.open('usr_a', place, sealed)).toBeUndefined();
      await expect(either.seal('usr_a', place, 'Ann')).rejects.toThrow(SubjectErased);
      await expect(either.ensureKey('usr_a')).rejects.toThrow(SubjectErased);
      await expect(either.hmac('usr_a', 'text')).rejects.toThrow(SubjectErased);
    }
    expect(await vault.tombstones()).toEqual([{ subject: 'usr_a', at: erasedAt }]);
  });

  it('lets go of a key that another process destroyed when told so', async () => {
    const sealed = await privacy.seal('usr_a', place, 'Ann');
    await restarted().erase('usr_a', erasedAt);
    privacy.forget('usr_a');
    expect(await privacy.open('usr_a', place, sealed)).toBeUndefined();
  });

  it('does not remember a key that was being loaded while it was destroyed', async () => {
    const sealed = await privacy.seal('usr_a', place, 'Ann');
    const { promise: held, resolve: letGo } = Promise.withResolvers<undefined>();
    const slow = new Privacy(
      {
        ...vault,
        key: async (subject) => {
          const wrapped = await vault.key(subject);
          await held;
          return wrapped;
        },
      },
      master,
    );
    const opening = slow.open('usr_a', place, sealed);
    await slow.erase('usr_a', erasedAt);
    letGo(undefined);
    await opening;
    expect(await slow.open('usr_a', place, sealed)).toBeUndefined();
  });

  it('uses one key when several make it at once', async () => {
    const sealed = await Promise.all([1, 2, 3].map(() => restarted().seal('usr_a', place, 'Ann')));
    for (const text of sealed) expect(await privacy.open('usr_a', place, text)).toBe('Ann');
  });

  it('keeps no more keys in memory than it may', async () => {
    let loads = 0;
    const counting = new Privacy(
      {
        ...vault,
        key: (subject) => {
          loads += 1;
          return vault.key(subject);
        },
      },
      master,
      { max: 2 },
    );
    for (const subject of ['usr_a', 'usr_b', 'usr_c']) await counting.ensureKey(subject);
    loads = 0;
    await counting.ensureKey('usr_c');
    expect(loads).toBe(0);
    await counting.ensureKey('usr_a');
    expect(loads).toBe(1);
  });

  describe('under a new master key', () => {
    it('opens all after rewrapping, which may be done again', async () => {
      const sealed = await privacy.seal('usr_a', place, 'Ann');
      await privacy.ensureKey('usr_b');
      expect(await vault.rewrapKeys(rewrapFrom(master, otherMaster))).toBe(2);
      expect(await vault.rewrapKeys(rewrapFrom(master, otherMaster))).toBe(0);
      expect(await restarted(otherMaster).open('usr_a', place, sealed)).toBe('Ann');
      await expect(restarted(master).open('usr_a', place, sealed)).rejects.toThrow(WrongMasterKey);
    });

    it('refuses to go on without rewrapping, and to rewrap from a wrong one', async () => {
      const sealed = await privacy.seal('usr_a', place, 'Ann');
      await expect(restarted(otherMaster).open('usr_a', place, sealed)).rejects.toThrow(WrongMasterKey);
      await expect(vault.rewrapKeys(rewrapFrom(otherMaster, new Uint8Array(32)))).rejects.toThrow(WrongMasterKey);
      expect(await restarted().open('usr_a', place, sealed)).toBe('Ann');
    });
  });

  it('refuses a key that was put in another person’s place', async () => {
    await privacy.ensureKey('usr_a');
    await vault.addKey('usr_b', (await vault.key('usr_a')) ?? new Uint8Array());
    await expect(restarted().seal('usr_b', place, 'Bob')).rejects.toThrow(/wrapped key of usr_b was changed/);
  });

  describe('invitation tokens', () => {
    it('are derived again the same, 43 characters', async () => {
      const token = await invitationToken(privacy, 'usr_a', 'inv_1', 1);
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(await invitationToken(restarted(), 'usr_a', 'inv_1', 1)).toBe(token);
    });

    it('differ by person, invitation and issue', async () => {
      const tokens = await Promise.all([
        invitationToken(privacy, 'usr_a', 'inv_1', 1),
        invitationToken(privacy, 'usr_a', 'inv_1', 12),
        invitationToken(privacy, 'usr_a', 'inv_11', 2),
        invitationToken(privacy, 'usr_b', 'inv_1', 1),
      ]);
      expect(new Set(tokens).size).toBe(4);
    });

    it('are known to the log by their SHA-256', () => {
      expect(tokenSha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    });
  });
});
