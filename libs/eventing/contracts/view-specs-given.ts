import { setImmediate as nextTurn } from 'node:timers/promises';
import { erasedText } from '../event-sealer.js';
import type { EventStore, RecordedEvent } from '../event-store.js';
import { UnknownEventType } from '../event-types.js';
import { randomId } from '../ids.js';
import type { JsonObject } from '../json.js';
import { wordsOfTexts } from '../search-text.js';
import type { EventReading } from '../view-runner.js';
import type { Generation, RowVersion, ViewStore } from '../view-store.js';
import type { View } from '../view.js';
import { viewOf } from '../views.js';

/** Empty stores of one kind; `close` leaves nothing behind. */
export interface GivenStores {
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly close: () => Promise<void>;
}
export type OpenStores = () => Promise<GivenStores>;

export const quickly = { firstMs: 1, maxMs: 5 };

type Member = { userId: string; name: string; team: string; mates: number };

const textOf = (event: RecordedEvent, field: string): string => {
  const value = event.data[field];
  return typeof value === 'string' ? value : '';
};

const types = ['Joined', 'Renamed', 'Moved', 'Left', 'TeamRemoved', 'TeamMerged', 'Erased', 'Poison', 'Due', 'Done'];

/** Members by user: a name that must go, a team that events address as a whole. `Poison` fails while `broken` says so. */
export const membersView = (broken: () => boolean = () => false, version = 1): View =>
  viewOf<Member>({
    name: 'members',
    version,
    columns: { userId: 'text', name: 'text', team: 'text' },
    indexes: [['team'], ['name']],
    rows: (event) => {
      if (['TeamRemoved', 'TeamMerged'].includes(event.type)) return [{ column: 'team', value: textOf(event, 'team') }];
      return textOf(event, 'userId') === '' ? [] : [textOf(event, 'userId')];
    },
    reads: (event) => (event.type === 'Joined' ? [textOf(event, 'invitedBy')] : []),
    fold: (row, event, key, look) => {
      if (event.type === 'Poison' && broken()) throw new RangeError('Ann Lee is not foldable');
      if (event.type === 'Joined') {
        const mates = (look(textOf(event, 'invitedBy'))?.mates ?? 0) + 1;
        return { userId: key, name: textOf(event, 'name'), team: textOf(event, 'team'), mates };
      }
      if (row === undefined || event.type === 'Left' || event.type === 'TeamRemoved') return undefined;
      if (event.type === 'Renamed') return { ...row, name: textOf(event, 'name') };
      if (event.type === 'Moved')
        return row.team === event.data['team'] ? row : { ...row, team: textOf(event, 'team') };
      if (event.type === 'TeamMerged') return { ...row, team: textOf(event, 'into') };
      return event.type === 'Poison' ? { ...row, mates: -1 } : row;
    },
    columnsOf: ({ userId, name, team }) => ({ userId, name, team }),
    wordsOf: ({ name }) => wordsOfTexts(name),
    personal: {
      byUser: 'userId',
      erased: (event) => (event.type === 'Erased' ? textOf(event, 'userId') : undefined),
      scrub: (row) => ({ ...row, name: erasedText }),
    },
  });

/** What is due, gone once it was done. */
export const dueView: View = viewOf<{ dueAt: string }>({
  name: 'due',
  version: 1,
  columns: { dueAt: 'text' },
  indexes: [['dueAt']],
  rows: (event) => (['Due', 'Done'].includes(event.type) ? [textOf(event, 'id')] : []),
  fold: (_row, event) => (event.type === 'Due' ? { dueAt: textOf(event, 'dueAt') } : undefined),
  columnsOf: ({ dueAt }) => ({ dueAt }),
});

/** Knows the types above; the names of those whose key is gone can't be opened. */
export const readingOf = (keysGone: ReadonlySet<string> = new Set()): EventReading => ({
  upcast: (event) => {
    if (!types.includes(event.type)) throw new UnknownEventType(event.type);
    return event;
  },
  open: (event) => {
    const gone = keysGone.has(textOf(event, 'userId')) && event.data['name'] !== undefined;
    return Promise.resolve(gone ? { ...event, data: { ...event.data, name: erasedText } } : event);
  },
});

/** Appends one event to the end of a stream; gives its position. */
export const record = async (log: EventStore, stream: string, type: string, data: JsonObject = {}): Promise<bigint> => {
  let last: bigint | 'no-stream' = 'no-stream';
  for await (const event of log.readStream(stream)) last = event.revision;
  return (await log.append(stream, last, [{ id: randomId('evt'), type, data, metadata: {} }])).position;
};

export const joined = (log: EventStore, userId: string, team = 'north', invitedBy = ''): Promise<bigint> =>
  record(log, `user-${userId}`, 'Joined', { userId, name: `Name of ${userId}`, team, invitedBy });

/** A history with everything in it: 40 events over 8 members and 3 teams. */
export const busyHistory = async (log: EventStore): Promise<void> => {
  for (let round = 0; round < 4; round += 1)
    for (let member = 0; member < 8; member += 1) {
      const userId = `usr_${member}`;
      const data = { userId, name: `Name ${round} of ${userId}`, team: `team_${(member + round) % 3}` };
      if (round === 0) await joined(log, userId, data.team, member > 0 ? `usr_${member - 1}` : '');
      else await record(log, `user-${userId}`, (member + round) % 2 === 0 ? 'Moved' : 'Renamed', data);
      if (member % 4 === 3) {
        const [type, into] = round === 2 ? ['TeamRemoved', ''] : ['TeamMerged', 'team_0'];
        await record(log, 'teams', type, { team: `team_${round % 3}`, into });
      }
    }
};

export const eventsOf = async (log: EventStore): Promise<RecordedEvent[]> => {
  const head = await log.head();
  const found: RecordedEvent[] = [];
  if (head === 0n) return found;
  for await (const batch of log.follow({ after: 0n, signal: new AbortController().signal })) {
    found.push(...batch.events);
    if (batch.position >= head) break;
  }
  return found;
};

export const rowsOf = async (store: ViewStore, generation: Generation): Promise<readonly RowVersion[]> => {
  const rows: RowVersion[] = [];
  for await (const batch of store.scan(generation)) rows.push(...batch);
  return rows;
};

/** Waits for what no position tells. */
export const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 4_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it never came to hold');
    await nextTurn();
  }
};
