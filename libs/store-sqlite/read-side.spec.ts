import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reactorContract } from '#eventing/contracts/reactor.contract.js';
import { readingContract } from '#eventing/contracts/reading.contract.js';
import { viewRunnerContract } from '#eventing/contracts/view-runner.contract.js';
import type { OpenStores } from '#eventing/contracts/view-specs-given.js';
import { viewsContract } from '#eventing/contracts/views.contract.js';
import { sqliteEventStore } from './event-store.js';
import { sqliteViewStore } from './view-store.js';

const inFolder: OpenStores = () => {
  const folder = mkdtempSync(join(tmpdir(), 'grantrail-read-side-'));
  const log = sqliteEventStore(join(folder, 'events.db'));
  const store = sqliteViewStore(join(folder, 'views.db'));
  const close = async (): Promise<void> => {
    await log.close();
    await store.close();
    rmSync(folder, { recursive: true });
  };
  return Promise.resolve({ log, store, close });
};

viewRunnerContract('SQLite', inFolder);
viewsContract('SQLite', inFolder);
readingContract('SQLite', inFolder);
reactorContract('SQLite', inFolder);
