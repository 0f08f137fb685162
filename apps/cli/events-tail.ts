import { exitCodes, Failure } from './failure.js';
import { printLines, type Session } from './session.js';
import { plain } from './table.js';
import { wait } from './wait.js';

export interface TailOptions {
  readonly fromStart: boolean;
  readonly account: string | undefined;
  readonly type: string | undefined;
}

export interface Envelope {
  readonly position: string;
  readonly stream: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: { readonly kind: string; readonly id: string } | null;
  readonly ticket: string | null;
}

interface Feed {
  readonly items: readonly Envelope[];
  readonly nextAfter: string | null;
  readonly more: boolean;
}

const waitSeconds = 30;
const pageSize = 1_000;

export const eventLine = ({ position, recordedAt, type, stream, actor, ticket }: Envelope): string =>
  [position, recordedAt, type.padEnd(20), stream, actor === null ? '-' : `${actor.kind} ${actor.id}`, ticket ?? '-']
    .map(plain)
    .join('  ');

const isPassing = (error: unknown): error is Failure =>
  error instanceof Failure &&
  (error.exitCode === exitCodes.unreachable ||
    ['unavailable', 'busy', 'view-behind', 'rate-limited'].includes(error.code ?? ''));

const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Follows the log until Ctrl-C: a line for every event, or NDJSON. Outlives restarts of the server. */
export const tailEvents = async (session: Session, options: TailOptions): Promise<void> => {
  const { signal, stdout, stderr, json, pollMs } = session;
  const ask = async (after: string | null, waiting: number): Promise<Feed> => {
    const query = new URLSearchParams({ limit: String(pageSize), wait: String(waiting) });
    if (after !== null) query.set('after', after);
    if (options.account !== undefined) query.set('accountId', options.account);
    if (options.type !== undefined) query.set('type', options.type);
    return (await session.server.ask<Feed>(`/v1/events?${query.toString()}`, { signal })).body;
  };

  let after: string | null = null;
  let showing = options.fromStart;
  let hasAnswered = false;
  while (!signal.aborted) {
    try {
      const feed: Feed = await ask(after, showing ? waitSeconds : 0);
      hasAnswered = true;
      after = feed.nextAfter ?? after;
      if (showing && json) for (const event of feed.items) stdout.write(`${JSON.stringify(event)}\n`);
      else if (showing) printLines(session, feed.items.map(eventLine));
      showing ||= !feed.more;
    } catch (error) {
      if (isAborted(signal)) return;
      if (!hasAnswered || !isPassing(error)) throw error;
      stderr.write(`${error.message} Trying again …\n`);
      await wait((error.retryAfterSeconds ?? 1) * 1_000 + pollMs, signal);
    }
  }
};
