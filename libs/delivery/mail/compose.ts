import { createHash } from 'node:crypto';
import { type Mail, MailNotSent } from './mailer.js';

/** What could end a header, or turn the reading direction of what follows. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;
const address = /^[^\s\p{C}<>()[\]\\,;:"@]+@[^\s\p{C}<>()[\]\\,;:"@]+$/u;

/** A text as it may stand in a header or within a line. */
export const oneLine = (text: string): string => text.replace(unprintable, ' ').trim();

/** The name of a mail that the same message id always gives, safe as a file name and in a header. */
export const mailName = (messageId: string): string =>
  createHash('sha256').update(messageId).digest('hex').slice(0, 32);

/**
 * The mail as nodemailer takes it, nothing in it able to add a header, a recipient or a file.
 * @throws MailNotSent when the recipient is not one plain address
 */
export const composed = (mail: Mail, from: string) => {
  if (!address.test(mail.to)) throw new MailNotSent('The recipient is not a plain e-mail address');
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'grantrail.invalid';
  return {
    from,
    to: { name: '', address: mail.to },
    subject: oneLine(mail.subject),
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: `<${mailName(mail.messageId)}@${domain}>`,
    // RFC 3834: no answers by machines.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
};
