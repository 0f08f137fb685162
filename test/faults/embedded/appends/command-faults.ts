import type { RecordedEvent } from '#eventing/event-store.js';
import type { SentCommand } from './command-callers.js';

const byCommand = (log: readonly RecordedEvent[]): ReadonlyMap<string, readonly RecordedEvent[]> =>
  Map.groupBy(log, ({ metadata }) => metadata['correlationId'] ?? '');

/** Decisions that were not made on all that lies before them in their stream. */
const misled = (log: readonly RecordedEvent[]): readonly string[] => {
  const commands = new Map<string, number>();
  return log.flatMap(({ stream, data, id }) => {
    const before = commands.get(stream) ?? 0;
    if (data['isLast'] === true) commands.set(stream, before + 1);
    return data['before'] === before
      ? []
      : [`${id} was decided after ${JSON.stringify(data['before'])} commands, not ${before}`];
  });
};

/** Whatever is wrong with a whole log, or with what was answered to the commands that led to it. */
export const commandFaults = (sent: readonly SentCommand[], log: readonly RecordedEvent[]): readonly string[] => {
  const events = byCommand(log);
  const faults = sent.flatMap(({ commandId, stream, outcomes, refusals }) => {
    const written = events.get(commandId) ?? [];
    const last = written.at(-1);
    if (outcomes.length + refusals.length === 0) return [`${commandId} was never answered`];
    if (outcomes.length > 0 && last === undefined) return [`${commandId} was acknowledged and is not in the log`];
    if (outcomes.length === 0 && last !== undefined) return [`${commandId} was refused and is in the log`];
    if (written.filter(({ data }) => data['isLast'] === true).length > 1) return [`${commandId} was executed twice`];
    const place = [last?.revision, last?.position, written.map(({ id }) => id).join()];
    return outcomes.flatMap(({ revision, position, events: told }) => {
      const answered = [revision, position, told.map(({ id }) => id).join()];
      if (written.some((event) => event.stream !== stream)) return [`${commandId} is in another stream`];
      return place.every((part, index) => part === answered[index])
        ? []
        : [`${commandId} was answered ${answered.join()} and lies at ${place.join()}`];
    });
  });
  const known = new Set(sent.map(({ commandId }) => commandId));
  const foreign = [...events.keys()].filter((id) => !known.has(id)).map((id) => `nobody sent ${id}`);
  return [...faults, ...foreign, ...misled(log)];
};
