import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Aggregate, streamOf } from '#eventing/aggregate.js';
import type { RecordedEvent } from '#eventing/event-store.js';
import { upcast } from '#eventing/event-types.js';
import { accountAggregate } from './account/account.js';
import { apiKeyAggregate } from './api-key/api-key.js';
import { applicationAggregate } from './application/application.js';
import { type AccessFact, type EventName, eventTypes } from './events.js';
import { streamOfFact } from './fact-stream.js';
import { platformAggregate } from './platform/platform.js';
import { roleAggregate } from './role/role.js';
import { userAggregate } from './user/user.js';

const folder = new URL('../../test/golden/', import.meta.url);
type Stored = Omit<RecordedEvent, 'revision' | 'position'> & { revision: string; position: string };

/** `RoleChanged.v1.json`: an event as version 1 of its type was stored. */
const read = (file: string): RecordedEvent => {
  const { revision, position, ...event } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Stored;
  return { ...event, revision: BigInt(revision), position: BigInt(position) };
};
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const names = Object.keys(eventTypes) as EventName[];

/** What must have happened for a fact to change anything. */
const after: Partial<Record<EventName, EventName[]>> = {
  LogRenewed: ['PlatformStarted'],
  RoleRedefined: ['RoleDefined'],
  RoleRetired: ['RoleDefined'],
  ApplicationActivated: ['ApplicationRegistered'],
  ApplicationDeactivated: ['ApplicationRegistered', 'ApplicationActivated'],
  UserRenamed: ['UserRegistered'],
  UserErased: ['UserRegistered'],
  ApiKeyRevoked: ['ApiKeyIssued'],
  ApplicationUnassigned: ['ApplicationAssigned', 'MemberJoined', 'AccessGranted'],
  InvitationResent: ['UserInvited'],
  InvitationAccepted: ['UserInvited'],
  InvitationDeclined: ['UserInvited'],
  InvitationRevoked: ['UserInvited'],
  InvitationExpired: ['UserInvited'],
  RoleChanged: ['MemberJoined', 'AccessGranted'],
  MemberRemoved: ['MemberJoined', 'AccessGranted'],
  AccessGranted: ['ApplicationAssigned', 'MemberJoined'],
  AccessRevoked: ['ApplicationAssigned', 'MemberJoined', 'AccessGranted'],
  AccessExpired: ['ApplicationAssigned', 'MemberJoined', 'AccessGranted'],
};

const aggregates = [
  accountAggregate,
  apiKeyAggregate,
  applicationAggregate,
  platformAggregate,
  roleAggregate,
  userAggregate,
] as Aggregate<unknown>[];

/** A state as text, without revisions: those move with every event. */
const seen = (state: unknown): string =>
  JSON.stringify(state, (key, value: unknown) => {
    if (key === 'revision' || typeof value === 'bigint') return undefined;
    return value instanceof Map || value instanceof Set ? [...value] : value;
  });

describe.each(names)('%s as it was stored', (name) => {
  const versions = Array.from({ length: eventTypes[name].version }, (_, index) => `${name}.v${index + 1}.json`);

  it('has a sample of every version there was', () => {
    expect(files).toEqual(expect.arrayContaining(versions));
  });

  it.each(versions)('is still understood: %s', (file) => {
    const event = upcast(eventTypes, read(file));
    const aggregate = aggregates.find(({ category }) => event.stream.split('-', 1)[0] === category)!;
    const id = event.stream.slice(aggregate.category.length + 1);
    expect(event).toMatchObject({ type: name, stream: streamOf(aggregate, id) });
    expect(streamOfFact(event as unknown as AccessFact)).toBe(event.stream);

    const before = (after[name] ?? []).map((earlier) =>
      upcast(eventTypes, read(`${earlier}.v${eventTypes[earlier].version}.json`)),
    );
    expect(new Set([...before, event].map(({ stream }) => stream)).size).toBe(1);
    const state = before.reduce((folded, earlier) => aggregate.evolve(folded, earlier), aggregate.initial(id));
    const seenBefore = seen(state);
    expect(seen(aggregate.evolve(state, event))).not.toBe(seenBefore);
  });
});

describe('the golden samples', () => {
  it('are all of known types', () => {
    expect(files.map((file) => file.split('.', 1)[0]).filter((name) => !names.includes(name as EventName))).toEqual([]);
  });

  it('hold personal text sealed only', () => {
    for (const event of files.map(read)) {
      const { personal = [] } = eventTypes[event.type as EventName] as { personal?: readonly string[] };
      for (const field of personal) expect(event.data[field]).toMatch(/^sealed:1:/);
      expect(event.metadata['reason'] ?? 'sealed:1:').toMatch(/^sealed:1:/);
    }
  });
});
