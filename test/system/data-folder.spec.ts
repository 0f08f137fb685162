import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from './server.js';

describe('the data folder', () => {
  let server: Server;
  afterEach(() => server.dispose());

  it('is told of at the start', async () => {
    server = await Server.start();
    expect(server.output.join('\n')).toContain(server.folder);
  });

  it('keeps keys and data from others', async () => {
    server = await Server.start();
    expect(statSync(server.folder).mode & 0o077).toBe(0);
    expect(statSync(join(server.folder, 'master.key')).mode & 0o777).toBe(0o600);
  });

  it('refuses a second process on the same folder in one line, and frees it when killed', async () => {
    server = await Server.start();
    const second = spawnSync(process.execPath, [new URL('../../dist/apps/server/main.js', import.meta.url).pathname], {
      env: { PATH: process.env['PATH'], PORT: '0', GRANTRAIL_DATA_DIR: server.folder },
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr.trim().split('\n')).toEqual([expect.stringContaining(`${server.folder} is in use`)]);
    await server.kill('SIGKILL');
    await server.run();
    expect((await server.call('GET', '/health/ready', undefined, { key: null })).status).toBe(200);
  });
});
