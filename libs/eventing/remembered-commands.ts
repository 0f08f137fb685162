import type { FoldedEvent } from './aggregate.js';

const atMost = 1_000;
/** So many more are kept at times, as forgetting them one by one is slow. */
const forgottenTogether = 250;
const rememberedMs = 24 * 60 * 60 * 1_000;

/** A command with an Idempotency-Key that has led to events of this stream. */
export interface RememberedCommand {
  readonly commandId: string;
  readonly requestHash: string;
  /** RFC 3339 */
  readonly decidedAt: string;
  readonly events: { readonly id: string; readonly type: string }[];
  revision: bigint;
  position: bigint;
}

/** The latest commands of a stream. One has all its events in one append, so that they are folded one after the other. */
export class RememberedCommands {
  readonly #byId = new Map<string, RememberedCommand>();
  /** Those folded since somebody asked, the oldest first: most of a long stream are forgotten before. */
  readonly #unasked: RememberedCommand[] = [];
  #last: RememberedCommand | undefined;

  /** Remembers the command that led to an event. */
  add({ id, type, revision, position = 0n, metadata }: FoldedEvent & { readonly position?: bigint }): void {
    const { commandId, requestHash, decidedAt = '' } = metadata;
    if (commandId === undefined || requestHash === undefined) return;
    let command = this.#last;
    if (command?.commandId !== commandId || command.decidedAt !== decidedAt) {
      command = { commandId, requestHash, decidedAt, events: [], revision, position };
      this.#last = command;
      this.#unasked.push(command);
      if (this.#unasked.length >= atMost + forgottenTogether) this.#unasked.splice(0, forgottenTogether);
    }
    command.events.push({ id, type });
    command.revision = revision;
    command.position = position;
  }

  /** What was decided last with an id. */
  get(commandId: string): RememberedCommand | undefined {
    if (this.#unasked.length > 0) this.#takeIn();
    return this.#byId.get(commandId);
  }

  /** What an earlier command with this id came to: for 24 hours by the commands' own clocks, of the latest 1,000 in a stream. */
  repeated({ commandId, now }: { readonly commandId: string; readonly now: string }): RememberedCommand | undefined {
    const known = this.get(commandId);
    return known !== undefined && Date.parse(now) - Date.parse(known.decidedAt) <= rememberedMs ? known : undefined;
  }

  #takeIn(): void {
    for (const command of this.#unasked.splice(0)) {
      this.#byId.delete(command.commandId);
      this.#byId.set(command.commandId, command);
    }
    if (this.#byId.size < atMost + forgottenTogether) return;
    for (const id of this.#byId.keys()) {
      if (this.#byId.size <= atMost) return;
      this.#byId.delete(id);
    }
  }
}
