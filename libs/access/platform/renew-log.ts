import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requireSystem } from '../permission.js';
import type { Platform } from './platform.js';

/** Gives a log that was copied from another an id of its own: the copy is finished, and positions of the two are told apart. */
export class RenewLog extends command<{ logId: string }>() {}

export const renewLog = ({ caller, logId }: RenewLog, platform: Platform): AccessFact[] => {
  requireSystem(caller);
  const { logId: from, isUnfinishedCopy } = platform;
  return from !== null && isUnfinishedCopy ? [fact('LogRenewed', { logId, from })] : [];
};
