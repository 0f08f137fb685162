import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Server } from './server.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, day = ''] = /## A person's day, with curl\n([\s\S]*?)\n## /.exec(readme) ?? [];
const blocks = [...day.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);

const hasCurl = spawnSync('curl', ['--version']).status === 0;

(hasCurl ? describe : describe.skip)('the story of the README (needs curl)', () => {
  let server: Server;
  let port: string;
  beforeAll(async () => {
    server = await Server.start();
    ({ port } = new URL(server.url));
  });
  afterAll(() => server.dispose());

  /** Runs the blocks as they stand, against this server; each line that answers is told apart by its command. */
  const run = async (script: string): Promise<string> => {
    const shell = spawn('bash', [
      '--norc',
      '-eu',
      '-o',
      'pipefail',
      '-c',
      script.replaceAll('localhost:3000', `localhost:${port}`),
    ]);
    const [output, complaints] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    expect(complaints).toBe('');
    return output;
  };

  it('is told by its commands, word for word', async () => {
    expect(blocks.length).toBeGreaterThan(4);
    const waitForMail = `for i in $(seq 100); do curl -s http://localhost:3000/mailbox.json | grep -q ann@ && break; sleep 0.1; done\n`;
    const script = blocks
      .map((block) => (block.startsWith('TOKEN=') ? waitForMail + block : block))
      .join('\n')
      .replace('grk_…', server.operatorKey);
    const output = await run(script);
    const answers = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const [users, accountUsers, shared] = answers.filter((answer) => 'items' in answer);
    for (const list of [users, accountUsers, shared]) expect(JSON.stringify(list)).toContain('"firstName":"Ann"');
    const codes = answers.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
    expect(codes).toEqual(['application-not-assigned', 'invitation-not-pending']);
    expect(answers.find((answer) => 'allowed' in answer)).toMatchObject({
      allowed: false,
      because: { code: 'no-access' },
    });
    const [audit, before, diff] = answers.filter((answer) => 'items' in answer).slice(3);
    expect(JSON.stringify(audit)).toMatch(/"from":"staff","to":"viewer".*"reason":"moved to audit"/);
    expect(before).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ role: 'staff' })]) });
    expect(JSON.stringify(diff)).toMatch(/"from":"staff","to":"viewer"/);
    expect(JSON.stringify(diff)).toContain('"reason":"moved to audit"');
    const story = JSON.stringify(answers.at(-1));
    for (const type of ['UserInvited', 'InvitationAccepted', 'AccessGranted', 'AccessRevoked'])
      expect(story).toContain(type);
  }, 60_000);
});

describe('the documents', () => {
  const root = new URL('../../', import.meta.url);
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'docs/tour.md',
    'docs/operate.md',
    'docs/migrate.md',
    ...readdirSync(new URL('docs/adr', root)).map((name) => `docs/adr/${name}`),
  ];

  it.each(documents)('%s leads to files that are there', (document) => {
    const place = new URL(document, root);
    const links = [...readFileSync(place, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(new URL(link, place)))).toEqual([]);
  });
});
