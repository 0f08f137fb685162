import type { Connection } from '../cli/connection.js';
import { exitCodes, Failure } from '../cli/failure.js';
import { wait } from '../cli/wait.js';

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The local mailbox of a server that has no mail server. */
export interface Mailbox {
  /** The token of the newest invitation mail to a person about an account; waits until it has come. @throws Failure */
  tokenFor(email: string, accountName: string): Promise<string>;
}

const token = /\/invitation#([\w-]{43})(?![\w-])/;
const pollMs = 250;
const longestWaitMs = 60_000;

/** @throws Failure when the server shows no mailbox */
export const openMailbox = async (server: Connection, signal: AbortSignal): Promise<Mailbox> => {
  const read = async (): Promise<readonly Mail[]> =>
    (await server.ask<{ mails: readonly Mail[] }>('/mailbox.json', { signal })).body.mails;
  let mails = await read().catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code !== 'not-found') throw error;
    throw new Failure(
      'The demo answers the invitations it sends, so it has to read their mails. This server shows no mailbox: start it without SMTP_URL, on 127.0.0.1, and run the demo on the same machine. Nothing was changed.',
      exitCodes.failed,
    );
  });
  return {
    tokenFor: async (email, accountName) => {
      for (let waitedMs = 0; waitedMs <= longestWaitMs; waitedMs += pollMs) {
        const mail = mails.find(({ to, subject }) => to === email && subject.endsWith(` to ${accountName}`));
        const found = token.exec(mail?.text ?? '')?.[1];
        if (found !== undefined) return found;
        await wait(pollMs, signal);
        signal.throwIfAborted();
        mails = await read();
      }
      throw new Failure(`No mail to ${email} has come; look at ${server.url}/mailbox.`, exitCodes.failed);
    },
  };
};
