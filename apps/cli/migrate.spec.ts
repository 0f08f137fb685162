import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { AssignApplication } from '#access/account/assign-application.js';
import { accountAggregate } from '#access/account/account.js';
import { OpenAccount } from '#access/account/open-account.js';
import { ActivateApplication } from '#access/application/activate-application.js';
import { RegisterApplication } from '#access/application/register-application.js';
import { fact } from '#access/events.js';
import { streamCategories } from '#access/fact-stream.js';
import { answerCheck, Check } from '#access/queries/check.js';
import { spawnTypeScript } from '#eventing/contracts/spawn-typescript.contract.js';
import { readConfig } from '#platform/config.js';
import { createLogger } from '#platform/logging.js';
import { oneMongodb } from '#store-mongodb/mongodb.spec-kit.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { eventstoredbSimulator } from '../../test/servers/simulator-server.js';
import { redisServer, whereRedis } from '../../test/servers/redis.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { openEmbedded } from '../server/engines.js';
import { openDistributed } from '../server/open-distributed.js';
import { busOf, installationOn, keyed, operator, prepared, run } from '../server/installation.spec-kit.js';
import { runCli } from './program.js';

const masterKey = randomBytes(32).toString('base64');
const accounts = ['acc_acme', 'acc_beta'];
const applicationId = 'app_billing';
const rounds = 75;
const membersARound = 5;

/** Two accounts that hundreds of people joined in turns. */
const filled = async (folder: string): Promise<number> => {
  const engines = await openEmbedded(folder);
  const access = await prepared(installationOn(engines, { GRANTRAIL_MASTER_KEY: masterKey }));
  await run(access, new RegisterApplication({ applicationId, name: 'Billing', assignableBy: 'admins' }, keyed('app')));
  await run(access, new ActivateApplication({ applicationId }, keyed('activate')));
  for (const accountId of accounts) {
    const owner = { userId: '', firstName: 'Olga', lastName: 'Owner', email: 'olga@example.com' };
    await run(access, new OpenAccount({ accountId, name: accountId, owner }, keyed(accountId)));
    await run(access, new AssignApplication({ accountId, applicationIds: [applicationId] }, keyed(`in ${accountId}`)));
  }
  for (let round = 0; round < rounds; round += 1)
    for (const accountId of accounts)
      await access.decide(accountAggregate, accountId, keyed(`${accountId} ${round}`), () =>
        Array.from({ length: membersARound }, (_, number) => `usr_${round * membersARound + number}`).flatMap(
          (userId) => {
            const person = { firstName: 'A', lastName: userId, email: `${userId}@example.com` };
            const grant = { grantId: `grt_${userId}`, userId, applicationId, origin: 'assigned' } as const;
            return [
              fact('MemberJoined', { accountId, userId, role: 'staff', teamId: undefined, ...person }),
              fact('AccessGranted', { accountId, ...grant, role: undefined, expiresAt: undefined }),
            ];
          },
        ),
      );
  let events = 0;
  for await (const batch of engines.log.follow({ after: 0n, signal: new AbortController().signal })) {
    events += batch.events.length;
    if (batch.live) break;
  }
  await engines.close();
  return events;
};

