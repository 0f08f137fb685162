import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventsIn, type LoggedEvent } from '../../../system/log-file.js';
import { deathsIn } from './children.js';
import { cutOffCascades, cutOffRegistrations, type History, overdue, takenApplication, unanswered } from './history.js';

/** What is left undone, and what was done more often than it may be. */
export interface Wrongs {
  readonly undone: readonly string[];
  readonly overdone: readonly string[];
}

/** What a reactor, or the timer, is tried by. */
export interface Trial {
  readonly child: string;
  /** Whether it goes on from a checkpoint of its own. */
  readonly hasCheckpoint: boolean;
  /** So many things happen that it has to react to. */
  readonly happen: (things: number) => History;
  /** Of what it did in a data folder, once it is through. */
  readonly wrongs: (folder: string) => Promise<Wrongs>;
}

const count = <Item>(items: readonly Item[]): ReadonlyMap<Item, number> =>
  new Map([...Map.groupBy(items, (item) => item)].map(([item, same]) => [item, same.length]));

const wrongsOf = (due: readonly string[], done: readonly string[], most: (thing: string) => number): Wrongs => {
  const [isDue, times] = [new Set(due), count(done)];
  return {
    undone: due.filter((thing) => !times.has(thing)),
    overdone: [...times.keys()].filter((thing) => !isDue.has(thing) || times.get(thing)! > most(thing)),
  };
};

const once = (): number => 1;

/** A field of all events of a type. */
const fields = (log: readonly LoggedEvent[], type: string, field: string): readonly string[] =>
  log.filter((event) => event.type === type).map(({ data }) => String(data[field]));

/** The grants whose application or member was taken. */
const takenGrants = (log: readonly LoggedEvent[]): readonly string[] => {
  const removed = new Set(fields(log, 'MemberRemoved', 'userId'));
  const unassigned = new Set(fields(log, 'ApplicationUnassigned', 'accountId'));
  const isTaken = ({ data }: LoggedEvent): boolean =>
    removed.has(String(data['userId'])) ||
    (unassigned.has(String(data['accountId'])) && data['applicationId'] === takenApplication);
  return fields(log.filter(isTaken), 'AccessGranted', 'grantId');
};

const ofReactor = { child: 'reactor-child.ts', hasCheckpoint: true } as const;

export const trials: Readonly<Record<string, Trial>> = {
  'finish-cascades': {
    ...ofReactor,
    happen: cutOffCascades,
    wrongs: (folder) => {
      const log = eventsIn(folder);
      return Promise.resolve(wrongsOf(takenGrants(log), fields(log, 'AccessRevoked', 'grantId'), once));
    },
  },
  'assign-published-applications': {
    ...ofReactor,
    happen: cutOffRegistrations,
    wrongs: (folder) => {
      const log = eventsIn(folder);
      const [registered, assigned] = ['ApplicationRegistered', 'ApplicationAssigned'].map((type) =>
        fields(log, type, 'applicationId'),
      );
      return Promise.resolve(wrongsOf(registered ?? [], assigned ?? [], once));
    },
  },
  'mail-invitations': {
    ...ofReactor,
    happen: unanswered,
    wrongs: async (folder) => {
      const due = fields(eventsIn(folder), 'UserInvited', 'invitationId').map((id) => `${id}.1`);
      const sent = (await readFile(join(folder, 'sent'), 'utf8')).trimEnd().split('\n');
      // Once more for each death between sending and noting it.
      const unnoted = count((await deathsIn(folder)).flatMap((died) => died.unnoted));
      return wrongsOf(due, sent, (mail) => 1 + (unnoted.get(mail) ?? 0));
    },
  },
  'fire-due': {
    child: 'timer-child.ts',
    hasCheckpoint: false,
    happen: overdue,
    wrongs: (folder) => {
      const log = eventsIn(folder);
      const due = [...fields(log, 'AccessGranted', 'grantId'), ...fields(log, 'UserInvited', 'invitationId')];
      const done = [...fields(log, 'AccessExpired', 'grantId'), ...fields(log, 'InvitationExpired', 'invitationId')];
      return Promise.resolve(wrongsOf(due, done, once));
    },
  },
};
