import { expect } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expectAcknowledgedOnce, expectNothingTwice, expectWholeStreams } from '../../../system/invariants.js';
import { Load } from '../../../system/load.js';
import type { Random } from '../../../system/random.js';
import { Server } from '../../../system/server.js';
import { breakCalls, type Fault } from './broken-calls.js';
import { type FileName, World } from './world.js';

const clients = 3;
const logged = { LOG_LEVEL: 'error' };

/** A server under load. */
export class Given {
  private constructor(
    readonly server: Server,
    readonly world: World,
    readonly load: Load,
    readonly running: Promise<void>,
  ) {}

  static async start(random: Random, ...[env, deploy]: Parameters<typeof Server.start>): Promise<Given> {
    const server = await Server.start({ ...logged, ...env }, deploy);
    const world = await World.in(server);
    const load = new Load(server, random);
    return new Given(server, world, load, load.clients(clients));
  }

  async sends(commands: number): Promise<void> {
    const until = this.load.sent.length + commands;
    while (this.load.sent.length < until) await wait(20);
  }

  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.load.down();
    await this.server.kill(signal);
    await this.server.run();
    this.load.up();
  }

  async ends(): Promise<void> {
    this.load.stop();
    await this.running;
  }

  async breaks(file: FileName, fault: Fault): Promise<() => Promise<void>> {
    return breakCalls(this.server.processes[0]!.pid!, join(this.server.folder, file), fault);
  }

  /** Every acknowledged command is there once and nothing else, and the views are what a rebuild makes. */
  async expectNothingLost(): Promise<void> {
    const { server, world, load } = this;
    await world.untilReady();
    expect(await world.viewsAmiss()).toEqual([]);
    await server.kill('SIGTERM');
    const log = await server.events();
    expectAcknowledgedOnce(load.sent, log);
    expectWholeStreams(log);
    expectNothingTwice(load.sent, log, server.operatorKey);
  }
}
