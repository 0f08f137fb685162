import { exitCodes, Failure } from './failure.js';
import { printJson, printLines, type Session } from './session.js';

interface Verification {
  readonly equal: boolean;
  readonly live: string;
  readonly rebuilt: string;
  readonly position: string;
}

/** Has the server build a copy of a view from the log and compare it with the live one. @throws Failure when they differ */
export const verifyView = async (session: Session, view: string): Promise<void> => {
  const { server, signal, json } = session;
  if (!json) session.stderr.write(`Building ${view} from the log to compare it with the live one …\n`);
  const { body } = await server.ask<Verification>(`/v1/operations/views/${encodeURIComponent(view)}/verify`, {
    method: 'POST',
    signal,
  });
  const { equal, live, rebuilt, position } = body;
  if (json) printJson(session, body);
  else
    printLines(session, [
      `live     ${live}`,
      `rebuilt  ${rebuilt}`,
      ...(equal ? [`${view} is what the log says, up to position ${position}.`] : []),
    ]);
  if (!equal)
    throw new Failure(
      `${view} differs from the log at position ${position}. Run "grantrail rebuild ${view}", then verify again.`,
      exitCodes.failed,
    );
};
