import type { JsonObject } from './json.js';
import type { RecordedEvent } from './event-store.js';

/** What the kernel must know of one kind of event. */
export interface EventType {
  /** The shape that is written today, from 1. Older ones in the log are lifted when read. */
  readonly version: number;
  /** `upcasters[n]` lifts data of version n to n + 1; pure. */
  readonly upcasters?: Readonly<Record<number, (data: JsonObject) => JsonObject>>;
  /** Whose key seals the personal fields and the reason; the stream's own id when left out. */
  readonly subject?: (data: JsonObject) => string;
  /** Fields of the data that hold personal text: sealed in the log. */
  readonly personal?: readonly string[];
}

/** The catalogue of a product's events, by type name. */
export type EventTypes = Readonly<Record<string, EventType>>;

/** An event of a type (or a version of it) that this build doesn't know. */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
}

const idOfStream = (stream: string): string => stream.slice(stream.indexOf('-') + 1);

/** Whose key seals what is personal in an event of a stream. */
export const subjectOf = (types: EventTypes, stream: string, event: { type: string; data: JsonObject }): string =>
  types[event.type]?.subject?.(event.data) ?? idOfStream(stream);

/**
 * Lifts an event to the version written today.
 * @throws UnknownEventType when the type or its version is newer than this build
 */
export const upcast = (types: EventTypes, event: RecordedEvent): RecordedEvent => {
  const type = types[event.type];
  if (type === undefined) throw new UnknownEventType(`${event.type} is not known to this version`);
  const written = Number(event.metadata['schemaVersion'] ?? 1);
  if (written === type.version) return event;
  if (written > type.version) throw new UnknownEventType(`${event.type} version ${written} is newer than this version`);
  let data = event.data;
  for (let version = written; version < type.version; version += 1) {
    const lift = type.upcasters?.[version];
    if (lift === undefined) throw new UnknownEventType(`${event.type} version ${version} has no upcaster`);
    data = lift(data);
  }
  return { ...event, data, metadata: { ...event.metadata, schemaVersion: String(type.version) } };
};
