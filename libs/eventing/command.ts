import type { Fact } from './aggregate.js';

/** Who decided. */
export interface Actor {
  readonly kind: 'user' | 'service' | 'system';
  readonly id: string;
}

/** What comes with every command: who, when, why, and what makes a repetition the same command. */
export interface CommandContext {
  /** Ids of what the command creates derive from it (ids.ts). Random unless the caller sent an Idempotency-Key. */
  readonly commandId: string;
  /** Hash of the request, when the caller sent an Idempotency-Key: the same key with another request is refused. */
  readonly requestHash?: string;
  readonly actor: Actor;
  /** The decision's clock (RFC 3339, UTC, milliseconds). */
  readonly now: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly correlationId: string;
  /** The event that led to this command, when a reactor issued it. */
  readonly causationId?: string;
  /** The API key or tool that was used, for the audit log. */
  readonly via?: string;
  /** The addressed thing must have no event after this revision. */
  readonly ifMatch?: bigint;
  readonly dryRun?: boolean;
}

/** What became of a command on one stream. */
export interface Outcome {
  readonly changed: boolean;
  /** Of the stream's last event after the command; -1 where there is no stream. */
  readonly revision: bigint;
  /** Of the command's last event, or of the stream's last one when nothing changed; 0 where there is no stream. */
  readonly position: bigint;
  readonly events: readonly { readonly id: string; readonly type: string }[];
  /** Whether this repeats an earlier command's answer. */
  readonly replayed: boolean;
  /** What was decided (of a dry run: would be written), personal fields open. Empty in a replay. */
  readonly facts: readonly Fact[];
}
