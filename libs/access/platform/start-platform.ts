import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requireSystem } from '../permission.js';
import type { Platform } from './platform.js';

/** The first fact of a log, which gives it its id. */
export class StartPlatform extends command<{ logId: string }>() {}

export const startPlatform = (command: StartPlatform, platform: Platform): AccessFact[] => {
  requireSystem(command.caller);
  return platform.logId === null ? [fact('PlatformStarted', { logId: command.logId })] : [];
};