describe('migrating by command line', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantrail-migrate-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const migrate = async (words: readonly string[], env: Readonly<Record<string, string>>) => {
    const told = { stdout: '', stderr: '' };
    const into = (name: keyof typeof told) =>
      new Writable({
        decodeStrings: false,
        write: (chunk: string, _, done) => {
          told[name] += chunk;
          done();
        },
      });
    const { signal } = new AbortController();
    const surroundings = { env, stdout: into('stdout'), stderr: into('stderr'), signal };
    return { code: await runCli(['migrate', ...words], surroundings), ...told };
  };
  const asked = (words: readonly string[], env: Readonly<Record<string, string>>) =>
    migrate(['--from', 'embedded', '--data-dir', folder, ...words], env);
  const unreachable = {
    GRANTRAIL_MASTER_KEY: masterKey,
    GRANTRAIL_EVENTSTOREDB_URL: 'esdb://127.0.0.1:1?tls=false',
    GRANTRAIL_MONGODB_URL: 'mongodb://127.0.0.1:1',
    GRANTRAIL_REDIS_URL: 'redis://127.0.0.1:1',
  };
  const refused = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const { code, stdout, stderr } = await asked(['--to', 'distributed'], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^.+\n$/);
    return stderr;
  };

  it('asks for two profiles, and two that differ', async () => {
    expect(await asked(['--to', 'embedded'], unreachable)).toMatchObject({ code: 2, stderr: /.*/u });
    expect((await asked(['--to', 'elsewhere'], unreachable)).code).toBe(2);
    expect((await asked([], unreachable)).code).toBe(2);
  });

  it('tells in one line what it lacks: the master key, data, engines', async () => {
    const { GRANTRAIL_MASTER_KEY: _, ...without } = unreachable;
    await writeFile(join(folder, 'master.key'), masterKey, { mode: 0o600 });
    expect(await refused(without)).toContain(`export GRANTRAIL_MASTER_KEY="$(cat ${folder}/master.key)"`);
    expect(await refused(unreachable)).toContain(`${folder} holds no data`);
    const { GRANTRAIL_REDIS_URL: __, ...noRedis } = unreachable;
    expect(await refused(noRedis)).toContain('GRANTRAIL_REDIS_URL');
    expect(await readdir(folder)).toEqual(['master.key']);
    await (await openEmbedded(folder)).close();
    expect(await refused(unreachable)).toContain('127.0.0.1:1');
  });

  it('is refused while a server works on the folder', async () => {
    const engines = await openEmbedded(folder);
    expect(await refused(unreachable)).toContain('is in use');
    await engines.close();
  });

  whereMongodb('to engines that are there', () => {
    whereRedis('all of them', () => {
      const mongodb = oneMongodb();
      let servers: readonly TestServer[];
      let env: Record<string, string>;
      beforeAll(async () => {
        // Of its own: the log must be empty.
        servers = await Promise.all([eventstoredbSimulator(), redisServer()]);
        const [eventstoredb, redis] = servers.map(({ url }) => url);
        const newDatabase = (): string => {
          const url = new URL(mongodb.url);
          url.pathname = mongodb.newDatabase();
          return url.href;
        };
        env = {
          GRANTRAIL_MASTER_KEY: masterKey,
          GRANTRAIL_EVENTSTOREDB_URL: eventstoredb!,
          GRANTRAIL_MONGODB_URL: newDatabase(),
          GRANTRAIL_VAULT_URL: newDatabase(),
          GRANTRAIL_REDIS_URL: redis!,
        };
      }, 60_000);
      afterAll(() => Promise.all(servers.map((server) => server.dispose())));

      /** How many events the target holds. */
      const copied = async (): Promise<number> => {
        const log = eventStoreDb({
          connectionString: env['GRANTRAIL_EVENTSTOREDB_URL']!,
          categories: streamCategories,
        });
        let events = 0;
        for await (const batch of log.follow({ after: 0n, signal: new AbortController().signal })) {
          events += batch.events.length;
          if (batch.live) break;
        }
        await log.close();
        return events;
      };

      it('goes on after kill -9, verifies, and leaves an installation that can be served', async () => {
        const events = await filled(folder);
        const program = pathToFileURL(join(import.meta.dirname, 'program.ts')).href;
        const words = ['migrate', '--from', 'embedded', '--to', 'distributed', '--data-dir', folder];
        const child = spawnTypeScript(`
          import { runCli } from ${JSON.stringify(program)};
          const signal = new AbortController().signal;
          const { stdout, stderr } = process;
          process.exitCode = await runCli(${JSON.stringify(words)}, { env: ${JSON.stringify(env)}, stdout, stderr, signal });
        `);
        for await (const line of child.lines) if (line.startsWith('events')) break;
        child.process.kill('SIGKILL');
        expect(await child.ended).toBe('SIGKILL');
        const before = await copied();
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(events);

        const { code, stdout } = await asked(['--to', 'distributed', '--json'], env);
        expect(code).toBe(0);
        const told = JSON.parse(stdout) as { logId: string; from: string };
        expect(told).toMatchObject({ log: { events }, vault: { keys: rounds * membersARound + 1 }, wasDone: false });
        expect(await copied()).toBe(events + 1);
        const again = await asked(['--to', 'distributed'], env);
        expect(again.stdout).toMatch(new RegExp(`^copied before  ${events} events, .*$`, 'm'));
        expect(again.stdout).toContain(`log       ${told.logId}`);

        const config = readConfig({ ...env, GRANTRAIL_PROFILE: 'distributed', GRANTRAIL_DATA_DIR: folder });
        const engines = await openDistributed(config.engines!, config.dataDir, createLogger({ level: 'silent' }));
        const installation = installationOn(engines, { GRANTRAIL_MASTER_KEY: masterKey });
        const { newOperatorKey } = await installation.start(busOf(() => installation.access));
        expect(newOperatorKey).toBeNull();
        const checks = accounts.map((accountId) => ({ accountId, userId: 'usr_7', applicationId }));
        const now = new Date().toISOString();
        for (const check of checks)
          expect(
            await answerCheck(new Check({ checks: [check] }, { caller: operator, now }), installation.reading),
          ).toMatchObject({ allowed: true });
        await installation.stop();
        await engines.close();

        const back = join(folder, 'back');
        const returned = await migrate(
          ['--from', 'distributed', '--to', 'embedded', '--data-dir', back, '--json'],
          env,
        );
        expect(JSON.parse(returned.stdout)).toMatchObject({ from: told.logId, log: { events: events + 1 } });
        const embedded = await openEmbedded(back);
        const once = installationOn(embedded, { GRANTRAIL_MASTER_KEY: masterKey });
        expect((await once.start(busOf(() => once.access))).newOperatorKey).toBeNull();
        await once.stop();
        await embedded.close();
      }, 90_000);
    });
  });
});
