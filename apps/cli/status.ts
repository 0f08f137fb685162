import { printJson, printLines, type Session } from './session.js';
import { plain, table } from './table.js';

interface Status {
  readonly logId: string | null;
  readonly head: string;
  readonly views: {
    readonly total: number;
    readonly live: number;
    readonly mostBehind: number;
    readonly parked: number;
  };
  readonly reactors: readonly {
    readonly name: string;
    readonly position: string;
    readonly behind: number;
    readonly state: string;
    readonly parked: number;
    readonly error: string | null;
  }[];
  readonly jobs: readonly { readonly queue: string; readonly waiting: number; readonly failed: number }[];
  readonly timer: { readonly state: string; readonly error: string | null; readonly failing: number } | null;
}

const timerInWords = (timer: Status['timer']): string => {
  if (timer === null) return 'kept by another process';
  const failing = timer.failing === 0 ? '' : `, ${timer.failing} failing`;
  return `${timer.state}${failing}${timer.error === null ? '' : ` (${timer.error})`}`;
};

/** Log, views, reactors, jobs and timer at a glance. */
export const showStatus = async (session: Session): Promise<void> => {
  const { server, signal, json } = session;
  const { body } = await server.ask<Status>('/v1/operations/status', { signal });
  if (json) {
    printJson(session, body);
    return;
  }
  const { logId, head, views, jobs, reactors, timer } = body;
  printLines(session, [
    `server  ${server.url}`,
    `log     ${plain(logId ?? 'not started')}`,
    `head    ${plain(head)}`,
    `views   ${views.live} of ${views.total} live, at most ${views.mostBehind} positions behind, ${views.parked} events parked`,
    `timer   ${plain(timerInWords(timer))}`,
    '',
    ...table(reactors, [
      { title: 'reactor', of: ({ name }) => name },
      { title: 'position', of: ({ position }) => position },
      { title: 'behind', of: ({ behind }) => behind, right: true },
      { title: 'state', of: ({ state }) => state },
      { title: 'parked', of: ({ parked }) => parked, right: true },
      { title: 'error', of: ({ error }) => error },
    ]),
    '',
    ...table(jobs, [
      { title: 'queue', of: ({ queue }) => queue },
      { title: 'waiting', of: ({ waiting }) => waiting, right: true },
      { title: 'failed', of: ({ failed }) => failed, right: true },
    ]),
  ]);
};
