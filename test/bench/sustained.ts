import { setTimeout as wait } from 'node:timers/promises';
import { busOf } from '../../apps/server/commands.spec-kit.js';
import { type InProcess, openInProcess } from './in-process.js';
import { report } from './measure.js';
import { caughtUp } from './read-side.js';
import { anyCommand, buildWorld, type World } from './world.js';

/** The rate that can go on with every view and reactor at work: commands come at it whatever becomes of them, and at the end views are behind for so long. */
const lagSeconds = 2;
const trialSeconds = 10;
const sustainedSeconds = 60;
const mostInFlight = 512;

interface Ran {
  /** Commands that were answered, a second. */
  readonly rate: number;
  /** Seconds. */
  readonly lag: number;
}

const send = async (product: InProcess, world: World, perSecond: number, seconds: number): Promise<number> => {
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
  return answered / elapsed();
};

/** In an installation of its own, so that no run has the rows of those before. */
const run = async (perSecond: number, seconds: number): Promise<Ran> => {
  const product = await openInProcess();
  try {
    const { installation } = product;
    const world = await buildWorld(product, 500, 2);
    await installation.start(busOf(() => product.access));
    await caughtUp(installation.views);
    const rate = await send(product, world, perSecond, seconds);
    const ended = performance.now();
    await caughtUp(installation.views);
    return { rate, lag: (performance.now() - ended) / 1_000 };
  } finally {
    await product.close();
  }
};

const isSustained = ({ rate, lag }: Ran, asked: number): boolean => lag <= lagSeconds && rate >= 0.95 * asked;

let asked = 300;
while (isSustained(await run(asked * 1.2, trialSeconds), asked * 1.2)) asked *= 1.2;
let ran = await run(asked, sustainedSeconds);
while (!isSustained(ran, asked)) {
  asked *= 0.9;
  ran = await run(asked, sustainedSeconds);
}
report(
  `\`sustained\`: commands for ${sustainedSeconds} s with all views and reactors at work`,
  `${ran.rate.toFixed(0)} commands/s, at the end views lag ${ran.lag.toFixed(1)} s`,
);
