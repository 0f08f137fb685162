// Changes a vault as planned and tells of each change once it is acknowledged: path, seed, steps. Opens it anew in the middle.
import { writeSync } from 'node:fs';
import { sqliteVault } from '#store-sqlite/vault.js';
import { vaultPlan } from './vault-plan.js';

const [path = '', seed = '', steps = ''] = process.argv.slice(2);

let vault = sqliteVault(path);
for (const [number, step] of vaultPlan(Number(seed), Number(steps)).entries()) {
  if (number === Number(steps) / 2) {
    await vault.close();
    vault = sqliteVault(path);
  }
  await step(vault);
  writeSync(1, `${number + 1}\n`);
}
await vault.close();
