import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openInProcess } from './in-process.js';
import { inTurns, median, quantile, report } from './measure.js';
import { buildWorld, grantOrRevoke } from './world.js';

/** One caller, one durable command after the other, beside overwriting 4 KiB and waiting for the disk. */
const times = 1_000;

const product = await openInProcess();
const world = await buildWorld(product, 100, 2);
const block = Buffer.alloc(4_096, 1);
const file = openSync(join(product.folder, 'overwritten'), 'w');
writeSync(file, block, 0, block.length, 0);

const millis: Record<'command' | 'sync', number[]> = { command: [], sync: [] };
const timed = async (what: 'command' | 'sync', work: (index: number) => unknown): Promise<number> => {
  const taken: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const started = performance.now();
    await work(index);
    taken.push(performance.now() - started);
  }
  millis[what].push(quantile(0.99, taken));
  return (1_000 * times) / taken.reduce((sum, one) => sum + one, 0);
};

try {
  const rates = await inTurns({
    command: () => timed('command', (index) => grantOrRevoke(product, world, world.accounts[index % 100]!)),
    sync: () =>
      timed('sync', () => {
        writeSync(file, block, 0, block.length, 0);
        fdatasyncSync(file);
      }),
  });
  report(
    '`one-caller`: one durable command at a time',
    `${rates.command.toFixed(0)}/s, fdatasync of 4 KiB ${rates.sync.toFixed(0)}/s`,
    rates.command / rates.sync,
    { atLeast: 0.5 },
  );
  const [p99, syncP99] = [median(millis.command), median(millis.sync)];
  report('`one-caller`: p99', `${p99.toFixed(2)} ms, fdatasync of 4 KiB ${syncP99.toFixed(2)} ms`, p99 / syncP99, {
    atMost: 2,
  });
} finally {
  closeSync(file);
  await product.close();
}
