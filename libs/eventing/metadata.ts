import type { Actor, CommandContext } from './command.js';
import type { EventMetadata } from './event-store.js';

/** The metadata of an event that a command leads to. `reason` is personal and sealed before it is written. */
export const metadataOf = (context: CommandContext, schemaVersion: number): EventMetadata => {
  const { actor, via, reason, ticket, correlationId, causationId, commandId, requestHash, now } = context;
  return {
    actorKind: actor.kind,
    actorId: actor.id,
    ...(via !== undefined && { via }),
    ...(reason !== undefined && { reason }),
    ...(ticket !== undefined && { ticket }),
    correlationId,
    ...(causationId !== undefined && { causationId }),
    commandId,
    ...(requestHash !== undefined && { requestHash }),
    decidedAt: now,
    schemaVersion: String(schemaVersion),
  };
};

export const actorOf = (event: { readonly metadata: EventMetadata }): Actor => ({
  kind: (event.metadata['actorKind'] ?? 'system') as Actor['kind'],
  id: event.metadata['actorId'] ?? 'system',
});
