import { join } from 'node:path';
import { eventsAfter, openBareLog } from './bare-log.js';
import { openInProcess } from './in-process.js';
import { inTurns, report } from './measure.js';
import { anyCommand, buildWorld, side } from './world.js';

/**
 * Durable commands in process, whole path: authorise, fold, decide, seal, claim, append, fsync. Beside it the same events written by bare
 * `node:sqlite`, as many to a transaction as there are callers.
 */
const callers = 64;
const commands = 10_000;

const product = await openInProcess();
const world = await buildWorld(product, 1_000, 2);
/** With so many members that callers seldom mean the same one. */
const single = await buildWorld(product, 1, 250);
const bare = openBareLog(join(product.folder, 'bare.db'));
const { log } = product.engines;

let written = await log.head();
let events: Awaited<ReturnType<typeof eventsAfter>> = [];

/** Events a second. What the last turn wrote is what the bare table is given. */
const commanded = async (given: typeof world): Promise<number> => {
  const { accounts } = given;
  const started = performance.now();
  await side(commands, callers, (index) => anyCommand(product, given, accounts[index % accounts.length]!));
  const seconds = (performance.now() - started) / 1_000;
  events = await eventsAfter(log, written);
  written = await log.head();
  return events.length / seconds;
};
const barely = (): number => {
  const started = performance.now();
  bare.write(events, callers);
  return events.length / ((performance.now() - started) / 1_000);
};

try {
  const rates = await inTurns({
    spread: () => commanded(world),
    bare: barely,
    onOne: () => commanded(single),
  });
  const perSecond = (rate: number): string => `${Math.round(rate)} events/s`;
  const beside = `bare group commit ${perSecond(rates.bare)}`;
  report(
    `\`commands\`: ${callers} callers over 1,000 accounts, a tenth of the commands invite or accept`,
    `${perSecond(rates.spread)}, ${beside}`,
    rates.spread / rates.bare,
    { atLeast: 0.5 },
  );
  report(
    `\`commands\`: ${callers} callers on one account`,
    `${perSecond(rates.onOne)}, over 1,000 accounts ${perSecond(rates.spread)}`,
    rates.onOne / rates.spread,
    { atLeast: 0.5 },
  );
} finally {
  bare.close();
  await product.close();
}
