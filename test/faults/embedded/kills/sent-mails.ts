import { appendFileSync } from 'node:fs';
import type { Access } from '#access/access.js';
import { accountsView } from '#access/views/accounts.js';
import { apiKeysView } from '#access/views/api-keys.js';
import { applicationsView } from '#access/views/applications.js';
import { invitationsView } from '#access/views/invitations.js';
import { mailQueue, sendInvitation } from '#delivery/mail/mail-invitations.js';
import type { Mailer } from '#delivery/mail/mailer.js';
import type { Jobs } from '#eventing/jobs.js';
import { ViewReader } from '#eventing/view-reader.js';
import { viewOf, Views } from '#eventing/views.js';
import type { Death } from './death.js';
import { dyingMailer } from './dying-stores.js';
import type { OpenedFolder } from './opened-folder.js';

/** The views that a mail is composed from. */
const views = [viewOf(accountsView), viewOf(apiKeysView), viewOf(applicationsView), viewOf(invitationsView)];

export const mailViews = ({ log, views: store, reading }: OpenedFolder): Views =>
  new Views({ views, log, store, reading });

/** A mail server that takes a mail by noting its id in a file. */
const fileOfIds = (file: string): Mailer => ({
  send: ({ messageId }) => {
    appendFileSync(file, `${messageId}\n`);
    return Promise.resolve();
  },
});

export interface Sending {
  readonly opened: OpenedFolder;
  readonly access: Access;
  readonly jobs: Jobs;
  readonly death: Death;
}

/** Works on the queue of mails; gives what ends it. */
export const sendMails = async ({ opened, access, jobs, death }: Sending): Promise<() => Promise<void>> => {
  const kept = mailViews(opened);
  await kept.start();
  const sealing = { seal: (text: string) => text, open: (text: string) => text };
  const reading = { reader: new ViewReader(kept), access, privacy: opened.privacy, sealing, platformName: 'Grantrail' };
  const mailer = dyingMailer(fileOfIds(opened.file('sent')), death);
  const baseUrl = 'http://127.0.0.1:3000';
  const send = sendInvitation({ reading, mailer, baseUrl });
  const stop = jobs.work(mailQueue, send);
  return async () => {
    await stop();
    await kept.stop();
  };
};
