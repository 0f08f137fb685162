import type { ViewState } from './answers.js';
import { printJson, printLines, type Session } from './session.js';
import { plain } from './table.js';
import { viewTable } from './views.js';

interface Status {
  readonly logId: string;
  readonly head: string;
  readonly views: readonly ViewState[];
  readonly jobs: unknown;
  readonly reactors: unknown;
  readonly timer: unknown;
}

/** Whatever a part says of itself, on one line. */
const inWords = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(inWords).join(' · ') || 'none';
  if (value === null || value === undefined) return '-';
  if (typeof value !== 'object') return plain(typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(([name, part]) => `${name} ${inWords(part)}`)
    .join(', ');
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
    `server    ${server.url}`,
    `log       ${plain(logId)}`,
    `head      ${plain(head)}`,
    `reactors  ${inWords(reactors)}`,
    `jobs      ${inWords(jobs)}`,
    `timer     ${inWords(timer)}`,
    '',
    ...viewTable(views),
  ]);
};
