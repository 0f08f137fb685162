import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { Server } from './server.js';

const secret = /grk_/;
const givenKey = `grk_${'a'.repeat(43)}`;
const otherKey = `grk_${'b'.repeat(43)}`;

describe('starting and stopping', () => {
  let server: Server;
  afterEach(() => server.dispose());

  it('prints its address and, at the very first start only, the operator key', async () => {
    server = await Server.start();
    expect(server.output.join('\n')).toMatch(/ready at http:\/\/127\.0\.0\.1:\d+/);
    expect(server.operatorKey).toMatch(/^grk_[\w-]{43}$/);
    expect(await server.ok('GET', '/v1/me')).toMatchObject({ kind: 'service', key: { permissions: ['*@platform'] } });

    await server.kill('SIGTERM');
    await server.run();
    expect(server.output.join('\n')).not.toMatch(secret);
    expect((await server.call('GET', '/v1/me')).status).toBe(200);
  });

  it('takes the operator key from the environment, and replaces it when that changes', async () => {
    server = await Server.start({ GRANTRAIL_OPERATOR_KEY: givenKey });
    expect(server.output.join('\n')).not.toMatch(secret);
    expect((await server.call('GET', '/v1/me', undefined, { key: givenKey })).status).toBe(200);
    await server.kill('SIGTERM');
    Object.assign(server.env, { GRANTRAIL_OPERATOR_KEY: otherKey });
    await server.run();
    expect((await server.call('GET', '/v1/me', undefined, { key: givenKey })).status).toBe(401);
    expect((await server.call('GET', '/v1/me', undefined, { key: otherKey })).status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('answers what is in flight on %s and exits with 0', async (signal) => {
    server = await Server.start();
    const commands = Array.from({ length: 20 }, (_, index) =>
      server.call('POST', '/v1/applications', { name: `Application ${index}` }, { headers: { connection: 'close' } }),
    );
    await Promise.race(commands);
    const stopped = server.kill(signal);
    const answers = await Promise.allSettled(commands);
    expect(await stopped).toBe(0);
    const created = answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value.status === 201 ? [answer.value.body.id as string] : [],
    );
    await server.run();
    for (const id of created) expect((await server.call('POST', `/v1/applications/${id}/activate`)).status).toBe(200);
  });

  it('says every wrong setting in a line of its own', async () => {
    server = await Server.start();
    const refused = spawnSync(process.execPath, [new URL('../../dist/apps/server/main.js', import.meta.url).pathname], {
      env: { PATH: process.env['PATH'], PORT: 'http', GRANTRAIL_PROFILE: 'cloud', GRANTRAIL_TYPO: '1' },
      encoding: 'utf8',
    });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^PORT: .*\n(.*\n)*GRANTRAIL_PROFILE: .*\nGRANTRAIL_TYPO: .*\n$/);
  });
});
