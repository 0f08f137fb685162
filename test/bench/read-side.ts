import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventTypes } from '#access/events.js';
import { accessViews } from '#access/views/all.js';
import type { EventSealer } from '#eventing/event-sealer.js';
import type { EventStore } from '#eventing/event-store.js';
import { upcast } from '#eventing/event-types.js';
import { moments } from '#eventing/moments.js';
import type { ViewStore } from '#eventing/view-store.js';
import type { View } from '#eventing/view.js';
import { viewOf, Views } from '#eventing/views.js';
import { eventSealer } from '#privacy/event-sealer.js';
import { Privacy } from '#privacy/privacy.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { sqliteVault } from '#store-sqlite/vault.js';
import { writeHistory } from './history.js';

export const allViews: readonly View[] = [viewOf(moments), ...accessViews];

/** A log with its vault, in a folder that is removed in the end. */
export interface GivenLog {
  readonly folder: string;
  readonly log: EventStore;
  readonly sealer: EventSealer;
  readonly privacy: Privacy;
  readonly close: () => Promise<void>;
}

/** A log with a believable history of at least so many events. */
export const givenLog = async (events: number): Promise<GivenLog> => {
  const folder = mkdtempSync(join(tmpdir(), 'grantrail-bench-'));
  const log = sqliteEventStore(join(folder, 'events.db'));
  const vault = sqliteVault(join(folder, 'vault.db'));
  const privacy = new Privacy(vault, new Uint8Array(32).fill(7));
  const sealer = eventSealer(eventTypes, privacy);
  await writeHistory(log, sealer, events);
  const close = async (): Promise<void> => {
    await Promise.all([log.close(), vault.close()]);
    rmSync(folder, { recursive: true });
  };
  return { folder, log, sealer, privacy, close };
};

/** The product's views over a log, all of them or one. */
export const viewsOver = ({ log, sealer }: GivenLog, store: ViewStore, views: readonly View[] = accessViews): Views =>
  new Views({
    views,
    log,
    store,
    reading: { upcast: (event) => upcast(eventTypes, event), open: (event) => sealer.open(event) },
  });

/** Resolves once all views have come to the head of the log. */
export const caughtUp = async (views: Views): Promise<void> => {
  const head = await views.log.head();
  await Promise.all(views.status().map(({ view }) => views.waitFor(view, head)));
};
