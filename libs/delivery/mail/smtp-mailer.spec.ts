import { afterEach, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { MailNotSent, type Mail } from './mailer.js';
import { smtpMailer } from './smtp-mailer.js';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: unknown;
  readonly mail: ParsedMail;
}

const from = 'Grantrail <no-reply@grantrail.example>';
const mail: Mail = {
  to: 'ann@example.com',
  subject: 'Änderung',
  text: 'Grüße\n.\nEnd',
  html: '<p>Grüße</p>',
  messageId: 'inv_1/1',
};

describe('the SMTP mailer', () => {
  const servers: SMTPServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const serve = async (options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> => {
    const received: Received[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, session, done) => {
        void simpleParser(stream).then((parsed) => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            user: session.user,
            mail: parsed,
          });
          done();
        }, done);
      },
      ...options,
    });
    server.on('error', () => undefined);
    servers.push(server);
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.server.address() as AddressInfo).port));
    });
    return { port, received };
  };

  it('hands the mail to the server as it was meant', async () => {
    const { port, received } = await serve();
    await smtpMailer(`smtp://127.0.0.1:${port}`, from).send(mail);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ from: 'no-reply@grantrail.example', to: ['ann@example.com'] });
    const parsed = received[0]?.mail;
    expect(parsed?.subject).toBe('Änderung');
    expect(parsed?.text?.trim()).toBe('Grüße\n.\nEnd');
    expect(parsed?.html).toBe('<p>Grüße</p>');
    expect(parsed?.from?.text).toBe('"Grantrail" <no-reply@grantrail.example>');
    expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('gives every attempt at a mail the same message id', async () => {
    const { port, received } = await serve();
    const mailer = smtpMailer(`smtp://127.0.0.1:${port}`, from);
    await mailer.send(mail);
    await mailer.send(mail);
    await mailer.send({ ...mail, messageId: 'inv_1/2' });
    const [first, again, other] = received.map((one) => one.mail.messageId);
    expect(first).toMatch(/^<[0-9a-f]{32}@grantrail\.example>$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('signs in with the user of the address', async () => {
    const { port, received } = await serve({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) =>
        password === 'p@ss' ? done(null, { user: username ?? '' }) : done(new Error('no')),
    });
    await smtpMailer(`smtp://mailer:p%40ss@127.0.0.1:${port}`, from).send(mail);
    expect(received[0]?.user).toBe('mailer');
    const wrong = smtpMailer(`smtp://mailer:wrong@127.0.0.1:${port}`, from).send(mail);
    await expect(wrong).rejects.toThrow('The mail server did not take the mail EAUTH AUTH PLAIN 535');
  });

  it('says what was refused without repeating the address', async () => {
    const { port } = await serve({
      onRcptTo: ({ address }, _, done) =>
        done(Object.assign(new Error(`${address} is not known here`), { responseCode: 550 })),
    });
    const refused = await smtpMailer(`smtp://127.0.0.1:${port}`, from)
      .send(mail)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MailNotSent);
    expect((refused as MailNotSent).message).toBe('The mail server did not take the mail EENVELOPE RCPT TO 550');
    expect((refused as MailNotSent).cause).toBeUndefined();
  });

  it('says when there is no server', async () => {
    const { port } = await serve();
    const [server] = servers.splice(0);
    await new Promise<void>((resolve) => server?.close(() => resolve()));
    await expect(smtpMailer(`smtp://127.0.0.1:${port}`, from).send(mail)).rejects.toThrow(MailNotSent);
  });

  it('lets a subject add no header', async () => {
    const { port, received } = await serve();
    await smtpMailer(`smtp://127.0.0.1:${port}`, from).send({
      ...mail,
      subject: 'Hello\r\nBcc: eve@example.com\u2028X: y\r\n\r\n<b>body</b>',
      messageId: '1>\r\nX-Added: yes',
    });
    expect(received[0]?.to).toEqual(['ann@example.com']);
    expect(received[0]?.mail.subject).toBe('Hello Bcc: eve@example.com X: y <b>body</b>');
    const headers = [...(received[0]?.mail.headers.keys() ?? [])];
    expect(headers).not.toContain('bcc');
    expect(headers).not.toContain('x-added');
    expect(received[0]?.mail.text?.trim()).toBe('Grüße\n.\nEnd');
  });

  it.each([
    'ann@example.com, eve@example.com',
    'ann@example.com\r\nBcc: eve@example.com',
    'Ann <ann@example.com>',
    'ann',
    '',
    'a:ann@example.com;',
    '"a b"@example.com',
  ])('sends nothing to %j', async (to) => {
    const { port, received } = await serve();
    await expect(smtpMailer(`smtp://127.0.0.1:${port}`, from).send({ ...mail, to })).rejects.toThrow(MailNotSent);
    expect(received).toEqual([]);
  });
});
