// Runs every check of the project and closes with one line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'grantrail-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const notRun = [];
const failures = [];

const run = (command, args) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, FORCE_COLOR: '0' } }).status === 0;

const check = (title, script) => {
  console.log(`\n── ${title}: npm run ${script}`);
  const passed = run('npm', ['run', '--silent', script]);
  total[passed ? 'passed' : 'failed'] += 1;
  if (!passed) failures.push(title);
};

const jest = (title, ...args) => {
  console.log(`\n── ${title}`);
  const outputFile = join(scratch, `${title.replaceAll(/\W+/g, '-')}.json`);
  run(process.execPath, [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${outputFile}`,
    ...args,
  ]);
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
        failures.push(`${name}: ${test.fullName}`);
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

check('types', 'types');
check('lint and format', 'lint');
check('import rules', 'imports');
check('build', 'build');
jest('unit specs and contract suites', '--selectProjects', 'unit');
jest('simulated servers', '--selectProjects', 'simulators');
jest('whole-system tests', '--selectProjects', 'system', '--runInBand');
rmSync(scratch, { recursive: true, force: true });

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);

// Engines whose suites only run where their server is: named in REQUIRE_STORES, a missing one is a failure.
const required = (process.env['REQUIRE_STORES'] ?? '').split(',').filter((store) => store !== '');
const available = ['embedded'];
const missing = required.filter((store) => !available.includes(store));
for (const store of missing) notRun.push(`suites of ${store}: this version has no adapter for it`);
total.failed += missing.length;
console.log(notRun.length === 0 ? '\nNot run: nothing' : `\nNot run:\n${notRun.map((line) => `  ${line}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
