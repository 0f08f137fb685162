import { vaultContract } from '../contracts/vault.contract.js';
import { inMemoryVault, vaultMemory } from './vault.js';

vaultContract('in memory', () => {
  const memory = vaultMemory();
  return Promise.resolve({
    vault: inMemoryVault(memory),
    reopen: () => Promise.resolve(inMemoryVault(memory)),
    dispose: () => Promise.resolve(),
  });
});
