import { createTransport } from 'nodemailer';
import { composed } from './compose.js';
import { type Mailer, MailNotSent } from './mailer.js';

const connectionTimeoutMs = 15_000;
const socketTimeoutMs = 30_000;

interface SmtpFault {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
}

/** What went wrong in words of the protocol: servers like to repeat the address in theirs. */
const withoutAddress = (error: unknown): string => {
  const { code, command, responseCode } = error as SmtpFault;
  const parts = [code, command, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number');
  return ['The mail server did not take the mail', ...parts].join(' ');
};

/** Sends over SMTP: `smtp://user:password@host:587` (STARTTLS where offered; `?requireTLS=true` insists) or `smtps://`. */
export const smtpMailer = (url: string, from: string): Mailer => {
  const transport = createTransport({
    url,
    connectionTimeout: connectionTimeoutMs,
    greetingTimeout: connectionTimeoutMs,
    socketTimeout: socketTimeoutMs,
  });
  return {
    send: async (mail) => {
      const message = composed(mail, from);
      try {
        await transport.sendMail(message);
      } catch (error) {
        // Without the cause, which names the recipient.
        throw new MailNotSent(withoutAddress(error));
      }
    },
  };
};
