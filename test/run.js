// Runs every check of the project, or with `distributed` what the distributed profile is held by, and closes with one line:
// N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import './sources.js';

const { isRedisInstalled } = await import('./servers/redis-server.ts');
const { isMongodbInstalled } = await import('./servers/own-mongodb.ts');

const root = new URL('..', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'grantrail-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const notRun = [];
const failures = [];

// Engines whose suites only run where their server is: named in REQUIRE_STORES, a missing one is a failure.
const stores = ['embedded', 'eventstoredb', 'mongodb', 'redis'];
const required = (process.env['REQUIRE_STORES'] ?? '').split(',').filter((store) => store !== '');
const isAsked = (store) => required.includes(store);
const hasCluster =
  (isRedisInstalled() && isMongodbInstalled()) || isAsked('mongodb') || isAsked('redis') || isAsked('eventstoredb');

const run = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, FORCE_COLOR: '0', ...env } })
    .status === 0;

const check = (title, script) => {
  console.log(`\n── ${title}: npm run ${script}`);
  const passed = run('npm', ['run', '--silent', script]);
  total[passed ? 'passed' : 'failed'] += 1;
  if (!passed) failures.push(title);
};

const jest = (title, args, env) => {
  console.log(`\n── ${title}`);
  const outputFile = join(scratch, `${title.replaceAll(/\W+/g, '-')}.json`);
  const jestWords = [join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${outputFile}`];
  run(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', ...jestWords, '--testTimeout=60000', '--forceExit', ...args],
    env,
  );
  const report = readReport(outputFile);
  if (report === undefined) {
    total.failed += 1;
    failures.push(`${title}: the runner ended without a report`);
    return;
  }
  for (const file of report.testResults) {
    const name = relative(root, file.name);
    if (file.assertionResults.length === 0 && file.status === 'failed') {
      total.failed += 1;
      failures.push(`${name}: ${file.message.split('\n')[0]}`);
    }
    for (const test of file.assertionResults) {
      if (test.status === 'passed') total.passed += 1;
      else if (test.status === 'failed') {
        total.failed += 1;
        failures.push(`${title}: ${name}: ${test.fullName}`);
      } else {
        total.skipped += 1;
        notRun.push(`${name}: ${test.fullName}`);
      }
    }
  }
};

const readReport = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Suites that need all engines of the distributed profile. */
const jestOnCluster = (title, args, env) => {
  if (hasCluster) jest(title, args, env);
  else {
    notRun.push(`${title}: needs servers that test/servers/install.sh installs`);
    total.skipped += 1;
  }
};

const isDistributed = process.argv[2] === 'distributed';
const adapters = 'libs/(store-eventstoredb|store-mongodb|jobs-bullmq)/';
if (!isDistributed) {
  check('types', 'types');
  check('lint and format', 'lint');
  check('import rules', 'imports');
}
check('build', 'build');
jest('unit specs and contract suites', [
  '--selectProjects',
  'unit',
  '--maxWorkers=2',
  ...(isDistributed ? [adapters] : []),
]);
jest('simulated servers', ['--selectProjects', 'simulators']);
const system = ['--selectProjects', 'system', '--runInBand'];
// One process is killed more often among the faults.
if (!isDistributed) jest('whole-system tests', [...system, '--testPathIgnorePatterns', 'test/system/kills']);
if (!isDistributed) jest('faults', ['--selectProjects', 'faults', '--runInBand']);
// The data folder is the embedded profile's alone.
const shared = [...system, '--testPathIgnorePatterns', 'test/system/data-folder'];
jestOnCluster('whole-system tests, distributed', shared, { GRANTRAIL_TEST_PROFILE: 'distributed' });
jestOnCluster('engines that go away', ['--selectProjects', 'distributed', '--runInBand']);
jestOnCluster('faults of many processes', ['--selectProjects', 'faults-distributed', '--runInBand']);
rmSync(scratch, { recursive: true, force: true });

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);

const unknown = required.filter((store) => !stores.includes(store));
for (const store of unknown) notRun.push(`suites of ${store}: there is no such store, only ${stores.join(', ')}`);
total.failed += unknown.length;
console.log(notRun.length === 0 ? '\nNot run: nothing' : `\nNot run:\n${notRun.map((line) => `  ${line}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
