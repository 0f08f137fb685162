import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { composed, mailName } from './compose.js';
import { type Mailer, MailNotSent } from './mailer.js';

/** What the local mailbox shows of a mail, kept beside it. */
export interface KeptMail {
  readonly to: string;
  readonly subject: string;
  /** When it was sent (RFC 3339, UTC, milliseconds). */
  readonly at: string;
  readonly text: string;
}

const writeWhole = async (folder: string, name: string, content: string | Uint8Array): Promise<void> => {
  const draft = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(folder, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/** `20270314T091500123Z-<name of the mail>`: sorts by time. */
export const stemForm = /^\d{8}T\d{9}Z-[0-9a-f]{32}$/;
const stemOf = (name: string, at: string): string => `${at.replace(/[-:.]/g, '')}-${name}`;

/** The files of the mails in a folder, without `.eml`. */
export const stemsIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder))
    .filter((file) => file.endsWith('.eml'))
    .map((file) => file.slice(0, -'.eml'.length))
    .filter((stem) => stemForm.test(stem));

/** Writes mails as complete `.eml` files into a folder, for installations without a mail server. The same mail again replaces its file. */
export const folderMailer = (folder: string, from: string, now: () => Date = () => new Date()): Mailer => {
  // By the names of the mails. Looked up in the folder once: it may come to hold many.
  let stems: Map<string, string> | undefined;
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const write = async (mail: Parameters<Mailer['send']>[0]): Promise<void> => {
    const date = now();
    const at = date.toISOString();
    const message = composed(mail, from);
    const { message: eml } = await transport.sendMail({ ...message, date });
    if (!(eml instanceof Uint8Array)) throw new TypeError('a buffer was asked for');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    stems ??= new Map((await stemsIn(folder)).map((stem) => [stem.slice(stem.indexOf('-') + 1), stem]));
    const name = mailName(mail.messageId);
    const stem = stems.get(name) ?? stemOf(name, at);
    const kept: KeptMail = { to: mail.to, subject: message.subject, at, text: mail.text };
    await writeWhole(folder, `${stem}.json`, JSON.stringify(kept));
    await writeWhole(folder, `${stem}.eml`, eml);
    stems.set(name, stem);
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    /** One at a time, so that the same mail twice at once finds its file. */
    send: (mail) => {
      const sent = last.then(() => write(mail));
      last = sent.catch(() => undefined);
      return sent.catch((error: unknown) => {
        if (error instanceof MailNotSent) throw error;
        throw new MailNotSent('The mail could not be written to the mail folder', { cause: error });
      });
    },
  };
};
