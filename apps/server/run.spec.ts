import { expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#platform/config.js';
import { serverOf } from './run.js';

it('tells the operator key of a first start even when it can’t listen, and never again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grantrail-run-'));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const PORT = String((other.address() as AddressInfo).port);
  const config = readConfig({ PORT, GRANTRAIL_DATA_DIR: folder, LOG_LEVEL: 'silent' });

  const told: string[] = [];
  const first = await serverOf(config, (...lines) => told.push(...lines));
  await expect(first.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await first.stop();
  expect(told).toEqual([expect.stringMatching(/^operator key {2}grk_[\w-]{43} /)]);

  await new Promise((resolve) => other.close(resolve));
  const second = await serverOf(config, (...lines) => told.push(...lines));
  await second.start();
  await second.stop();
  expect(told.slice(1).join('\n')).toMatch(/^Grantrail is ready at http:/);
  expect(told.slice(1).join('\n')).not.toContain('grk_');
  await rm(folder, { recursive: true, force: true });
});

it('stops once it has started when it is told to meanwhile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grantrail-run-'));
  const config = readConfig({ PORT: '0', GRANTRAIL_DATA_DIR: folder, LOG_LEVEL: 'silent' });
  const told: string[] = [];
  const server = await serverOf(config, (...lines) => told.push(...lines));
  await Promise.all([server.start(), server.stop()]);
  expect(told.join('\n')).toContain('Grantrail is ready at');
  await rm(folder, { recursive: true, force: true });
});
