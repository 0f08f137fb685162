import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import { loseMemory } from '#eventing/in-memory/jobs.js';
import type { Installation } from './installation.js';
import { busOf, installationOn, type Kept, kept, keyed, run } from './installation.spec-kit.js';

/** Whom a mail was sent to, mail by mail; a server that is full refuses all. */
let sent: string[];
let isFull: boolean;
let refused: number;
let mailServer: SMTPServer;
let stores: Kept;
let installation: Installation;

beforeEach(async () => {
  [sent, isFull, refused] = [[], false, 0];
  mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      if (isFull) refused += 1;
      else sent.push(address);
      done(isFull ? new Error('full') : null);
    },
    onData: (stream, _session, done) => void stream.on('end', () => done()).resume(),
  });
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
  const { port } = mailServer.server.address() as AddressInfo;
  stores = kept();
  installation = installationOn(stores.engines(), {
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    GRANTRAIL_MAIL_FROM: 'Grantrail <no-reply@example.com>',
  });
  await installation.start(busOf(() => installation.access));
});
afterEach(async () => {
  await installation.stop();
  await installation.jobs.close();
  await new Promise<void>((resolve) => mailServer.close(resolve));
  await stores.remove();
});

const eventually = async (holds: () => boolean): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it never came to hold');
    await sleep(10);
  }
};
const ann = { firstName: 'Ann', lastName: 'Lee' };
const invite = (email: string) =>
  run(
    installation.access,
    new InviteUser({ accountId: 'acc_a', userId: '', ...ann, email, role: 'staff' }, keyed(email)),
  );

it('mails every invitation, and none twice, although the jobs are lost', async () => {
  const owner = { userId: '', ...ann, email: 'owner@example.com' };
  await run(installation.access, new OpenAccount({ accountId: 'acc_a', name: 'Acme', owner }, keyed('open')));
  // Two at once would come by two connections, in whatever order.
  await eventually(() => sent.length === 1);
  await invite('before@example.com');
  await eventually(() => sent.length === 2);
  isFull = true;
  await invite('waiting@example.com');
  await eventually(() => refused > 0);

  loseMemory(stores.jobs);
  isFull = false;
  await eventually(() => sent.length === 3);
  // Mailed after all that was put on the queue before.
  await invite('after@example.com');
  await eventually(() => sent.includes('after@example.com'));
  expect(sent).toEqual(['owner@example.com', 'before@example.com', 'waiting@example.com', 'after@example.com']);
}, 20_000);
