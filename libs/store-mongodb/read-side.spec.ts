import { reactorContract } from '#eventing/contracts/reactor.contract.js';
import { readingContract } from '#eventing/contracts/reading.contract.js';
import { viewRunnerContract } from '#eventing/contracts/view-runner.contract.js';
import { viewsSharedContract, type SharedStores } from '#eventing/contracts/views-shared.contract.js';
import { viewsContract } from '#eventing/contracts/views.contract.js';
import { inMemoryEventStore } from '#eventing/in-memory/event-store.js';
import type { ViewStore } from '#eventing/view-store.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { mongodbViewStore } from './view-store.js';

whereMongodb('the read side in MongoDB', () => {
  const mongodb = oneMongodb();

  const inDatabase = async (): Promise<SharedStores> => {
    const database = mongodb.newDatabase();
    const stores: ViewStore[] = [];
    const another = async (): Promise<ViewStore> => {
      const opened = await mongodbViewStore(mongodb.url, { database });
      stores.push(opened);
      return opened;
    };
    const log = inMemoryEventStore();
    const close = async (): Promise<void> => {
      await log.close();
      await Promise.all(stores.map((store) => store.close()));
    };
    return { log, store: await another(), another, close };
  };

  viewRunnerContract('MongoDB', inDatabase);
  viewsContract('MongoDB', inDatabase);
  viewsSharedContract('MongoDB', inDatabase);
  readingContract('MongoDB', inDatabase);
  reactorContract('MongoDB', inDatabase);
});
