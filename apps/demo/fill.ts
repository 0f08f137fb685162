import type { Connection } from '../cli/connection.js';
import { fillAccounts } from './accounts.js';
import { fillAnswers } from './answers.js';
import { fillApiKey } from './api-key.js';
import { fillApplications } from './applications.js';
import { fillChanges, type Story } from './changes.js';
import { startFilling } from './filling.js';
import { openMailbox } from './mailbox.js';

/** Fills a running server through its own interface; a second time changes nothing and says so. @throws Failure */
export const fill = async (
  server: Connection,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<{ story: Story | undefined; changed: number; already: number }> => {
  say(`Filling ${server.url}   (+ new, = there already)`);
  const filling = startFilling(server, say, signal);
  // Asked first, for without it nothing should be begun; and with the key, for a wrong one should be told at once.
  await filling.read('/v1/platform');
  const mailbox = await openMailbox(server, signal);

  const ids = await fillApplications(filling);
  const accounts = await fillAccounts(filling, ids);
  await fillAnswers(filling, mailbox, accounts);
  const story = await fillChanges(filling, accounts, ids);
  await fillApiKey(filling, accounts);

  const { changed, already } = filling.counts;
  say(
    changed === 0
      ? `\nEverything was there already: ${already} commands were repeated, nothing changed.`
      : `\n${changed} commands changed something${already === 0 ? '' : `, ${already} had been done before`}.`,
  );
  return { story, changed, already };
};
