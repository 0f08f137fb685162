import { Access } from '#access/access.js';
import { eventTypes } from '#access/events.js';
import { CommandLoop } from '#eventing/command-loop.js';
import type { EventStore } from '#eventing/event-store.js';
import { ownLeases } from '#eventing/leases.js';
import { blindIndexer } from '#privacy/claims.js';
import type { OpenedFolder } from './opened-folder.js';

/** What commands of an opened folder work with, on its log. */
export const openAccess = ({ master, vault, privacy, sealer }: OpenedFolder, log: EventStore): Access => {
  const loop = new CommandLoop({ store: log, types: eventTypes, sealer, sharedLog: false });
  const noKeys = () => Promise.resolve([]);
  return new Access(loop, { plans: ['free'] }, vault, ownLeases(), privacy, blindIndexer(master), noKeys);
};
