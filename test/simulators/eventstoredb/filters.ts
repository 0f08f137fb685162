import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type EventIndex } from './event-index.js';
import { invalidArgument } from './grpc-errors.js';

/** How many events a server looks at before it answers, when it is not told. */
const defaultWindowEvents = 32;

export interface Filter {
  /** Whether an event is among those asked for. */
  readonly accepts: (index: EventIndex, event: number) => boolean;
  /** So many events are looked at in one go. */
  readonly windowEvents: number;
  /** A checkpoint is sent once so many were looked at. */
  readonly checkpointEvents: number;
}

/** Undefined where everything is asked for. Throws `invalidArgument` where the filter makes no sense. */
export const filterIn = (options: InstanceType<typeof streams.ReadReq.Options>): Filter | undefined => {
  const filter = options.getFilter();
  if (filter === undefined) return undefined;
  const onStream = filter.getStreamIdentifier();
  const expression = onStream ?? filter.getEventType();
  if (expression === undefined) throw invalidArgument('the filter is neither on streams nor on types');
  if (filter.getCheckpointintervalmultiplier() === 0) throw invalidArgument('the checkpoint interval is 0');
  const matches = matcher(expression.getRegex(), expression.getPrefixList());
  const windowEvents = filter.hasMax() ? filter.getMax() : defaultWindowEvents;
  return {
    accepts: (index, event) => matches(onStream ? index.streamOf(event) : index.typeOf(event)),
    windowEvents,
    checkpointEvents: windowEvents * filter.getCheckpointintervalmultiplier(),
  };
};

const matcher = (regex: string, prefixes: readonly string[]): ((text: string) => boolean) => {
  if (regex === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  const pattern = patternOf(regex);
  return (text) => pattern.test(text);
};

const patternOf = (regex: string): RegExp => {
  try {
    return new RegExp(regex);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidArgument(`the filter is no pattern: ${error.message}`);
    throw error;
  }
};
