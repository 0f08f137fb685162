import { derivedId } from '#eventing/ids.js';
import type { CallerContext } from '../caller.js';

/** The context of what the product itself decides, because of an event: repeated, it is the same command. */
export const systemContext = (causationId: string, purpose: string, now = new Date()): CallerContext => ({
  caller: { kind: 'system', id: 'system' },
  actor: { kind: 'system', id: 'system' },
  commandId: derivedId('cmd', 'system', purpose, causationId),
  correlationId: causationId,
  ...(causationId.startsWith('evt_') && { causationId }),
  now: now.toISOString(),
});
