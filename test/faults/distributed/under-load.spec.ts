import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { mailName } from '#delivery/mail/compose.js';
import { whereCluster } from '../../servers/where-cluster.js';
import { expectAcknowledgedOnce, expectNothingTwice, expectWholeStreams, mailsDue } from '../../system/invariants.js';
import { Load } from '../../system/load.js';
import { Random, seedOfRun } from '../../system/random.js';
import type { Body } from '../../system/server.js';
import { amount } from '../amount.js';
import { type Cluster, startCluster } from './cluster.js';
import { faults } from './fault.js';
import { Revocations } from './revocations.js';

const rounds = amount({ whole: 300, part: 20 });
/** A log stays short enough to prove every view after every round. */
const roundsOfCluster = 8;
const clients = 6;
const recoveryMs = 60_000;
const seed = seedOfRun();
const random = new Random(seed);

/** Every kind as often as the others, in an order that the seed gives. */
const planned = Array.from({ length: rounds }, (_, round) => ({
  fault: faults[round % faults.length]!,
  at: random.next(),
}))
  .sort((one, other) => one.at - other.at)
  .map(({ fault }, round) => ({ round: round + 1, name: fault.name, fault }));
const clusters = Array.from({ length: Math.ceil(rounds / roundsOfCluster) }, (_, number) =>
  planned.slice(number * roundsOfCluster, (number + 1) * roundsOfCluster),
);

/** `unlike` tells what is not yet as it should be; it is asked until it tells nothing. */
const eventually = async (what: string, unlike: () => Promise<string | null>): Promise<void> => {
  const deadline = Date.now() + recoveryMs;
  for (;;) {
    const found = await unlike().catch(String);
    if (found === null) return;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${recoveryMs} ms: ${found}`);
    await wait(100);
  }
};

whereCluster.each(clusters.map((ofCluster, number) => ({ number: number + 1, ofCluster })))(
  `cluster $number under faults, seed ${seed}`,
  ({ ofCluster }) => {
    let cluster: Cluster;
    let load: Load;
    let revocations: Revocations;
    let running: Promise<unknown> = Promise.resolve();
    const stops: (() => unknown)[] = [];

    beforeAll(async () => {
      cluster = await startCluster();
      stops.push(() => cluster.dispose());
      load = new Load(cluster.server, random);
      revocations = await Revocations.begin(cluster.server);
      stops.push(
        () => running,
        () => revocations.stop(),
        () => load.up(),
        () => load.stop(),
      );
      running = Promise.all([load.clients(clients), revocations.run()]);
      running.catch(() => undefined);
    }, 120_000);

    afterAll(async () => {
      for (const stop of stops.toReversed()) await stop();
    }, 120_000);

    const unwell = async (): Promise<string | null> => {
      for (const [number, process] of cluster.server.processes.entries()) {
        const response = await process.fetch('/health/ready', { signal: AbortSignal.timeout(3_000) });
        const { checks } = (await response.json()) as { checks: Record<string, { ok: boolean }> };
        if (response.status !== 200 || Object.values(checks).some(({ ok }) => !ok))
          return `process ${number + 1} answers ${response.status} ${JSON.stringify(checks)}`;
      }
      return null;
    };

    const views = async (): Promise<readonly string[]> => {
      const { items } = await cluster.server.ok('GET', '/v1/operations/views');
      return (items as readonly { name: string }[]).map(({ name }) => name);
    };

    const proofOf = async (view: string): Promise<Body> => {
      let proof: Body = {};
      await eventually(`${view} is proved`, async () => {
        proof = await cluster.server.ok('POST', `/v1/operations/views/${view}/verify`);
        return null;
      });
      return proof;
    };

    it.each(ofCluster)(
      'round $round: $name',
      async ({ round, name, fault }) => {
        const { server, sink } = cluster;
        load.up();
        revocations.goOn();
        await wait(300 + random.below(700));
        await fault.strike(cluster, random);
        await wait(1_000);
        await Promise.all([load.quiet(), revocations.quiet()]);
        await eventually('every process is well again', unwell);
        const log = await server.events();

        expectAcknowledgedOnce(load.sent, log);
        expectWholeStreams(log);
        expectNothingTwice(load.sent, log, server.operatorKey);
        const failed = load.sent.filter(({ answer }) => answer.status >= 500 || answer.status === 422);
        expect(failed.map(({ path, answer }) => [path, answer.status, answer.body])).toEqual([]);
        expect(revocations.violations).toEqual([]);

        const due = mailsDue(log).map(mailName);
        await eventually('every mail that is due was sent', () =>
          Promise.resolve(due.find((id) => !sink.timesById.has(id)) ?? null),
        );
        // Once, and once more where a process died between sending and noting it.
        expect([...sink.timesById].filter(([, times]) => times > 2)).toEqual([]);

        const names = await views();
        const proofs = await Promise.all(names.map(proofOf));
        expect(names.map((view, index) => [view, proofs[index]?.equal])).toEqual(names.map((view) => [view, true]));
        // All of it takes an hour, and the runner tells nothing before the end.
        process.stderr.write(`held ${round} of ${rounds}: ${name}, ${log.length} events\n`);
      },
      180_000,
    );

    it('did not spare the cluster', () => {
      expect(load.sent.length).toBeGreaterThan(ofCluster.length * 5);
      expect(revocations.taken).toBeGreaterThan(ofCluster.length);
      const twice = [...cluster.sink.timesById.values()].filter((times) => times > 1).length;
      expect(twice).toBeLessThanOrEqual(ofCluster.length * 4);
    });
  },
);
