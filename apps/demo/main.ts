import { Command } from 'commander';
import { connect } from '../cli/connection.js';
import { exitCodes, Failure } from '../cli/failure.js';
import { fill } from './fill.js';
import { lookNext } from './look-next.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const { env } = process;
const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { server, key } = new Command('demo')
  .description('Fills a running Grantrail server with accounts, people, applications and decisions. Twice is once.')
  .option('--server <url>', 'where the server is', given('GRANTRAIL_URL') ?? 'http://localhost:3000')
  .option('--key <key>', 'an operator key (GRANTRAIL_KEY or GRANTRAIL_OPERATOR_KEY when not given)')
  .parse()
  .opts<{ server: string; key?: string }>();

const keyVariable =
  given('GRANTRAIL_KEY') === undefined && given('GRANTRAIL_OPERATOR_KEY') !== undefined
    ? 'GRANTRAIL_OPERATOR_KEY'
    : 'GRANTRAIL_KEY';

try {
  const bearer = key ?? given(keyVariable);
  if (bearer === undefined)
    throw new Failure(
      'The demo needs an operator key: the server printed one when it started for the first time. Give it as GRANTRAIL_KEY=grk_… or --key. If it is lost, start the server with a key of your own in GRANTRAIL_OPERATOR_KEY (grk_ and 36 characters or more).',
      exitCodes.refused,
    );
  const connection = connect(server, bearer);
  const { story } = await fill(connection, say, stop.signal);
  for (const line of lookNext(connection.url, keyVariable, story)) say(line);
} catch (error) {
  if (stop.signal.aborted) {
    say('\nStopped. Run the demo again to go on.');
    process.exitCode = exitCodes.interrupted;
  } else if (error instanceof Failure) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } else throw error;
}
