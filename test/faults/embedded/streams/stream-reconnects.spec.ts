import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { Deployment } from '../../../system/deployment.js';
import type { LoggedEvent } from '../../../system/log-file.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { Server } from '../../../system/server.js';
import { amount } from '../../amount.js';
import { brokenBuild } from '../broken-build.js';
import { ChangeLoad } from './change-load.js';
import { type Follower, ForgetfulFollower, PageFollower, StreamFollower, type Told } from './followers.js';
import { changesOf, eventsOf, toldFaults } from './told-faults.js';

const seed = seedOfRun();
const reconnects = amount({ whole: 5_000, part: 120 });
const kills = amount({ whole: 40, part: 2 });
const [stream, feed, events] = ['/v1/access-changes/stream?', '/v1/access-changes?', '/v1/events?'];
const some = ['granted', 'revoked'];

const lastOf = (told: readonly Told[]): string => told.at(-1)?.position ?? '';

/** What a follower was not told, though it was told of something later. */
const passedOver = ({ told }: Follower, expected: readonly Told[]): readonly string[] => {
  const upTo = lastOf(told);
  return toldFaults(
    told,
    expected.filter(({ position }) => position <= upTo),
  ).filter((fault) => fault.startsWith('missed'));
};

/** A server under load, what follows it, and its log in the end. */
class Followed {
  readonly random = new Random(seed);
  log: readonly LoggedEvent[] = [];

  private constructor(
    readonly server: Server,
    readonly load: ChangeLoad,
  ) {}

  static async start(deploy?: (folder: string) => Promise<Deployment>): Promise<Followed> {
    const server = await Server.start({}, deploy);
    return new Followed(server, await ChangeLoad.begin(server, new Random(seed)));
  }

  /** Has followers connect `connections` times together, with commands and `deaths` of the server under way; then the log is as it stays. */
  async follow(followers: readonly Follower[], connections: number, deaths: number): Promise<void> {
    const { server, load } = this;
    const running = load.run();
    running.catch(() => undefined);
    const sum = (): number => followers.reduce((all, one) => all + one.connections, 0);
    const following = followers.map(async (follower) => {
      while (sum() < connections) await follower.cut();
    });
    const over = new AbortController();
    const dying = this.#die(deaths, (death) => sum() >= (death * connections) / (deaths + 1), over.signal);
    await Promise.all(following).finally(() => over.abort());
    await dying;
    load.stop();
    await running;
    await server.caughtUp();
    this.log = await server.events();
  }

  /** Kills the server each time that it is due, until the signal. */
  async #die(deaths: number, isDue: (death: number) => boolean, over: AbortSignal): Promise<void> {
    const { server, load, random } = this;
    for (let death = 1; death <= deaths; death += 1) {
      while (!isDue(death) && !over.aborted) await wait(10 + random.below(50));
      if (over.aborted) return;
      load.down();
      await server.kill('SIGKILL');
      await server.run();
      load.up();
    }
  }

  async dispose(): Promise<void> {
    this.load.stop();
    await this.server.dispose();
  }
}

describe(`${reconnects} connections that break, over ${kills} kills, seed ${seed}`, () => {
  let followed: Followed;
  let followers: Record<'streams' | 'forgetful' | 'someStreams' | 'pages' | 'eventPages', readonly Follower[]>;

  beforeAll(async () => {
    followed = await Followed.start();
    const { server, random } = followed;
    followers = {
      streams: Array.from({ length: 4 }, () => new StreamFollower('changes', server, random, stream)),
      forgetful: [new ForgetfulFollower('changes', server, random, stream)],
      someStreams: [new StreamFollower('some changes', server, random, `${stream}type=${some.join()}`)],
      pages: Array.from({ length: 2 }, () => new PageFollower('changes', server, random, feed)),
      eventPages: Array.from({ length: 2 }, () => new PageFollower('events', server, random, events)),
    };
    await followed.follow(Object.values(followers).flat(), reconnects, kills);
    const { log } = followed;
    await Promise.all([
      ...[...followers.streams, ...followers.pages].map((one) => one.upTo(lastOf(changesOf(log)))),
      ...followers.someStreams.map((one) => one.upTo(lastOf(changesOf(log, some)))),
      ...followers.eventPages.map((one) => one.upTo(lastOf(eventsOf(log)))),
    ]);
  }, 1_800_000);
  afterAll(() => followed.dispose());

  it('leave no gap in a stream of changes, and tell nothing twice', () => {
    const changes = changesOf(followed.log);
    expect(changes.length).toBeGreaterThan(reconnects / 10);
    for (const { told } of followers.streams) expect(toldFaults(told, changes)).toEqual([]);
  });

  it('find out a client that goes on at the head', () => {
    expect(passedOver(followers.forgetful[0]!, changesOf(followed.log))).not.toEqual([]);
  });

  it('leave no gap in a stream of some changes', () => {
    const [follower] = followers.someStreams;
    expect(toldFaults(follower!.told, changesOf(followed.log, some))).toEqual([]);
  });

  it('leave no gap in pages of changes', () => {
    for (const { told } of followers.pages) expect(toldFaults(told, changesOf(followed.log))).toEqual([]);
  });

  it('leave no gap in pages of events', () => {
    for (const { told } of followers.eventPages) expect(toldFaults(told, eventsOf(followed.log))).toEqual([]);
  });
});

describe('connections that break find out', () => {
  it.each([
    [
      'a server that goes on at the head',
      {
        file: 'libs/access/queries/feed-place.js',
        from: 'return place;',
        to: 'return { ...place, position: await reading.views.log.head() };',
      },
    ],
    [
      'a server that names a change by how far it has looked',
      {
        file: 'libs/delivery/stream/audience.js',
        from: 'changes.push(toldChange(logId, row))',
        to: 'changes.push({ ...toldChange(logId, row), bytes: written({ event: row.type, id: writePlace({ logId, position: upTo }), data: row }) })',
      },
    ],
    [
      'a server that lets in who has not caught up',
      {
        file: 'libs/delivery/stream/audience.js',
        from: 'while (subscriber.isTaking() && subscriber.position < this.#position)',
        to: 'while (false)',
      },
    ],
  ])(
    '%s',
    async (_, broken) => {
      const followed = await Followed.start(brokenBuild(broken));
      try {
        const { server, random } = followed;
        const follower = new StreamFollower('changes', server, random, stream);
        await followed.follow([follower], 15, 0);
        expect(passedOver(follower, changesOf(followed.log))).not.toEqual([]);
      } finally {
        await followed.dispose();
      }
    },
    60_000,
  );
});
