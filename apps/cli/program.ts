import { Command, CommanderError, Option } from 'commander';
import { connect } from './connection.js';
import { tailEvents } from './events-tail.js';
import { type ExitCode, exitCodes, Failure } from './failure.js';
import { type MigrateOptions, migrateProfile } from './migrate.js';
import { renewOperatorKey } from './operator-key.js';
import { showParked } from './parked.js';
import { rebuildView } from './rebuild.js';
import type { Session, Terminal } from './session.js';
import { showStatus } from './status.js';
import { verifyView } from './verify.js';
import { showViews } from './views.js';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly signal: AbortSignal;
  /** How often to ask about work that goes on in the server (default 500). */
  readonly pollMs?: number;
}

interface Options {
  readonly server?: string;
  readonly key?: string;
  readonly json?: boolean;
}

const help = `
Environment:
  GRANTRAIL_URL                            where the server is, when --server is not given
  GRANTRAIL_KEY, GRANTRAIL_OPERATOR_KEY    the API key, when --key is not given

Exit codes:
  ${exitCodes.done}    done
  ${exitCodes.failed}    the server refused or could not do it: a failed rebuild, a view that differs, any other problem
  ${exitCodes.usage}    the command line is not right
  ${exitCodes.unreachable}    no Grantrail server answers there
  ${exitCodes.refused}    no key, a key that is not accepted, or one that may not do this
  ${exitCodes.interrupted}  ended by Ctrl-C before it was done; following events ends with ${exitCodes.done}`;

const helpOfMigrate = `
Environment:
  GRANTRAIL_MASTER_KEY                        the key that the source is served with; the target is served with the same
  GRANTRAIL_EVENTSTOREDB_URL, GRANTRAIL_MONGODB_URL, GRANTRAIL_VAULT_URL, GRANTRAIL_REDIS_URL
                                              the engines of the distributed profile`;

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const programFor = (surroundings: Surroundings): Command => {
  const { env, stdout, stderr, signal, pollMs = 500 } = surroundings;
  const program = new Command('grantrail')
    .description('Operates a Grantrail server.')
    .option('--server <url>', 'where the server is (default: http://localhost:3000)')
    .option('--key <key>', 'API key (grk_…); better given by GRANTRAIL_KEY, for other people can see command lines')
    .option('--json', 'answer in JSON')
    .addHelpText('after', help)
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .showHelpAfterError('(grantrail --help tells more)')
    .exitOverride();

  const sessionOf = (command: Command): Session => {
    const { server, key, json = false } = command.optsWithGlobals<Options>();
    const address = server ?? given(env['GRANTRAIL_URL']) ?? 'http://localhost:3000';
    const bearer = key ?? given(env['GRANTRAIL_KEY']) ?? given(env['GRANTRAIL_OPERATOR_KEY']);
    return { server: connect(address, bearer), stdout, stderr, json, signal, pollMs };
  };

  program
    .command('status')
    .description('the log, the views, reactors, jobs and the timer at a glance')
    .action((_options, command: Command) => showStatus(sessionOf(command)));
  program
    .command('views')
    .description('how far each view is')
    .action((_options, command: Command) => showViews(sessionOf(command)));
  program
    .command('rebuild')
    .argument('<view>')
    .description('build a view anew from the log, beside the live one, and wait until it has taken its place')
    .action((view: string, _options, command: Command) => rebuildView(sessionOf(command), view));
  program
    .command('verify')
    .argument('<view>')
    .description('build a copy of a view from the log and compare it with the live one')
    .action((view: string, _options, command: Command) => verifyView(sessionOf(command), view));
  program
    .command('parked')
    .description('the events that a view or a reactor could not take in')
    .action((_options, command: Command) => showParked(sessionOf(command)));
  program
    .command('operator-key')
    .description('the key that runs the installation')
    .command('new')
    .description(
      'make a new one in the data folder of a stopped server (GRANTRAIL_DATA_DIR), and revoke the one before',
    )
    .action((_options, command: Command) => renewOperatorKey(sessionOf(command), env));
  const profile = (flags: string, description: string): Option =>
    new Option(flags, description).choices(['embedded', 'distributed']).makeOptionMandatory();
  program
    .command('migrate')
    .description(
      'copy an installation that is stopped to the empty engines of the other profile, and verify the copy; run again, it goes on',
    )
    .addOption(profile('--from <profile>', 'what it is copied from'))
    .addOption(profile('--to <profile>', 'what it is copied to'))
    .option('--data-dir <folder>', 'the data folder (default: GRANTRAIL_DATA_DIR, else ./data)')
    .addHelpText('after', helpOfMigrate)
    .action((options: MigrateOptions, command: Command) => migrateProfile(sessionOf(command), env, options));
  program
    .command('events')
    .description('the log of events')
    .command('tail')
    .description('follow the log: position, time, type, stream, actor and ticket of every event; Ctrl-C ends')
    .option('--from-start', 'begin with the first event', false)
    .option('--account <id>', 'only events of this account')
    .option('--type <types>', 'only events of these types, separated by commas')
    .action(({ fromStart, account, type }: { fromStart: boolean; account?: string; type?: string }, command: Command) =>
      tailEvents(sessionOf(command), { fromStart, account, type }),
    );
  return program;
};

/** Runs a command line to its end and says what the process should exit with. Errors are one line on stderr. */
export const runCli = async (args: readonly string[], surroundings: Surroundings): Promise<ExitCode> => {
  try {
    await programFor(surroundings).parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (surroundings.signal.aborted) return exitCodes.interrupted;
    if (!(error instanceof Failure)) throw error;
    surroundings.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
};
