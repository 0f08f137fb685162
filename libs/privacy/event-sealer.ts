import { type EventSealer, erasedText } from '#eventing/event-sealer.js';
import type { NewEvent } from '#eventing/event-store.js';
import { type EventTypes, subjectOf } from '#eventing/event-types.js';
import type { JsonObject } from '#eventing/json.js';
import type { Privacy } from './privacy.js';

/** Seals personal fields of events with their subject's key, bound to the stream, the event and the field. */
export const eventSealer = (types: EventTypes, privacy: Pick<Privacy, 'seal' | 'open'>): EventSealer => {
  type Transform = (subject: string, field: string, text: string) => Promise<string>;

  const transformed = <Event extends NewEvent>(
    stream: string,
    event: Event,
    transform: Transform,
  ): Event | Promise<Event> => {
    const { personal = [] } = types[event.type] ?? {};
    const isPersonal = personal.length > 0 || event.metadata['reason'] !== undefined;
    return isPersonal ? transformedFields(stream, event, personal, transform) : event;
  };

  const transformedFields = async <Event extends NewEvent>(
    stream: string,
    event: Event,
    personal: readonly string[],
    transform: Transform,
  ): Promise<Event> => {
    const { reason } = event.metadata;
    const subject = subjectOf(types, stream, event);
    const data: Record<string, JsonObject[string]> = { ...event.data };
    for (const field of personal) {
      const text = data[field];
      if (typeof text === 'string') data[field] = await transform(subject, field, text);
    }
    const metadata =
      reason === undefined ? event.metadata : { ...event.metadata, reason: await transform(subject, 'reason', reason) };
    return { ...event, data, metadata };
  };

  return {
    seal: (stream, event) =>
      transformed(stream, event, (subject, field, text) =>
        privacy.seal(subject, { stream, eventId: event.id, field }, text),
      ),
    open: async (event) =>
      transformed(event.stream, event, async (subject, field, text) => {
        const opened = await privacy.open(subject, { stream: event.stream, eventId: event.id, field }, text);
        return opened ?? erasedText;
      }),
  };
};
