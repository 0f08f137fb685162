import { beforeEach, describe, expect, it } from '@jest/globals';
import { inMemoryVault } from '#eventing/in-memory/vault.js';
import type { Vault } from '#eventing/vault.js';
import { blindIndexer, claimUnique, confirmClaim, holderOf, type Claim } from './claims.js';

const master = Uint8Array.from({ length: 32 }, (_, place) => 255 - place);

describe('the blind index', () => {
  const blindIndex = blindIndexer(master);

  it('is the same for the same text, as written in every vault there is', () => {
    expect(blindIndex('email', 'ann@example.com')).toBe(
      '597fe8c8b6310f1e4a64dd1f51b335df8ebca6ab2196149fa85e912d307a7f4e',
    );
  });

  it('differs by kind, text and master key', () => {
    const indexes = [
      blindIndex('email', 'ann@example.com'),
      blindIndex('email', 'bob@example.com'),
      blindIndex('identity', 'ann@example.com'),
      blindIndexer(new Uint8Array(32))('email', 'ann@example.com'),
    ];
    expect(new Set(indexes).size).toBe(4);
  });
});

describe('a unique claim', () => {
  let vault: Vault;
  /** Whose streams hold what is claimed. */
  let written: Set<string>;
  const claimBy = (holder: string): Claim => ({
    kind: 'email',
    index: 'i1',
    holder,
    holds: (id) => Promise.resolve(written.has(id)),
  });
  beforeEach(() => {
    vault = inMemoryVault();
    written = new Set();
  });

  it('is the first one’s, who stays when confirmed', async () => {
    expect(await claimUnique(vault, claimBy('usr_a'))).toBe('usr_a');
    written.add('usr_a');
    expect(await confirmClaim(vault, claimBy('usr_a'))).toBe('usr_a');
    expect(await claimUnique(vault, claimBy('usr_b'))).toBe('usr_a');
    expect(await claimUnique(vault, claimBy('usr_a'))).toBe('usr_a');
    expect(await vault.claimHolder('email', 'i1')).toBe('usr_a');
  });

  it('passes on when its holder no longer holds it', async () => {
    await claimUnique(vault, claimBy('usr_a'));
    written.add('usr_a');
    await confirmClaim(vault, claimBy('usr_a'));
    written.delete('usr_a');
    expect(await claimUnique(vault, claimBy('usr_b'))).toBe('usr_b');
    written.add('usr_b');
    expect(await confirmClaim(vault, claimBy('usr_b'))).toBe('usr_b');
    expect(await claimUnique(vault, claimBy('usr_a'))).toBe('usr_b');
    expect(await vault.claimHolder('email', 'i1')).toBe('usr_b');
  });

  it('passes on from one who claimed and never wrote, and from one who asked and never wrote', async () => {
    await claimUnique(vault, claimBy('usr_a'));
    expect(await claimUnique(vault, claimBy('usr_b'))).toBe('usr_b');
    expect(await claimUnique(vault, claimBy('usr_c'))).toBe('usr_c');
    written.add('usr_c');
    expect(await confirmClaim(vault, claimBy('usr_c'))).toBe('usr_c');
    expect(await vault.claimHolder('email', 'i1')).toBe('usr_c');
  });

  it('stays with the first when both wrote before either confirmed', async () => {
    await claimUnique(vault, claimBy('usr_a'));
    expect(await claimUnique(vault, claimBy('usr_b'))).toBe('usr_b');
    written.add('usr_a').add('usr_b');
    expect(await confirmClaim(vault, claimBy('usr_b'))).toBe('usr_a');
    expect(await confirmClaim(vault, claimBy('usr_a'))).toBe('usr_a');
  });

  it('is lost by the first when the next wrote and confirmed before it wrote', async () => {
    await claimUnique(vault, claimBy('usr_a'));
    await claimUnique(vault, claimBy('usr_b'));
    written.add('usr_b');
    expect(await confirmClaim(vault, claimBy('usr_b'))).toBe('usr_b');
    written.add('usr_a');
    expect(await confirmClaim(vault, claimBy('usr_a'))).toBe('usr_b');
  });

  it('stands for one who wrote and died before confirming', async () => {
    await claimUnique(vault, claimBy('usr_a'));
    await claimUnique(vault, claimBy('usr_b'));
    written.add('usr_b');
    expect(await claimUnique(vault, claimBy('usr_c'))).toBe('usr_b');
    written.add('usr_a');
    expect(await confirmClaim(vault, claimBy('usr_a'))).toBe('usr_b');
  });

  it('is found by who holds it now', async () => {
    const claim = claimBy('');
    expect(await holderOf(vault, claim)).toBeUndefined();
    await claimUnique(vault, claimBy('usr_a'));
    expect(await holderOf(vault, claim)).toBeUndefined();
    await claimUnique(vault, claimBy('usr_b'));
    written.add('usr_b');
    expect(await holderOf(vault, claim)).toBe('usr_b');
    written.add('usr_a');
    expect(await holderOf(vault, claim)).toBe('usr_a');
  });

  it('is not taken from one who wrote and confirmed while another was looking', async () => {
    await claimUnique(vault, claimBy('usr_a'));
    written.add('usr_b');
    const looking: Claim = {
      ...claimBy('usr_b'),
      holds: async (id) => {
        const held = written.has(id);
        written.add('usr_a');
        expect(await confirmClaim(vault, claimBy('usr_a'))).toBe('usr_a');
        return held;
      },
    };
    expect(await confirmClaim(vault, looking)).toBe('usr_a');
  });

  it('ends with one answer for all in every order of steps that was tried, some dying on the way', async () => {
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const { answers, survivors } = await raced(seed);
      expect({ seed, answers: new Set(answers).size }).toEqual({ seed, answers: survivors > 0 ? 1 : 0 });
    }
  }, 30_000);

  /** Four claimants whose every step waits for its turn, in an order drawn from the seed; gives whom each believes to stand. */
  const raced = async (seed: number): Promise<{ answers: readonly string[]; survivors: number }> => {
    let state = seed;
    const draw = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const turns: (() => void)[] = [];
    const turn = (): Promise<void> => new Promise((resolve) => turns.push(resolve));
    const inTurn = async <Result>(step: () => Result): Promise<Awaited<Result>> => {
      await turn();
      const result = await step();
      await turn();
      return result;
    };
    const shared = inMemoryVault();
    const streams = new Set<string>();
    const stepped: Vault = {
      ...shared,
      claim: (...claim) => inTurn(() => shared.claim(...claim)),
      claimHolder: (...claim) => inTurn(() => shared.claimHolder(...claim)),
      moveClaim: (...move) => inTurn(() => shared.moveClaim(...move)),
    };
    const answers: string[] = [];
    let survivors = 0;
    const claimant = async (holder: string, fate: number): Promise<void> => {
      const claim: Claim = { ...claimBy(holder), holds: (id) => inTurn(() => streams.has(id)) };
      let stands = await claimUnique(stepped, claim);
      if (stands === holder) {
        if (fate === 0) return;
        await inTurn(() => streams.add(holder));
        if (fate === 1) return;
        stands = await confirmClaim(stepped, claim);
      }
      survivors += 1;
      answers.push(stands);
    };
    const claimants = ['usr_a', 'usr_b', 'usr_c', 'usr_d'].map((holder) => claimant(holder, draw(8)));
    let left = claimants.length;
    for (const ended of claimants) void ended.then(() => (left -= 1));
    while (left > 0) {
      turns.splice(draw(turns.length), 1)[0]?.();
      await new Promise(setImmediate);
    }
    return { answers, survivors };
  };
});
