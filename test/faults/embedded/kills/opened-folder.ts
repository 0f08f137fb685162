import { eventTypes } from '#access/events.js';
import { accessViews } from '#access/views/all.js';
import type { EventSealer } from '#eventing/event-sealer.js';
import type { EventStore } from '#eventing/event-store.js';
import { upcast } from '#eventing/event-types.js';
import { KeptView } from '#eventing/kept-view.js';
import { ownLeases } from '#eventing/leases.js';
import { moments } from '#eventing/moments.js';
import { Pace } from '#eventing/pace.js';
import type { Vault } from '#eventing/vault.js';
import type { ViewStore } from '#eventing/view-store.js';
import type { EventReading } from '#eventing/view-runner.js';
import { viewOf } from '#eventing/views.js';
import type { View } from '#eventing/view.js';
import { eventSealer } from '#privacy/event-sealer.js';
import { loadMasterKey } from '#privacy/master-key.js';
import { Privacy } from '#privacy/privacy.js';
import { claimDataFolder } from '#store-sqlite/data-folder.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { sqliteVault } from '#store-sqlite/vault.js';
import { sqliteViewStore } from '#store-sqlite/view-store.js';

/** Every view there is. */
export const allViews: readonly View[] = [viewOf(moments), ...accessViews];

export const viewNamed = (name: string): View => {
  const view = allViews.find((one) => one.name === name);
  if (view === undefined) throw new Error(`there is no view ${name}`);
  return view;
};

/** A data folder as the product opens it, but for jobs. */
export interface OpenedFolder {
  readonly file: (name: string) => string;
  readonly log: EventStore;
  readonly views: ViewStore;
  readonly vault: Vault;
  readonly master: Uint8Array;
  readonly privacy: Privacy;
  readonly sealer: EventSealer;
  readonly reading: EventReading;
  readonly close: () => Promise<void>;
}

export const openFolder = async (path: string): Promise<OpenedFolder> => {
  const folder = await claimDataFolder(path);
  const file = (name: string): string => folder.file(name);
  const log = sqliteEventStore(file('events.db'));
  const views = sqliteViewStore(file('views.db'));
  const vault = sqliteVault(file('vault.db'));
  const master = loadMasterKey({ file: file('master.key') });
  const privacy = new Privacy(vault, master);
  const sealer = eventSealer(eventTypes, privacy);
  const reading: EventReading = {
    upcast: (event) => upcast(eventTypes, event),
    open: (event) => sealer.open(event),
  };
  const close = async (): Promise<void> => {
    await Promise.all([log.close(), views.close(), vault.close()]);
    folder.release();
  };
  return { file, log, views, vault, master, privacy, sealer, reading, close };
};

/** One view of an opened folder, kept up in batches of so many events. */
export const keptView = (
  { log, reading }: OpenedFolder,
  view: View,
  store: ViewStore,
  batchSize: number,
): { readonly kept: KeptView; readonly end: () => Promise<void> } => {
  const ending = new AbortController();
  const parts = { view, log, store, reading, batchSize, isAlone: true, leases: ownLeases(), pace: new Pace() };
  const kept = new KeptView({ ...parts, ending: ending.signal });
  const end = (): Promise<void> => {
    ending.abort();
    return kept.end();
  };
  return { kept, end };
};
