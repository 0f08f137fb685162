import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Access } from '#access/access.js';
import type { Caller, CallerContext } from '#access/caller.js';
import { startInstallation } from '#access/processes/start-platform.js';
import type { Done, UseCase } from '#access/use-case.js';
import { useCases } from '#access/use-cases.js';
import { randomId } from '#eventing/ids.js';
import { readConfig } from '#platform/config.js';
import { createLogger } from '#platform/logging.js';
import { type Engines, openEmbedded } from '../../apps/server/engines.js';
import { Installation } from '../../apps/server/installation.js';

/** The product in this process on the embedded engines, without HTTP; nothing works in the background unless it is started. */
export interface InProcess {
  readonly folder: string;
  readonly engines: Engines;
  readonly installation: Installation;
  readonly access: Access;
  /** Brings a command to its use case, as the command bus does. */
  readonly run: (command: CallerContext) => Promise<Done>;
  readonly close: () => Promise<void>;
}

export const openInProcess = async (): Promise<InProcess> => {
  const folder = await mkdtemp(join(tmpdir(), 'grantrail-bench-'));
  const engines = await openEmbedded(folder);
  const config = readConfig({ LOG_LEVEL: 'silent', GRANTRAIL_MASTER_KEY: randomBytes(32).toString('base64') });
  const installation = new Installation(config, engines, createLogger({ level: 'silent' }));
  const { access } = installation;
  await startInstallation(access, { given: null, issued: [] });
  const byCommand = new Map(useCases.map((useCase) => [useCase.command as unknown, useCase as UseCase]));
  return {
    folder,
    engines,
    installation,
    access,
    run: (command) => byCommand.get(command.constructor)!.run(command, access),
    close: async () => {
      await installation.stop();
      await engines.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export const operator: Caller = {
  kind: 'service',
  id: 'key_operator',
  scope: { kind: 'platform' },
  permissions: ['*@platform'],
  expiresAt: null,
};
export const person = (id: string): Caller => ({ kind: 'user', id, permissions: [] });

/** What comes with a command over HTTP that has an Idempotency-Key. */
export const by = (caller: Caller): CallerContext => ({
  caller,
  actor: { kind: caller.kind, id: caller.id },
  commandId: randomId('cmd'),
  requestHash: randomId('req'),
  correlationId: randomId('cor'),
  now: new Date().toISOString(),
});
