import type { Items, ViewState } from './answers.js';
import { printJson, printLines, type Session } from './session.js';
import { table } from './table.js';

export const viewTable = (views: readonly ViewState[]): string[] =>
  table(views, [
    { title: 'view', of: ({ name }) => name },
    { title: 'version', of: ({ version }) => version, right: true },
    { title: 'generation', of: ({ generation }) => generation, right: true },
    { title: 'position', of: ({ position }) => position },
    { title: 'behind', of: ({ behind }) => behind, right: true },
    { title: 'state', of: ({ state, rebuild }) => (rebuild?.state === 'running' ? `${state}, rebuilding` : state) },
    { title: 'parked', of: ({ parked }) => parked, right: true },
    { title: 'error', of: ({ error }) => error },
  ]);

/** The views in a table: how far each is, and what is wrong with it. */
export const showViews = async (session: Session): Promise<void> => {
  const { body } = await session.server.ask<Items<ViewState>>('/v1/operations/views', { signal: session.signal });
  if (session.json) printJson(session, body);
  else printLines(session, viewTable(body.items));
};
