import { fillLog } from './filler.js';
import { type InProcess, openInProcess } from './in-process.js';
import { inTurns, report } from './measure.js';
import { anyCommand, buildWorld, side, type World } from './world.js';

/** The same commands with a short log and with a long one. */
const sizes = { short: 10_000, long: Number(process.env['GRANTRAIL_BENCH_EVENTS'] ?? 1_000_000) };
const commands = 5_000;
const callers = 64;

const opened: InProcess[] = [];
const installationOf = async (events: number): Promise<{ readonly product: InProcess; readonly world: World }> => {
  const product = await openInProcess();
  opened.push(product);
  const world = await buildWorld(product, 300, 2);
  await fillLog(product.engines.log, events);
  return { product, world };
};

const commanded = async ({ product, world }: { product: InProcess; world: World }): Promise<number> => {
  const started = performance.now();
  await side(commands, callers, (index) => anyCommand(product, world, world.accounts[index % world.accounts.length]!));
  return (1_000 * commands) / (performance.now() - started);
};

try {
  const short = await installationOf(sizes.short);
  const long = await installationOf(sizes.long);
  const rates = await inTurns({ short: () => commanded(short), long: () => commanded(long) });
  report(
    `\`growth\`: ${callers} callers with ${sizes.long} events in the log`,
    `${rates.long.toFixed(0)} commands/s, with ${sizes.short} events ${rates.short.toFixed(0)}/s`,
    rates.long / rates.short,
    { atLeast: 0.7 },
  );
} finally {
  for (const product of opened) await product.close();
}
