import { type ExpectedRevision } from './append-rules.js';
import { type EventLog, type WriteOutcome } from './event-log.js';
import { type NewEvent, uuidBytes } from './event-message.js';
import { type FaultState } from './faults.js';
import { maxAppendBytes } from './grpc-errors.js';

/** An event as both append calls carry it. */
export interface ProposedMessage {
  getId(): { getString(): string } | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getCustomMetadata_asU8(): Uint8Array;
  getData_asU8(): Uint8Array;
}

/** An append as its events come in, in one message or several. */
export class IncomingAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: NewEvent[] = [];
  #bytes = 0;

  constructor(stream: string, expected: ExpectedRevision) {
    this.stream = stream;
    this.expected = expected;
  }

  get isTooLarge(): boolean {
    return this.#bytes > maxAppendBytes;
  }

  /** Undefined when it is well-formed, else what is wrong with it. */
  add(message: ProposedMessage): string | undefined {
    const id = uuidBytes(message.getId()?.getString() ?? '');
    if (id === undefined) return 'an event has no id, or one that is no UUID in text';
    const type = message.getMetadataMap().get('type');
    const contentType = message.getMetadataMap().get('content-type');
    if (type === undefined || contentType === undefined) return 'type and content-type are required metadata';
    const event = { id, type, contentType, body: message.getData_asU8(), metadata: message.getCustomMetadata_asU8() };
    // As the server counts: types are UTF-16 there.
    this.#bytes += event.body.length + event.metadata.length + 2 * type.length;
    this.events.push(event);
    return undefined;
  }
}

/** Stores an append and resolves when it is on disk; undefined: its connection was broken on demand. */
export const store = async (
  log: EventLog,
  faults: FaultState,
  append: IncomingAppend,
  breakConnection: () => void,
): Promise<WriteOutcome | undefined> => {
  if (faults.takeDropBeforeCommit()) {
    breakConnection();
    return undefined;
  }
  // Nothing is awaited before this: appends are decided in the order in which they came.
  const outcome = log.append(append.stream, append.expected, append.events);
  if (outcome.outcome === 'success') {
    const isDropped = faults.takeDropAfterCommit();
    await outcome.onDisk;
    if (isDropped) {
      breakConnection();
      return undefined;
    }
  }
  return outcome;
};
