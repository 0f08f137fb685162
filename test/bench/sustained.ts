import { setTimeout as wait } from 'node:timers/promises';
import { busOf } from '../../apps/server/commands.spec-kit.js';
import { openInProcess } from './in-process.js';
import { report } from './measure.js';
import { caughtUp } from './read-side.js';
import { anyCommand, buildWorld } from './world.js';

/** The rate that can go on with every view and reactor at work: commands come at it whatever becomes of them, and at the end views are behind for so long. */
const lagSeconds = 2;
const trialSeconds = 10;
const sustainedSeconds = 60;
const mostInFlight = 512;

const product = await openInProcess();
const world = await buildWorld(product, 500, 2);
const { installation } = product;
await installation.start(busOf(() => product.access));

/** Seconds. */
const lag = async (): Promise<number> => {
  const started = performance.now();
  await caughtUp(installation.views);
  return (performance.now() - started) / 1_000;
};

interface Ran {
  /** Commands that were answered, a second. */
  readonly rate: number;
  /** Seconds. */
  readonly lag: number;
}

const run = async (perSecond: number, seconds: number): Promise<Ran> => {
  await lag();
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1_000;
  let inFlight = 0;
  let answered = 0;
  for (let sent = 0; elapsed() < seconds;) {
    const due = Math.min(Math.floor(elapsed() * perSecond) - sent, mostInFlight - inFlight);
    for (let next = 0; next < due; next += 1) {
      const account = world.accounts[(sent + next) % world.accounts.length]!;
      inFlight += 1;
      void anyCommand(product, world, account).then(() => {
        inFlight -= 1;
        answered += 1;
      });
    }
    sent += Math.max(due, 0);
    await wait(1);
  }
  const rate = answered / elapsed();
  return { rate, lag: await lag() };
};

const isSustained = ({ rate, lag }: Ran, asked: number): boolean => lag <= lagSeconds && rate >= 0.95 * asked;

try {
  let asked = 200;
  while (isSustained(await run(asked * 1.4, trialSeconds), asked * 1.4)) asked *= 1.4;
  let ran = await run(asked, sustainedSeconds);
  while (!isSustained(ran, asked)) {
    asked *= 0.8;
    ran = await run(asked, sustainedSeconds);
  }
  report(
    `\`sustained\`: commands for ${sustainedSeconds} s with all views and reactors at work`,
    `${ran.rate.toFixed(0)} commands/s, at the end views lag ${ran.lag.toFixed(1)} s`,
  );
} finally {
  await product.close();
}
