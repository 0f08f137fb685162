import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { MailFile } from '../../system/mail-file.js';

/** A mail server that keeps what it is handed, and how often. */
export interface MailSink {
  readonly url: string;
  readonly mails: readonly MailFile[];
  /** How often the mail with each id was handed over. */
  readonly timesById: ReadonlyMap<string, number>;
  dispose(): Promise<void>;
}

export const startMailSink = async (): Promise<MailSink> => {
  const mails: MailFile[] = [];
  const timesById = new Map<string, number>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      void simpleParser(stream).then(({ messageId = '', subject = '', text = '' }) => {
        const id = messageId.replace(/^<|@.*$/g, '');
        if (!timesById.has(id)) mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', subject, text });
        timesById.set(id, (timesById.get(id) ?? 0) + 1);
        done();
      }, done);
    },
  });
  // A process that is killed at work breaks its connection.
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.server.address() as AddressInfo).port));
  });
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    timesById,
    dispose: () => new Promise((resolve) => server.close(() => resolve())),
  };
};
