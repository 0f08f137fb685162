import type { Actor, CommandContext } from './command.js';
import type { EventMetadata } from './event-store.js';

/** The metadata of an event that a command leads to. `reason` is personal and sealed before it is written. */
export const metadataOf = (context: CommandContext, schemaVersion: number): EventMetadata => {
  const fields: Record<string, string | undefined> = {
    actorKind: context.actor.kind,
    actorId: context.actor.id,
    via: context.via,
    reason: context.reason,
    ticket: context.ticket,
    correlationId: context.correlationId,
    causationId: context.causationId,
    commandId: context.commandId,
    requestHash: context.requestHash,
    decidedAt: context.now,
    schemaVersion: String(schemaVersion),
  };
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
};

export const actorOf = (event: { readonly metadata: EventMetadata }): Actor => ({
  kind: (event.metadata['actorKind'] ?? 'system') as Actor['kind'],
  id: event.metadata['actorId'] ?? 'system',
});
