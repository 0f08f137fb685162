import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { apiKeyAuthenticator } from '#access/authenticator.js';
import { type Engines, openEmbedded } from '../server/engines.js';
import type { Installation } from '../server/installation.js';
import { installationOn } from '../server/installation.spec-kit.js';
import { runCli } from './program.js';

const masterKey = Buffer.alloc(32, 7).toString('base64');

const authenticatorOf = ({ loop, reading }: Installation) => apiKeyAuthenticator({ loop, reader: reading.reader });

describe('a new operator key', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantrail-operator-key-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const installed = async (): Promise<readonly [Engines, string]> => {
    const engines = await openEmbedded(folder);
    const installation = installationOn(engines, { GRANTRAIL_MASTER_KEY: masterKey });
    const { newOperatorKey } = await installation.start({} as never);
    await installation.stop();
    return [engines, newOperatorKey!];
  };

  const asked = async (...args: readonly string[]) => {
    const told = { stdout: '', stderr: '' };
    const into = (name: keyof typeof told) =>
      new Writable({
        decodeStrings: false,
        write: (chunk: string, _, done) => {
          told[name] += chunk;
          done();
        },
      });
    const env = { GRANTRAIL_DATA_DIR: folder, GRANTRAIL_MASTER_KEY: masterKey, LOG_LEVEL: 'silent', ...extra };
    const signal = new AbortController().signal;
    const code = await runCli(['operator-key', 'new', ...args], {
      env,
      stdout: into('stdout'),
      stderr: into('stderr'),
      signal,
    });
    return { code, ...told };
  };
  let extra: Record<string, string> = {};
  afterEach(() => {
    extra = {};
  });

  it('takes the place of the one that was lost', async () => {
    const [engines, lost] = await installed();
    await engines.close();
    const { code, stdout } = await asked('--json');
    expect(code).toBe(0);
    const { operatorKey } = JSON.parse(stdout) as { operatorKey: string };
    expect(operatorKey).toMatch(/^grk_[\w-]{43}$/);

    const again = await openEmbedded(folder);
    const authenticator = authenticatorOf(installationOn(again));
    expect(await authenticator.authenticate(lost)).toBeUndefined();
    expect(await authenticator.authenticate(operatorKey)).toMatchObject({ permissions: ['*@platform'] });
    await again.close();
    expect((await asked()).stdout).toMatch(/^operator key {2}grk_\S{43} .*\n$/);
  });

  it('of the distributed profile comes by its environment', async () => {
    extra = {
      GRANTRAIL_PROFILE: 'distributed',
      GRANTRAIL_EVENTSTOREDB_URL: 'esdb://localhost:2113?tls=false',
      GRANTRAIL_MONGODB_URL: 'mongodb://localhost:27017',
      GRANTRAIL_REDIS_URL: 'redis://localhost:6379',
    };
    expect(await asked()).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^GRANTRAIL_PROFILE is distributed: set GRANTRAIL_OPERATOR_KEY .*\n$/),
    });
  });

  it('is refused in one line while the server runs', async () => {
    const [engines, key] = await installed();
    expect(await asked()).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^.* is in use .*\n$/) });
    expect(await authenticatorOf(installationOn(engines)).authenticate(key)).toBeDefined();
    await engines.close();
  });

  it('is refused in one line where there is no installation, or the environment names the key', async () => {
    expect(await asked()).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^.* holds no data yet.*\n$/) });
    expect(await readdir(folder)).toEqual([]);
    extra = { GRANTRAIL_OPERATOR_KEY: `grk_${'a'.repeat(43)}` };
    expect(await asked()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^GRANTRAIL_OPERATOR_KEY names .*\n$/),
    });
  });
});
