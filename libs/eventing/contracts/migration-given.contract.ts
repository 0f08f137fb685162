import { afterEach, beforeEach, expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { EarlierPositions } from '../earlier-positions.js';
import type { EventMetadata, EventStore, FollowOptions, RecordedEvent } from '../event-store.js';
import { randomId } from '../ids.js';
import type { JsonObject } from '../json.js';
import { vaultDigest } from '../migration/copy-vault.js';
import { migrate, type Migrated, type Migration, type Stores } from '../migration/migrate.js';
import type { Vault } from '../vault.js';
import type { ViewStore } from '../view-store.js';

/** Two sets of empty stores. */
export interface GivenEngines {
  readonly source: Stores;
  readonly target: Stores;
  /** Takes another, empty target; the one before stays open until all are closed. */
  readonly another: () => Promise<void>;
  readonly close: () => Promise<void>;
}
export type OpenEngines = () => Promise<GivenEngines>;

/** When the first events of a given source were recorded. */
export const longAgo = '2020-01-01T00:00:00.000Z';

export const never = new AbortController().signal;

export const eventsOf = async (log: EventStore): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const batch of log.follow({ after: 0n, signal: never })) {
    events.push(...batch.events);
    if (batch.live) break;
  }
  return events;
};

/** What must be the same in a copy. */
export const copiedPart = ({ position: _, metadata, ...event }: RecordedEvent) => {
  const { recordedAt: _time, ...kept } = metadata;
  return { ...event, metadata: kept };
};

/** An installation that was at work. */
export class GivenSource {
  readonly logId = randomId('log');
  readonly #revisions = new Map<string, bigint>();

  constructor(readonly stores: Stores) {}

  /** Appends events with these data to an account's stream; '' is the platform's. */
  async record(stream: string, ...data: readonly JsonObject[]): Promise<void> {
    await this.#append(stream, data, {});
  }

  async #append(stream: string, data: readonly JsonObject[], rest: EventMetadata): Promise<void> {
    const name = stream === '' ? 'platform' : `account-${stream}`;
    const expected = this.#revisions.get(name) ?? 'no-stream';
    const events = data.map((one) => ({
      id: randomId('evt'),
      type: 'Happened',
      data: one,
      metadata: { actorId: 'usr_a', schemaVersion: '1', ...rest },
    }));
    const { revision } = await this.stores.log.append(name, expected, events);
    this.#revisions.set(name, revision);
  }

  /** The platform's stream, and two that take turns, one of them with many events at once; keys, claims and a tombstone. */
  async fill(): Promise<void> {
    await this.#append('', [{ logId: this.logId }], { recordedAt: longAgo });
    await this.#append('a', [{ early: true }], { recordedAt: longAgo });
    for (let round = 0; round < 3; round += 1) {
      await this.record('a', { round }, { round, name: 'Ännchen 🔑' });
      await this.record('b', { round, list: [1, 2.5, null, { z: 1, a: true }] });
      await this.record('a', { round, again: true });
    }
    const { vault } = this.stores;
    for (const name of ['ann', 'ben', 'cyd']) {
      await vault.addKey(`usr_${name}`, randomBytes(40));
      await vault.claim('email', `index of ${name}`, `usr_${name}`);
    }
    await vault.bury('usr_cyd', '2027-01-01T00:00:00.000Z');
    await vault.lease('timer', 'somebody', 60_000, Date.now());
  }
}

/** The migration of such an installation; `change` gives other parts of it. */
export const migrationOf = (source: GivenSource, target: Stores, change: Partial<Migration> = {}): Migration => {
  const { logId } = source;
  return {
    source: source.stores,
    target,
    logId,
    requireKey: () => undefined,
    isRenewal: ({ type, data }) => type === 'Renewed' && data['from'] === logId,
    renew: async () => {
      const events = [];
      for await (const event of target.log.readStream('platform')) events.push(event);
      const revision = events.at(-1)?.revision ?? 'no-stream';
      const renewed = { id: randomId('evt'), type: 'Renewed', data: { from: logId }, metadata: {} };
      await target.log.append('platform', revision, [renewed]);
    },
    signal: never,
    ...change,
  };
};

