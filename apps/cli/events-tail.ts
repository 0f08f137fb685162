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
  readonly nextAfter: string;
  readonly more: boolean;
}

const waitSeconds = '30';
const pageSize = '1000';
/** There is one in a whole log: with it the feed goes to its end without giving what is there already. */
const rareType = 'PlatformStarted';

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
  const { server, signal, stdout, stderr, json, pollMs } = session;
  const place: { after?: string } = {};
  const ask = async (asked: { readonly type?: string; readonly wait?: string }): Promise<Feed> => {
    const account = options.account === undefined ? {} : { accountId: options.account };
    const query = new URLSearchParams({ limit: pageSize, ...account, ...asked, ...place });
    const { body } = await server.ask<Feed>(`/v1/events?${query.toString()}`, { signal });
    place.after = body.nextAfter;
    return body;
  };
  const wanted = { wait: waitSeconds, ...(options.type !== undefined && { type: options.type }) };

  let skipping = !options.fromStart;
  while (!signal.aborted) {
    try {
      const { items, more } = await ask(skipping ? { type: rareType } : wanted);
      if (skipping) skipping = more;
      else if (json) for (const event of items) stdout.write(`${JSON.stringify(event)}\n`);
      else printLines(session, items.map(eventLine));
    } catch (error) {
      if (isAborted(signal)) return;
      if (place.after === undefined || !isPassing(error)) throw error;
      stderr.write(`${error.message} Trying again …\n`);
      const { retryAfterSeconds } = error;
      await wait(retryAfterSeconds === undefined ? 2 * pollMs : Math.max(pollMs, retryAfterSeconds * 1_000), signal);
    }
  }
};
