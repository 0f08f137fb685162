import { Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHENTICATOR } from '#platform/authentication.js';
import { serve, type Served } from '#platform/testing/serve.js';
import { folderMailer } from '../mail/folder-mailer.js';
import { type Mailbox, MAILBOX, PagesController } from './pages.controller.js';

const token = 'T'.repeat(43);
const mailOf = (messageId: string) => ({
  to: 'ann@example.com',
  subject: `<b>Olga</b> invites you (${messageId})`,
  text: `Accept: http://localhost:3000/invitation#${token}\n`,
  messageId,
});

const serving = (mailbox: Mailbox | null): Promise<Served> => {
  @Module({
    controllers: [PagesController],
    providers: [
      { provide: MAILBOX, useValue: mailbox },
      { provide: AUTHENTICATOR, useValue: { authenticate: () => Promise.resolve(undefined) } },
    ],
  })
  class Pages {}
  return serve({}, Pages);
};

/** The status of a GET under another name than the one connected to, which fetch doesn't send. */
const statusAs = (host: string, url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('the pages of a server', () => {
  let root: string;
  let served: Served;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'grantrail-pages-'))));
  afterEach(async () => {
    await served.app.close();
    rmSync(root, { recursive: true });
  });

  const ask = (path: string): Promise<Response> => served.ask(path, { bearer: null });

  describe('with a mailbox', () => {
    beforeEach(async () => {
      let minute = 0;
      const now = () => new Date(Date.UTC(2027, 2, 14, 9, minute++));
      const mailer = folderMailer(join(root, 'mail'), 'no-reply@grantrail.example', now);
      for (const id of ['first', 'second']) await mailer.send(mailOf(id));
      served = await serving({ folder: join(root, 'mail') });
    });

    it('lists the mails, newest first, each a link to itself', async () => {
      const answer = await ask('/mailbox');
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const html = await answer.text();
      expect(html.indexOf('(second)')).toBeGreaterThan(0);
      expect(html.indexOf('(second)')).toBeLessThan(html.indexOf('(first)'));
      expect(html).not.toContain('<b>Olga');

      const [path = ''] = /\/mailbox\/[\w-]+/.exec(html) ?? [];
      const mail = await ask(path);
      expect(mail.status).toBe(200);
      expect(await mail.text()).toContain(`<a href="http://localhost:3000/invitation#${token}"`);
    });

    it('gives the mails to programs, newest first, with their text', async () => {
      const answer = await ask('/mailbox.json');
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      const { mails } = (await answer.json()) as { mails: Record<string, string>[] };
      expect(mails).toEqual([
        {
          name: expect.stringMatching(/^20270314T090100000Z-[0-9a-f]{32}$/),
          to: 'ann@example.com',
          subject: mailOf('second').subject,
          at: '2027-03-14T09:01:00.000Z',
          text: mailOf('second').text,
        },
        expect.objectContaining({ subject: mailOf('first').subject }),
      ]);
    });

    it('has no mail under a name that there is not, nor a file that is no mail', async () => {
      for (const name of ['nothing', `20270314T090100000Z-${'0'.repeat(32)}`, '..%2F..%2Fetc%2Fpasswd'])
        expect((await ask(`/mailbox/${name}`)).status).toBe(404);
    });

    it('shows nothing to a page of elsewhere whose name was pointed at this machine', async () => {
      for (const path of ['/mailbox', '/mailbox.json', '/mailbox/x']) {
        expect(await statusAs('evil.example', served.url + path)).toBe(404);
      }
      expect(await statusAs('localhost:3000', `${served.url}/mailbox`)).toBe(200);
    });

    it('answers what is asked for and nothing else', async () => {
      expect((await served.ask('/mailbox', { bearer: null, headers: { Accept: 'text/html' } })).status).toBe(200);
      expect((await served.ask('/mailbox', { bearer: null, headers: { Accept: 'application/json' } })).status).toBe(
        406,
      );
      expect((await ask('/mailbox?to=ann')).status).toBe(400);
      expect((await served.ask('/mailbox', { bearer: null, method: 'POST' })).status).toBe(405);
    });
  });

  it('has no mailbox where none is given', async () => {
    served = await serving(null);
    for (const path of ['/mailbox', '/mailbox.json', '/mailbox/x']) {
      const answer = await ask(path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'not-found' });
    }
  });

  it('serves the page of an invitation to anybody, under any name', async () => {
    served = await serving(null);
    const answer = await ask('/invitation');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^']+'; connect-src 'self'/);
    expect(await answer.text()).toContain('Your invitation');
    expect(await statusAs('access.example.com', `${served.url}/invitation`)).toBe(200);
  });

  it('keeps the pages out of the interface for programs', async () => {
    served = await serving(null);
    const { paths } = (await (await ask('/openapi.json')).json()) as { paths: object };
    expect(Object.keys(paths).filter((path) => /mailbox|invitation/.test(path))).toEqual([]);
  });
});
