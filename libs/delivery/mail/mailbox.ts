import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptMail, stemForm, stemsIn } from './folder-mailer.js';

/** A mail of the folder, as a list shows it. `name` is its file without `.eml`. */
export interface ListedMail extends Omit<KeptMail, 'text'> {
  readonly name: string;
}

const readAtOnce = 20;

const isMissing = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ENOENT';

/** What was kept of a mail of a folder that {@link folderMailer} writes; undefined when the name is none of its names or the mail is gone. */
export const readMail = async (folder: string, name: string): Promise<KeptMail | undefined> => {
  if (!stemForm.test(name)) return undefined;
  try {
    return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as KeptMail;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** The mails of a folder, newest first. */
export const listMails = async (folder: string, limit = 200): Promise<readonly ListedMail[]> => {
  const stems = await stemsIn(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = stems.toSorted().reverse().slice(0, limit);
  const listed: ListedMail[] = [];
  for (let from = 0; from < names.length; from += readAtOnce) {
    const page = names
      .slice(from, from + readAtOnce)
      .map(async (name) => ({ name, mail: await readMail(folder, name) }));
    for (const { name, mail } of await Promise.all(page)) {
      if (mail !== undefined) listed.push({ name, to: mail.to, subject: mail.subject, at: mail.at });
    }
  }
  return listed;
};
