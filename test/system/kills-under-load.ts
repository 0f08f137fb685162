import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { mailName } from '#delivery/mail/compose.js';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAcknowledgedOnce, expectNothingTwice, expectWholeStreams, mailsDue } from './invariants.js';
import { Load, type Sent } from './load.js';
import type { LoggedEvent } from './log-file.js';
import { Random, seedOfRun } from './random.js';
import { type Body, Server } from './server.js';

const clients = 8;
const seed = seedOfRun();

export interface KillsUnderLoad {
  readonly kills: number;
  /** A process is killed within this time after it is ready. */
  readonly lifeMs: number;
  /** It is ready again within this time, besides what it waited for processors that others had. */
  readonly readyWithinMs: number;
}

/** Kills a server again and again while clients send commands, and holds what is left against what they were told. */
export const killsUnderLoad = ({ kills, lifeMs, readyWithinMs }: KillsUnderLoad): void =>
  describe(`${kills} kills under load, seed ${seed}`, () => {
    const random = new Random(seed);
    let server: Server;
    let load: Load;
    let log: readonly LoggedEvent[];
    /** From each start until it was ready, less the wait for processors. */
    let startMs: number[];
    const proofs = new Map<string, Body>();
    let replays: { sent: Sent; again: Sent['answer'] }[];

    const isReady = async (): Promise<boolean> =>
      (await server.call('GET', '/health/ready', undefined, { key: null })).status === 200;

    const restart = async (): Promise<void> => {
      const before = performance.now();
      await server.run();
      while (!(await isReady())) await wait(10);
      const waitedMs = Math.max(...server.processes.map(({ processorWaitMs }) => processorWaitMs));
      startMs.push(performance.now() - before - waitedMs);
    };

    /** Dies at work, or now and then while it starts. */
    const killSometime = async (): Promise<void> => {
      await wait(random.below(lifeMs));
      load.down();
      await server.kill('SIGKILL');
      if (random.below(4) === 0) {
        const starting = server.run().catch((error: unknown) => error);
        await wait(random.below(600));
        await server.kill('SIGKILL');
        await starting;
      }
      await restart();
      load.up();
    };

    /** Names of mails that pending invitations are waiting for. */
    const awaitedMails = async (): Promise<readonly string[]> => mailsDue(await server.events()).map(mailName);

    const missingOf = async (awaited: readonly string[]): Promise<readonly string[]> => {
      const there = new Set((await readdir(join(server.folder, 'mails'))).map((file) => file.split(/[-.]/)[1]));
      return awaited.filter((name) => !there.has(name));
    };

    /** Waits as long as mails keep coming. */
    const lastMails = async (): Promise<void> => {
      const awaited = await awaitedMails();
      let missing = awaited.length;
      for (let tries = 0; missing > 0 && tries < 500; tries += 1) {
        await wait(20);
        const left = (await missingOf(awaited)).length;
        if (left < missing) tries = 0;
        missing = left;
      }
    };

    beforeAll(async () => {
      server = await Server.start();
      startMs = [];
      load = new Load(server, random);
      const running = load.clients(clients);
      for (let kill = 0; kill < kills; kill += 1) await killSometime();
      load.stop();
      await running;
      // What changed nothing is not remembered: sent again, it would be decided anew.
      const repeated = load.sent.filter(({ answer }, index) => answer.body.changed === true && index % 5 === 0);
      replays = await Promise.all(
        repeated.map(async (sent) => ({ sent, again: (await load.deliver(sent, sent.idempotencyKey)).answer })),
      );
      await lastMails();
      const { items: views } = await server.ok('GET', '/v1/operations/views');
      for (const { name } of views as readonly { name: string }[])
        proofs.set(name, await server.ok('POST', `/v1/operations/views/${name}/verify`));
      await server.kill('SIGTERM');
      log = await server.events();
    }, kills * 30_000);
    afterAll(() => server.dispose());

    it(`is ready again within ${readyWithinMs} ms`, () => {
      expect(startMs).toHaveLength(kills);
      expect(Math.max(...startMs)).toBeLessThan(readyWithinMs);
    });

    it('answers every command in the end, with a receipt or a refusal', () => {
      expect(load.sent.length).toBeGreaterThan(5 * kills);
      expect(load.sent.filter(({ tries }) => tries > 1).length).toBeGreaterThan(kills / 2);
      const failed = load.sent.filter(({ answer }) => answer.status >= 500 || answer.status === 422);
      expect(failed.map(({ answer }) => answer.body)).toEqual([]);
      const taken = load.sent.filter(({ answer }) => answer.status < 300);
      expect(taken.length).toBeGreaterThan(load.sent.length / 2);
      // One kill in ten or so strikes between a commit and its answer: among few there may be none.
      const replayed = taken.filter(({ tries, answer }) => tries > 1 && answer.headers.has('Idempotency-Replayed'));
      if (kills >= 100) expect(replayed.length).toBeGreaterThan(0);
    });

    it('has every acknowledged event in the log exactly once, where its receipt says', () => {
      expectAcknowledgedOnce(load.sent, log);
    });

    it('has streams without gaps', () => {
      expectWholeStreams(log);
    });

    it('has applied no command twice, and none that it refused', () => {
      expectNothingTwice(load.sent, log, server.operatorKey);
    });

    it('gives the first answer again to a command that is repeated', () => {
      expect(replays.length).toBeGreaterThan(kills / 2);
      for (const { sent, again } of replays) {
        expect(again.headers.get('Idempotency-Replayed')).toBe('true');
        expect({ path: sent.path, status: again.status, body: again.body }).toEqual({
          path: sent.path,
          status: sent.answer.status,
          body: sent.answer.body,
        });
      }
    });

    it('has lost no mail of a pending invitation', async () => {
      expect(await missingOf(await awaitedMails())).toEqual([]);
    });

    it('has every view as a rebuild makes it', () => {
      expect([...proofs].filter(([, { equal }]) => equal !== true)).toEqual([]);
      expect(proofs.size).toBeGreaterThan(10);
    });
  });
