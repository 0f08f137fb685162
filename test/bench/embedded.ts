import { spawnSync } from 'node:child_process';

/** All benchmarks of the embedded profile, each in a process of its own; `npm run bench -- commands check` runs some of them. */
const all: readonly string[] = [
  ...['commands', 'one-caller', 'sustained', 'growth', 'folding'],
  ...['http', 'check', 'subscribers', 'start'],
  ...['views', 'lists', 'disk', 'loop-block'],
];
const asked = process.argv.slice(3);
const runner = new URL('run.js', import.meta.url).pathname;

process.stdout.write('| What | Measured | Ratio | Goal |\n|---|---|---|---|\n');
for (const name of asked.length > 0 ? asked : all) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', runner, name], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
