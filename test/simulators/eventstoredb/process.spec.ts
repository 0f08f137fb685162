import { NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { selfSignedCertificate, testWithCertificate } from '../../servers/certificate.js';
import { eventstoredbSimulator, type SimulatorServer } from '../../servers/simulator-server.js';
import { allOf, counted, countedUpTo, endAll, givenClient, givenFolder } from './given.js';

let server: SimulatorServer;
afterEach(async () => {
  await endAll();
  await server.dispose();
});

describe('a simulator that is killed', () => {
  test('has what it acknowledged, at the same positions', async () => {
    server = await eventstoredbSimulator();
    const client = givenClient(server.url);
    const { position } = await client.appendToStream('a', countedUpTo(3), { expectedRevision: NO_STREAM });
    await server.kill();
    await server.start();
    const read = (await allOf(client.readStream('a'))).map(({ event }) => event);
    expect(read.map((event) => event?.data)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(read.at(-1)?.position).toEqual(position);
    const subscription = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: ['a'] }) });
    const data: unknown[] = [];
    subscription.on('data', ({ event }) => data.push(event?.data));
    await once(subscription, 'caughtUp');
    expect(data).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  test('in the midst of appends has all that it acknowledged, whole, and what is repeated once', async () => {
    server = await eventstoredbSimulator();
    const client = givenClient(server.url);
    const appends = Array.from({ length: 32 }, (_, n) => ({ stream: `s-${n}`, acknowledged: -1n }));
    const pairs = new Map<string, ReturnType<typeof counted>[]>();
    const pairAt = (stream: string, revision: bigint): ReturnType<typeof counted>[] => {
      const key = `${stream}@${revision}`;
      const pair = pairs.get(key) ?? [counted(1), counted(2)];
      pairs.set(key, pair);
      return pair;
    };
    const append = async (caller: (typeof appends)[number]): Promise<void> => {
      const { stream, acknowledged } = caller;
      const expectedRevision = acknowledged < 0n ? NO_STREAM : acknowledged;
      const answer = await client.appendToStream(stream, pairAt(stream, acknowledged), { expectedRevision });
      caller.acknowledged = answer.nextExpectedRevision;
    };
    const endedBy = await Promise.allSettled(
      appends.map(async (caller, n) => {
        for (;;) {
          await append(caller);
          if (n === 0 && caller.acknowledged === 19n) await server.kill();
        }
      }),
    );
    expect(new Set(endedBy.map(({ status }) => status))).toEqual(new Set(['rejected']));
    await server.start();
    for (const { stream, acknowledged } of appends) {
      const left = (await allOf(client.readStream(stream))).length;
      // The append whose outcome nobody knows came as a whole or not at all.
      expect([acknowledged + 1n, acknowledged + 3n]).toContain(BigInt(left));
    }
    await Promise.all(appends.map(append));
    for (const { stream, acknowledged } of appends) {
      const ids = (await allOf(client.readStream(stream))).map(({ event }) => event?.id);
      expect(ids).toHaveLength(Number(acknowledged) + 1);
      expect(new Set(ids).size).toBe(ids.length);
    }
  }, 30_000);

  test('by SIGTERM ends by itself', async () => {
    server = await eventstoredbSimulator();
    await server.kill('SIGTERM');
    await server.start();
  });

  test('is told what to do wrong in its own process', async () => {
    server = await eventstoredbSimulator();
    const client = givenClient(server.url);
    await server.inflict({ fault: 'drop-after-commit', appends: 1 });
    const append = client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    await expect(append).rejects.toMatchObject({ type: 'unavailable' });
    await expect(server.inflict({ fault: 'no-such' } as never)).rejects.toThrow('refused no-such');
  });
});

describe('a simulator with TLS and a login', () => {
  testWithCertificate('takes only who has them', async () => {
    const tls = selfSignedCertificate(await givenFolder());
    const password = randomUUID();
    server = await eventstoredbSimulator({ tls, login: { user: 'admin', password } });
    const address = server.url.replace('esdb://', '');
    const trusted = `${address}&tlsCAFile=${tls.certificate}`;

    const known = givenClient(`esdb://admin:${password}@${trusted}`);
    expect(await known.appendToStream('a', counted(1), { expectedRevision: NO_STREAM })).toMatchObject({
      success: true,
    });
    // With credentials of its own an append is another call.
    const own = { credentials: { username: 'admin', password } };
    expect(await known.appendToStream('a', counted(2), { expectedRevision: 0n, ...own })).toMatchObject({
      nextExpectedRevision: 1n,
    });
    await expect(known.appendToStream('a', counted(3), { expectedRevision: 0n, ...own })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      expectedVersion: 0n,
      actualVersion: 1n,
    });
    expect(await allOf(known.readStream('a'))).toHaveLength(2);

    const denied = { type: 'access-denied' };
    for (const login of ['admin:wrong@', '']) {
      const unknown = givenClient(`esdb://${login}${trusted}`);
      await expect(unknown.appendToStream('a', counted(4))).rejects.toMatchObject(denied);
      await expect(allOf(unknown.readStream('a'))).rejects.toMatchObject(denied);
    }

    const untrusting = givenClient(`esdb://admin:${password}@${address}`);
    await expect(untrusting.appendToStream('a', counted(5))).rejects.toMatchObject({ code: 14 });
  });
});
