import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { folderMailer } from './folder-mailer.js';
import { listMails, readMail } from './mailbox.js';
import { MailNotSent, type Mail } from './mailer.js';

const mailOf = (messageId: string): Mail => ({
  to: 'zoë@example.com',
  subject: `Änderung ${messageId}`,
  text: `Grüße\n\nhttps://grantrail.example/accept#${'x'.repeat(200)}\n`,
  html: '<p>Grüße</p>',
  messageId,
});

describe('the folder mailer and its mailbox', () => {
  let root: string;
  let folder: string;
  let now: Date;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'grantrail-mail-'));
    folder = join(root, 'mail');
    now = new Date('2027-03-14T09:15:00.123Z');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const mailer = () => folderMailer(folder, 'Grantrail <no-reply@grantrail.example>', () => now);
  const later = (): void => {
    now = new Date(now.getTime() + 60_000);
  };

  it('writes complete mails that any mail program reads', async () => {
    await mailer().send(mailOf('one'));
    const [eml, json, ...more] = readdirSync(folder);
    expect(more).toEqual([]);
    expect(eml).toMatch(/^20270314T091500123Z-[0-9a-f]{32}\.eml$/);
    expect(json).toBe(eml?.replace(/eml$/, 'json'));
    const parsed = await simpleParser(readFileSync(join(folder, eml ?? '')));
    expect(parsed).toMatchObject({
      subject: 'Änderung one',
      text: mailOf('one').text,
      html: '<p>Grüße</p>',
      date: new Date('2027-03-14T09:15:00.000Z'),
    });
    expect(parsed.from?.value).toEqual([{ name: 'Grantrail', address: 'no-reply@grantrail.example' }]);
    expect([parsed.to].flat()[0]?.value).toEqual([{ name: '', address: 'zoë@example.com' }]);
    for (const file of [eml, json]) expect(statSync(join(folder, file ?? '')).mode & 0o777).toBe(0o600);
  });

  it('lists the newest first and reads what was kept', async () => {
    for (const id of ['one', 'two', 'three']) {
      await mailer().send(mailOf(id));
      later();
    }
    const listed = await listMails(folder);
    expect(listed.map(({ subject }) => subject)).toEqual(['Änderung three', 'Änderung two', 'Änderung one']);
    expect(listed[2]).toEqual({
      name: expect.any(String),
      to: 'zoë@example.com',
      subject: 'Änderung one',
      at: '2027-03-14T09:15:00.123Z',
    });
    expect(await readMail(folder, listed[2]?.name ?? '')).toEqual({
      to: 'zoë@example.com',
      subject: 'Änderung one',
      at: '2027-03-14T09:15:00.123Z',
      text: mailOf('one').text,
    });
    expect(await listMails(folder, 2)).toEqual(listed.slice(0, 2));
  });

  it('keeps the same mail once, sent again or twice at once', async () => {
    const one = mailer();
    await Promise.all([one.send(mailOf('one')), one.send(mailOf('one'))]);
    later();
    await mailer().send({ ...mailOf('one'), text: 'again' });
    const listed = await listMails(folder);
    expect(listed).toHaveLength(1);
    expect((await readMail(folder, listed[0]?.name ?? ''))?.text).toBe('again');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('reads nothing but its own mails', async () => {
    await mailer().send(mailOf('one'));
    writeFileSync(join(root, 'secret.json'), '{"text":"secret"}');
    writeFileSync(join(folder, 'other.json'), '{"text":"secret"}');
    writeFileSync(join(folder, 'other.eml'), 'x');
    const outside = '20270314T091500123Z-00000000000000000000000000000000';
    writeFileSync(join(root, `${outside}.json`), '{"text":"secret"}');
    const names = ['../secret', 'other', `../${outside}`, '..', '', 'secret.json', `${outside}\0`, `/${outside}`];
    for (const name of names) expect(await readMail(folder, name)).toBeUndefined();
    expect(await readMail(folder, outside)).toBeUndefined();
    expect(await listMails(folder)).toHaveLength(1);
  });

  it('is empty before the first mail', async () => {
    expect(await listMails(folder)).toEqual([]);
  });

  it('goes on after a mail that could not be written', async () => {
    writeFileSync(folder, 'a file is in the way');
    const one = mailer();
    await expect(one.send(mailOf('one'))).rejects.toThrow(MailNotSent);
    rmSync(folder);
    mkdirSync(folder);
    await one.send(mailOf('one'));
    expect(await listMails(folder)).toHaveLength(1);
  });

  it('writes nothing for what is no plain address', async () => {
    await expect(mailer().send({ ...mailOf('one'), to: 'a@b.example, c@d.example' })).rejects.toThrow(MailNotSent);
    expect(await listMails(folder)).toEqual([]);
  });
});
