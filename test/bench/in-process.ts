import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '#access/access.js';
import type { Caller, CallerContext } from '#access/caller.js';
import type { Done } from '#access/use-case.js';
import { randomId } from '#eventing/ids.js';
import { type Engines, openEmbedded } from '../../apps/server/engines.js';
import type { Installation } from '../../apps/server/installation.js';
import { installationOn, prepared, run } from '../../apps/server/installation.spec-kit.js';

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
  const installation = installationOn(engines);
  const access = await prepared(installation);
  return {
    folder,
    engines,
    installation,
    access,
    run: (command) => run(access, command),
    close: async () => {
      await installation.stop();
      await engines.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
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
