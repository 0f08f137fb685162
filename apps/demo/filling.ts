import type { Answered, Asked, Connection } from '../cli/connection.js';
import { Failure } from '../cli/failure.js';
import { wait } from '../cli/wait.js';

/** What a command answered. */
export interface Receipt {
  readonly id: string;
  readonly changed: boolean;
  readonly position: string;
  /** Whether this very command had been taken before. */
  readonly replayed: boolean;
}

export interface Command {
  /** Names the step: the same in every run, so that a second run repeats the first one's commands. */
  readonly key: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly reason?: string;
  readonly ticket?: string;
}

/** A run of the demo: sends commands, says what came of them, and keeps count. */
export interface Filling {
  readonly server: Connection;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** What the commands of this run did. */
  readonly counts: { changed: number; already: number };
  /** Of the latest event that this run knows of. */
  readonly position: () => string;
  read<Body>(path: string): Promise<Body>;
  command<More extends object = object>(command: Command): Promise<Receipt & More>;
  /** A line for a step: new, or there already. */
  tell(isNew: boolean, what: string): void;
}

/** For one command. */
const longestWaitSeconds = 180;

/** Whether a repeated command was recognised no more, for it is longer ago than the server remembers, and met what it had made. */
export const isLongAgo = ({ changed, replayed }: Receipt): boolean => !changed && !replayed;

export const startFilling = (server: Connection, say: (line: string) => void, signal: AbortSignal): Filling => {
  const counts = { changed: 0, already: 0 };
  let position = '0'.padStart(20, '0');
  let hasExplainedWaiting = false;

  /** Waits as long as the server asks to. */
  const patiently = async (path: string, asked: Asked): Promise<Answered<unknown>> => {
    let waited = 0;
    for (;;) {
      try {
        return await server.ask(path, { ...asked, signal });
      } catch (error) {
        const seconds = error instanceof Failure ? error.retryAfterSeconds : undefined;
        if (seconds === undefined || (waited += seconds) > longestWaitSeconds) throw error;
        if (!hasExplainedWaiting && (error as Failure).code === 'rate-limited')
          say(
            '    (The server takes only so many answers to invitations a minute from one address. Waiting as it asks;\n' +
              '     a server started with GRANTRAIL_RATE_TOKEN=none takes them at once.)',
          );
        hasExplainedWaiting = true;
        await wait(Math.max(seconds * 1_000, 50), signal);
        signal.throwIfAborted();
      }
    }
  };

  return {
    server,
    signal,
    say,
    counts,
    position: () => position,
    read: async (path) => (await patiently(path, {})).body as never,
    command: async ({ key, method, path, body, reason, ticket }) => {
      const { body: answer, headers } = await patiently(path, {
        method,
        ...(body !== undefined && { body }),
        headers: {
          'Idempotency-Key': `demo-${key}`,
          ...(reason !== undefined && { 'Grantrail-Reason': encodeURIComponent(reason) }),
          ...(ticket !== undefined && { 'Grantrail-Ticket': encodeURIComponent(ticket) }),
        },
      });
      const receipt = answer as Receipt;
      const replayed = headers.get('Idempotency-Replayed') === 'true';
      counts[receipt.changed && !replayed ? 'changed' : 'already'] += 1;
      if (receipt.position > position) position = receipt.position;
      return { ...receipt, replayed } as never;
    },
    tell: (isNew, what) => say(`  ${isNew ? '+' : '='} ${what}`),
  };
};

export const isNew = ({ changed, replayed }: Receipt): boolean => changed && !replayed;
