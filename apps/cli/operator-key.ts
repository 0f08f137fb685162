import { exitCodes, Failure } from './failure.js';
import { printJson, printLines, type Session } from './session.js';

/** Works on the data folder itself: without a key there is no server to ask. */
export const renewOperatorKey = async (session: Session, env: NodeJS.ProcessEnv): Promise<void> => {
  // Only this command needs the server's own code.
  const [{ newOperatorKey }, { isExplained }] = await Promise.all([
    import('../server/operator-key.js'),
    import('../server/explained.js'),
  ]);
  try {
    const operatorKey = await newOperatorKey(env);
    if (session.json) printJson(session, { operatorKey });
    else printLines(session, [`operator key  ${operatorKey}   (shown this once: keep it)`]);
  } catch (error) {
    throw isExplained(error) ? new Failure(error.message, exitCodes.failed) : error;
  }
};
