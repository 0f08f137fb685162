import { describe } from '@jest/globals';
import { migrationCopies } from './migration-copies.contract.js';
import type { OpenEngines } from './migration-given.contract.js';
import { migrationRefusals } from './migration-refusals.contract.js';

/**
 * What a migration keeps of an installation, from engines of any kind to engines of any other.
 * @param options.killEvery it is killed at every n-th change, each time on empty engines
 */
export const migrationContract = (name: string, open: OpenEngines, { killEvery = 1 } = {}): void => {
  describe(`migration ${name}`, () => {
    migrationCopies(open, killEvery);
    migrationRefusals(open);
  });
};
