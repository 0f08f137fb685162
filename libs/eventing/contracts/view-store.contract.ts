import { describe } from '@jest/globals';
import { generationsContract } from './view-store-generations.contract.js';
import { listsContract } from './view-store-lists.contract.js';
import { ownersContract } from './view-store-owners.contract.js';
import { pagesContract } from './view-store-pages.contract.js';
import { rowsContract } from './view-store-rows.contract.js';
import type { OpenViewStore } from './view-store-given.contract.js';

/** What every {@link ViewStore} does, whatever the engine. `open` gives an empty store of its own to each test. */
export const viewStoreContract = (name: string, open: OpenViewStore): void => {
  describe(`view store: ${name}`, () => {
    generationsContract(open);
    rowsContract(open);
    listsContract(open);
    pagesContract(open);
    ownersContract(open);
  });
};