export const migrated = (source: GivenSource, target: Stores, change: Partial<Migration> = {}): Promise<Migrated> =>
  migrate(migrationOf(source, target, change));

/** {@link EventStore.follow} with other options. */
export const following =
  (log: EventStore, change: Partial<FollowOptions>): EventStore['follow'] =>
  (options) =>
    log.follow({ ...options, ...change });

/** A log with ten times the positions, which goes on to find nothing for five more after the last event. */
export const sparse = (log: EventStore): EventStore => ({
  ...log,
  head: async () => (await log.head()) * 10n + 5n,
  follow: async function* ({ after, ...options }) {
    for await (const { events, position, live } of log.follow({ ...options, after: after / 10n }))
      yield {
        events: events.map((event) => ({ ...event, position: event.position * 10n })),
        position: position * 10n + (live ? 5n : 0n),
        live,
      };
  },
});

/** A filled source and an empty target for each test, and what is done with them. */
export class GivenMigration {
  readonly source: GivenSource;
  readonly #engines: GivenEngines;

  constructor(engines: GivenEngines) {
    this.#engines = engines;
    this.source = new GivenSource({ ...engines.source, log: sparse(engines.source.log) });
  }

  get target(): Stores {
    return this.#engines.target;
  }

  another(): Promise<void> {
    return this.#engines.another();
  }

  run(change: Partial<Migration> = {}): Promise<Migrated> {
    return migrated(this.source, this.target, change);
  }

  /** The one line that it is refused with. */
  async refusal(change: Partial<Migration> = {}): Promise<string> {
    const error = await this.run(change).then(
      () => new Error('it was not refused'),
      (thrown: unknown) => thrown as Error,
    );
    expect(error.name).toBe('MigrationRefused');
    expect(error.message).not.toContain('\n');
    return error.message;
  }

  /** Each event and its copy; the event that named the copy is left out. */
  async copies(): Promise<(readonly [RecordedEvent, RecordedEvent])[]> {
    const there = await eventsOf(this.target.log);
    const here = await eventsOf(this.source.stores.log);
    expect(there.filter(({ type }) => type !== 'Renewed').map(copiedPart)).toEqual(here.map(copiedPart));
    return here.map((event, index) => [event, there[index]!]);
  }

  async expectWhole(): Promise<void> {
    const { logId, stores } = this.source;
    const positions = new EarlierPositions(this.target.views);
    for (const [{ position }, copy] of await this.copies())
      expect(await positions.here({ logId, position })).toBe(copy.position);
    expect(await vaultDigest(this.target.vault)).toEqual(await vaultDigest(stores.vault));
    expect((await eventsOf(this.target.log)).at(-1)).toMatchObject({ type: 'Renewed', data: { from: logId } });
  }
}

/** One for each test of the group. */
export const eachMigration = (open: OpenEngines): (() => GivenMigration) => {
  let engines: GivenEngines;
  let given: GivenMigration;
  beforeEach(async () => {
    engines = await open();
    given = new GivenMigration(engines);
    await given.source.fill();
  });
  afterEach(() => engines.close());
  return () => given;
};

export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Stores whose n-th change is the last that is made before, or the first that is not made as, the process dies. */
export const dying = (stores: Stores, changes: number, isMade: boolean): Stores => {
  let left = changes;
  const change = async <Result>(make: () => Promise<Result>): Promise<Result> => {
    left -= 1;
    if (left > 0) return make();
    if (left === 0 && isMade) await make();
    throw new Killed(`at change ${changes}`);
  };
  const log: EventStore = { ...stores.log, append: (...given) => change(() => stores.log.append(...given)) };
  const vault: Vault = {
    ...stores.vault,
    addKey: (...given) => change(() => stores.vault.addKey(...given)),
    bury: (...given) => change(() => stores.vault.bury(...given)),
    claim: (...given) => change(() => stores.vault.claim(...given)),
  };
  const views: ViewStore = {
    ...stores.views,
    keep: (...given) => change(() => stores.views.keep(...given)),
    write: (...given) => change(() => stores.views.write(...given)),
    advance: (...given) => change(() => stores.views.advance(...given)),
    park: (...given) => change(() => stores.views.park(...given)),
  };
  return { log, vault, views };
};
