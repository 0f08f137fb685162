import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '../cli/connection.js';
import { startFilling } from './filling.js';
import { openMailbox } from './mailbox.js';

interface Recorded {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

describe('a run of the demo', () => {
  let server: Server;
  let url: string;
  let next: Recorded[];
  let asked: { request: IncomingMessage; body: string }[];
  let said: string[];
  const never = new AbortController().signal;

  beforeEach(async () => {
    [next, asked, said] = [[], [], []];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ request, body });
        const answer = next.length > 1 ? next.shift() : next[0];
        const headers = { 'Content-Type': 'application/json', ...answer?.headers };
        response.writeHead(answer?.status ?? 200, headers).end(JSON.stringify(answer?.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const receipt = (position: number, changed = true) => ({
    id: 'usr_1',
    changed,
    position: String(position).padStart(20, '0'),
  });
  const filling = () => startFilling(connect(url, 'grk_test'), (line) => void said.push(line), never);
  const command = { key: 'role-ann', method: 'PUT', path: '/v1/x/role', body: { role: 'staff' } } as const;

  it('names every command the same way each time, with its reason and ticket', async () => {
    next = [{ body: receipt(7) }];
    await filling().command({ ...command, reason: 'Covers for Zoë – until spring', ticket: 'HR-1' });
    const [{ request, body } = { request: undefined, body: '' }] = asked;
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer grk_test',
      'idempotency-key': 'demo-role-ann',
      'grantrail-reason': 'Covers%20for%20Zo%C3%AB%20%E2%80%93%20until%20spring',
      'grantrail-ticket': 'HR-1',
    });
    expect(JSON.parse(body)).toEqual({ role: 'staff' });
  });

  it('tells what it changed from what was there, and keeps the latest position', async () => {
    const run = filling();
    next = [
      { body: receipt(9) },
      { body: receipt(4), headers: { 'Idempotency-Replayed': 'true' } },
      { body: receipt(3, false) },
    ];
    const receipts = [await run.command(command), await run.command(command), await run.command(command)];
    expect(receipts.map(({ replayed }) => replayed)).toEqual([false, true, false]);
    expect(run.counts).toEqual({ changed: 1, already: 2 });
    expect(run.position()).toBe('00000000000000000009');
  });

  it('waits as long as the server asks, says why once, and then goes on', async () => {
    const limited = { status: 429, headers: { 'Retry-After': '0' }, body: { code: 'rate-limited' } };
    next = [
      limited,
      limited,
      { status: 503, headers: { 'Retry-After': '0' }, body: { code: 'busy' } },
      { body: receipt(1) },
    ];
    expect(await filling().command(command)).toMatchObject({ changed: true });
    expect(asked).toHaveLength(4);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('GRANTRAIL_RATE_TOKEN=none');
  });

  it('ends with the refusal when the server asks for more patience than it has', async () => {
    next = [{ status: 503, headers: { 'Retry-After': '3600' }, body: { code: 'read-only', title: 'T', detail: 'D' } }];
    await expect(filling().command(command)).rejects.toThrow('T: D (read-only)');
  });

  describe('with the mailbox', () => {
    const [old, fresh] = ['o'.repeat(43), 'f'.repeat(43)];
    const mail = (to: string, account: string, token: string) => ({
      to,
      subject: `Operator invites you to ${account}`,
      text: `Accept: http://localhost:3000/invitation#${token}\n\nUntil tomorrow.\n`,
    });

    it('takes the newest token of a person and an account, and waits for the mail to come', async () => {
      next = [
        { body: { mails: [] } },
        { body: { mails: [mail('bo@x.example', 'Acme', old), mail('ann@x.example', 'Other', old)] } },
        { body: { mails: [mail('ann@x.example', 'Acme', fresh), mail('ann@x.example', 'Acme', old)] } },
      ];
      const mailbox = await openMailbox(connect(url, 'grk_test'), never);
      expect(await mailbox.tokenFor('ann@x.example', 'Acme')).toBe(fresh);
      expect(asked).toHaveLength(3);
    });

    it('says what to do where there is none', async () => {
      next = [{ status: 404, body: { code: 'not-found', title: 'Not found', detail: '' } }];
      await expect(openMailbox(connect(url, 'grk_test'), never)).rejects.toThrow(
        /without SMTP_URL.*Nothing was changed/,
      );
    });
  });
});
