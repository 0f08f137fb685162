import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Access } from '#access/access.js';
import type { Caller } from '#access/caller.js';
import { eventTypes, fact } from '#access/events.js';
import { ListUsers, listUsers } from '#access/queries/list-users.js';
import type { Reading } from '#access/queries/query.js';
import { memberKey } from '#access/views/keys.js';
import { membersView, type MemberRow } from '#access/views/members.js';
import { userApplicationsView, type UserApplicationRow } from '#access/views/user-applications.js';
import { CommandLoop } from '#eventing/command-loop.js';
import type { JsonObject } from '#eventing/json.js';
import { inMemoryEventStore } from '#eventing/in-memory/event-store.js';
import { inMemoryVault } from '#eventing/in-memory/vault.js';
import { ownLeases } from '#eventing/leases.js';
import { formatPosition } from '#eventing/position.js';
import { ViewReader } from '#eventing/view-reader.js';
import { generationName, type RowChange, startCheckpoint, type ViewStore } from '#eventing/view-store.js';
import type { View } from '#eventing/view.js';
import { viewOf, Views } from '#eventing/views.js';
import { blindIndexer } from '#privacy/claims.js';
import { eventSealer } from '#privacy/event-sealer.js';
import { Privacy } from '#privacy/privacy.js';
import { sqliteViewStore } from '#store-sqlite/view-store.js';
import { inTurns, report } from './measure.js';
import { allViews } from './read-side.js';

/** A page of 50 of an account's users with their applications, as the Users tab asks for it: current, and as of half way through the history. */
const membersPerAccount = 200;
const accessesEach = 5;
const pagesEach = 40;

interface World {
  readonly accounts: number;
  /** Of the members of each account. */
  readonly versions: (member: number) => number;
}

const at = '2026-03-01T12:00:00.000Z';
const by = { kind: 'user', id: 'usr_olga' } as const;
const operator: Caller = { kind: 'user', id: 'usr_op', permissions: ['*@platform'] };
const accountOf = (n: number): string => `acc_${String(n).padStart(26, '0')}`;

interface Version<Row> {
  readonly row: Row;
  readonly from: number;
  readonly until: number | null;
}

const changesOf = <Row extends JsonObject>(
  { columnsOf, wordsOf }: View<Row>,
  key: string,
  { row: body, from, until }: Version<Row>,
): RowChange[] => {
  const index = { columns: columnsOf(body), words: wordsOf?.(body) ?? [] };
  const opened: RowChange = { change: 'open', key, from: BigInt(from), by: `evt_${from}`, body, ...index };
  if (until === null) return [opened];
  return [opened, { change: 'close', key, from: BigInt(from), until: BigInt(until), by: `evt_${until}` }];
};

/** Every member changes in turn, again and again; accesses were given at the beginning. */
function* membersOf({ accounts, versions }: World, latest: number): Generator<RowChange> {
  for (let account = 0; account < accounts; account += 1)
    for (let member = 0; member < membersPerAccount; member += 1) {
      const [accountId, userId] = [accountOf(account), `usr_${account}_${member}`];
      const count = versions(member);
      for (let version = 0; version < count; version += 1) {
        const place = (n: number): number => 1 + Math.floor((latest * n) / count);
        const row: MemberRow = {
          ...{ accountId, userId, firstName: `Ann${(member * 7919) % 1_000}`, lastName: `Lee${member}` },
          ...{ email: `ann.${account}.${member}@example.com`, role: 'staff', status: 'active', teamId: null },
          ...{ joinedAt: at, changedAt: at, invitationId: null, former: null, revision: String(version) },
        };
        const until = version + 1 < count ? place(version + 1) : null;
        yield* changesOf(membersView, memberKey(accountId, userId), { row, from: place(version), until });
      }
    }
}

function* accessesOf({ accounts }: World): Generator<RowChange> {
  for (let account = 0; account < accounts; account += 1)
    for (let access = 0; access < membersPerAccount * accessesEach; access += 1) {
      const [accountId, userId] = [accountOf(account), `usr_${account}_${Math.floor(access / accessesEach)}`];
      const applicationId = `app_${access % accessesEach}`;
      const row: UserApplicationRow = {
        ...{ accountId, userId, applicationId, grantId: `gra_${account}_${access}`, origin: 'assigned' },
        ...{ role: null, since: at, expiresAt: null, by, revision: '0' },
      };
      const key = `${memberKey(accountId, userId)}/${applicationId}`;
      yield* changesOf(userApplicationsView, key, { row, from: 1, until: null });
    }
}

