import { describe } from '@jest/globals';
import { appendContract } from './event-store-append.contract.js';
import { concurrencyContract } from './event-store-concurrency.contract.js';
import { followContract } from './event-store-follow.contract.js';
import type { OpenEventStore } from './event-store-given.contract.js';
import { repeatContract } from './event-store-repeat.contract.js';

/** What every event store must do. */
export const eventStoreContract = (name: string, open: OpenEventStore): void => {
  describe(`${name}, an event store`, () => {
    appendContract(open);
    repeatContract(open);
    concurrencyContract(open);
    followContract(open);
  });
};
