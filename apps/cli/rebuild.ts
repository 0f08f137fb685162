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

/** @throws Failure also while a copy of the view is being built only to verify it */
const begin = async (session: Session, name: string): Promise<void> => {
  const { server, signal, stderr } = session;
  try {
    await server.ask(`/v1/operations/views/${encodeURIComponent(name)}/rebuild`, { method: 'POST', signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'rebuild-running') throw error;
    if ((await find(session, name)).rebuild?.state !== 'running') throw error;
    stderr.write(`${name} is being rebuilt already; showing how far that is.\n`);
  }
};

/** Rebuilds a view beside the live one and waits until it has taken its place. @throws Failure when it did not */
export const rebuildView = async (session: Session, name: string): Promise<void> => {
  const { stdout, stderr, signal, json, pollMs } = session;
  const before = await find(session, name);
  await begin(session, name);
  const progress = progressOn(stdout, name, json);
  let view: ViewState;
  try {
    for (;;) {
      view = await find(session, name);
      const { rebuild } = view;
      if (rebuild !== null) progress.at(BigInt(rebuild.position), BigInt(rebuild.head));
      if (rebuild?.state !== 'running') break;
      await wait(pollMs, signal);
      signal.throwIfAborted();
    }
  } finally {
    progress.end();
    if (signal.aborted) stderr.write('The rebuild goes on in the server.\n');
  }
  finish(session, view, before);
};

const finish = (session: Session, view: ViewState, before: ViewState): void => {
  const { name, rebuild, generation, position } = view;
  if (session.json) printJson(session, view);
  if (rebuild === null)
    throw new Failure(`The server was started anew, which ended the rebuild of ${name}.`, exitCodes.failed);
  if (rebuild.state !== 'done')
    throw new Failure(
      `${name} was not rebuilt: ${rebuild.error ?? rebuild.state}. The live one is as it was.`,
      exitCodes.failed,
    );
  if (session.json) return;
  printLines(session, [
    `${name} is rebuilt: generation ${generation} has taken the place of ${before.generation}, at position ${position}.`,
  ]);
};