const load = async (store: ViewStore, view: View, latest: number, changes: Iterable<RowChange>): Promise<void> => {
  const generation = await store.create(view.name, view.version, view);
  const batch: RowChange[] = [];
  for (const change of changes) if (batch.push(change) === 1_000) await store.write(generation, batch.splice(0));
  await store.write(generation, batch);
  await store.advance(generationName(generation), startCheckpoint, { position: BigInt(latest), recordedAt: at });
  await store.promote(generation);
};

interface Opened {
  /** Asks for the first page of one of the accounts, as of a position; gives milliseconds of a page. */
  readonly pages: (asOf?: number) => Promise<number>;
  readonly latest: number;
  readonly close: () => Promise<void>;
}

const open = async (world: World): Promise<Opened> => {
  const folder = mkdtempSync(join(tmpdir(), 'grantrail-bench-'));
  const store = sqliteViewStore(join(folder, 'views.db'));
  const latest = 1_000_000;
  for (const view of allViews) {
    const rows = { members: membersOf(world, latest), 'user-applications': accessesOf(world) }[view.name] ?? [];
    await load(store, view, latest, rows);
  }
  const log = inMemoryEventStore();
  const [vault, master] = [inMemoryVault(), new Uint8Array(32).fill(7)];
  const privacy = new Privacy(vault, master);
  const sealer = eventSealer(eventTypes, privacy);
  for (let n = 0; n < Math.min(world.accounts, 10); n += 1) {
    const opened = fact('AccountOpened', { accountId: accountOf(n), name: 'Acme', plan: 'pro', externalId: undefined });
    const metadata = { actorKind: 'system', actorId: 'system' };
    await log.append(`account-${accountOf(n)}`, 'no-stream', [{ id: `evt_${n}`, ...opened, metadata }]);
  }
  const loop = new CommandLoop({ store: log, types: eventTypes, sealer, sharedLog: true });
  const views = new Views({
    views: allViews.map(viewOf),
    log,
    store,
    reading: { upcast: (event) => event, open: (event) => Promise.resolve(event) },
    // As where others write the log: the rows are of a longer one.
    leases: ownLeases(),
  });
  await views.start();
  const reading: Reading = {
    reader: new ViewReader(views),
    access: new Access(loop, { plans: ['pro'] }, vault, ownLeases(), privacy, blindIndexer(master), () =>
      Promise.resolve([]),
    ),
    privacy,
    sealing: { seal: (text) => text, open: (text) => text },
    platformName: 'Grantrail',
  };
  let asked = 0;
  const pages = async (asOf?: number): Promise<number> => {
    const begun = performance.now();
    for (let page = 0; page < pagesEach; page += 1) {
      asked = (asked + 1) % Math.min(world.accounts, 10);
      const parameters = {
        limit: 50,
        count: false,
        filters: {},
        ...(asOf !== undefined && { asOf: formatPosition(BigInt(asOf)) }),
      };
      const list = new ListUsers(
        { accountId: accountOf(asked), parameters },
        { caller: operator, now: new Date().toISOString() },
      );
      const { items } = await listUsers(list, reading);
      if (items.length !== 50 || items[0]?.applications.length !== accessesEach)
        throw new Error('that is no page of 50');
    }
    return (performance.now() - begun) / pagesEach;
  };
  const close = async (): Promise<void> => {
    await views.stop();
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
  };
  return { pages, latest, close };
};

const once = (): number => 1;
const few = await open({ accounts: 10, versions: once });
const many = await open({ accounts: 1_000, versions: once });
const size = await inTurns({ few: () => few.pages(), many: () => many.pages() });
const ms = (figure: number): string => `${figure.toFixed(2)} ms`;
report(
  '`lists`: a current page of 50 users with 1,000,000 accesses',
  `${ms(size.many)} beside ${ms(size.few)} with 10,000`,
  size.few / size.many,
  { atLeast: 0.7 },
);
await few.close();
await many.close();

const compareAsOf = async (what: string, world: World): Promise<void> => {
  const { pages, latest, close } = await open(world);
  const cost = await inTurns({ current: () => pages(), past: () => pages(latest / 2) });
  report(what, `${ms(cost.past)} beside ${ms(cost.current)} for the current page`, cost.current / cost.past, {
    atLeast: 0.5,
  });
  await close();
};
await compareAsOf('a page `asOf` half way, rows of 10 versions each', { accounts: 10, versions: () => 10 });
await compareAsOf('a page `asOf` half way, one row among them with 10,000 versions', {
  accounts: 1,
  versions: (member) => (member === 0 ? 10_000 : 1),
});
