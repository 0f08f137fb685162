import type { Actor, CommandContext } from './command.js';
import type { EventMetadata } from './event-store.js';
import { given } from './json.js';

/** The metadata of an event that a command leads to. `reason` is personal and sealed before it is written. */
export const metadataOf = (context: CommandContext, schemaVersion: number): EventMetadata => {
  const { actor, via, reason, ticket, correlationId, causationId, commandId, requestHash, now } = context;
  return given({
    actorKind: actor.kind,
    actorId: actor.id,
    via,
    reason,
    ticket,
    correlationId,
    causationId,
    commandId,
    requestHash,
    decidedAt: now,
    schemaVersion: String(schemaVersion),
  }) as EventMetadata;
};

export const actorOf = (event: { readonly metadata: EventMetadata }): Actor => ({
  kind: (event.metadata['actorKind'] ?? 'system') as Actor['kind'],
  id: event.metadata['actorId'] ?? 'system',
});
