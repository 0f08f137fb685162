import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vaultContract } from '#eventing/contracts/vault.contract.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { sqliteVault } from './vault.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'grantrail-vault-'));

vaultContract('SQLite', () => {
  const folder = newFolder();
  const path = join(folder, 'vault.db');
  let vault = sqliteVault(path);
  return Promise.resolve({
    vault,
    reopen: async () => {
      await vault.close();
      return (vault = sqliteVault(path));
    },
    dispose: async () => {
      await vault.close();
      rmSync(folder, { recursive: true });
    },
  });
});

describe('the SQLite vault', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'vault.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const filesHolding = (text: string): string[] =>
    readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(text));

  it('is readable by its owner only, side files included', async () => {
    const vault = sqliteVault(path);
    await vault.addKey('usr_a', Uint8Array.of(1));
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    expect(modes.length).toBeGreaterThan(1);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    await vault.close();
  });

  it('leaves no bytes of a destroyed key in its files', async () => {
    const vault = sqliteVault(path);
    const marker = 'the-wrapped-key-of-usr_a';
    await vault.addKey('usr_a', Buffer.from(marker));
    expect(filesHolding(marker)).not.toEqual([]);
    await vault.bury('usr_a', '2027-01-01T00:00:00.000Z');
    expect(filesHolding(marker)).toEqual([]);
    await vault.close();
  });

  it('leaves no bytes wrapped by an old master key in its files', async () => {
    const vault = sqliteVault(path);
    const marker = 'the-wrapped-key-of-usr_a';
    await vault.addKey('usr_a', Buffer.from(marker));
    await vault.rewrapKeys(() => Buffer.from('another-wrapped-key-usr_a'));
    expect(filesHolding(marker)).toEqual([]);
    await vault.close();
  });

  it('rewraps more keys than one commit takes', async () => {
    const vault = sqliteVault(path);
    await Promise.all(Array.from({ length: 1_201 }, (_, number) => vault.addKey(`usr_${number}`, Uint8Array.of(1))));
    expect(await vault.rewrapKeys(() => Uint8Array.of(2))).toBe(1_201);
    expect(await vault.key('usr_1200')).toEqual(Uint8Array.of(2));
    await vault.close();
  });

  it('says that it is unavailable once closed', async () => {
    const vault = sqliteVault(path);
    await vault.close();
    await vault.close();
    await expect(vault.key('usr_a')).rejects.toThrow(StoreUnavailable);
  });

  it('says that it is unavailable where there is no folder', () => {
    expect(() => sqliteVault(join(folder, 'none', 'vault.db'))).toThrow(StoreUnavailable);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
