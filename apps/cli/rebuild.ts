import type { Items, ViewState } from './answers.js';
import { exitCodes, Failure } from './failure.js';
import { progressOn } from './progress.js';
import { printJson, printLines, type Session } from './session.js';
import { wait } from './wait.js';

const find = async ({ server, signal }: Session, name: string): Promise<ViewState> => {
  const { body } = await server.ask<Items<ViewState>>('/v1/operations/views', { signal });
  const view = body.items.find((item) => item.name === name);
  if (view !== undefined) return view;
  const names = body.items.map((item) => item.name).join(', ');
  throw new Failure(`There is no view ${name}. There are: ${names}.`, exitCodes.usage);
};

const begin = async ({ server, signal, stderr }: Session, name: string): Promise<void> => {
  try {
    await server.ask(`/v1/operations/views/${encodeURIComponent(name)}/rebuild`, { method: 'POST', signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'rebuild-running') throw error;
    stderr.write(`${name} is being rebuilt already; showing how far that is.\n`);
  }
};

/** Rebuilds a view beside the live one and waits until it has taken its place. @throws Failure when it did not */
export const rebuildView = async (session: Session, name: string): Promise<void> => {
  const { stdout, signal, json, pollMs } = session;
  const before = await find(session, name);
  await begin(session, name);
  const progress = progressOn(stdout, name, json);
  try {
    for (;;) {
      const view = await find(session, name);
      const { rebuild } = view;
      if (rebuild !== null) progress.at(BigInt(rebuild.position), BigInt(rebuild.head));
      if (rebuild?.state !== 'running') {
        progress.end();
        finish(session, view, before);
        return;
      }
      await wait(pollMs, signal);
      signal.throwIfAborted();
    }
  } finally {
    progress.end();
    if (signal.aborted && !json) session.stderr.write('The rebuild goes on in the server.\n');
  }
};

const finish = (session: Session, view: ViewState, before: ViewState): void => {
  if (session.json) printJson(session, view);
  if (view.rebuild !== null && view.rebuild.state !== 'done')
    throw new Failure(
      `${view.name} was not rebuilt: ${view.rebuild.error ?? view.rebuild.state}. The live one is as it was.`,
      exitCodes.failed,
    );
  if (!session.json)
    printLines(session, [
      `${view.name} is rebuilt: generation ${view.generation} has taken the place of ${before.generation}, at position ${view.position}.`,
    ]);
};
