import { parseTime } from '#eventing/moments.js';
import { formatPosition, parseNamedPosition } from '#eventing/position.js';
import { Refusal } from '#eventing/refusal.js';
import { eventTypes } from '../events.js';
import { platformAggregate, platformId } from '../platform/platform.js';
import { clockAt } from './clock.js';
import { query, type Reading } from './query.js';
import { type Single, singleMoment, unversioned } from './single.js';
import { everyRow } from './view-rows.js';

/** What this installation is, and how far its log goes. */
export class GetPlatform extends query<object>() {}
/** The position of the last event recorded at or before a time, or the one that a position of an earlier log (`log_…:` before it) stands for. */
export class GetPosition extends query<{ at: string }>() {}

export interface PlatformAnswer {
  readonly name: string;
  readonly logId: string | null;
  readonly defaultApplication: { readonly id: string; readonly name: string } | null;
  readonly plans: readonly string[];
  /** The head of the log. */
  readonly position: string;
  readonly eventTypes: readonly string[];
}

export interface PositionAnswer {
  readonly at: string;
  readonly position: string;
}

export const getPlatform = async (asked: GetPlatform, reading: Reading): Promise<Single<PlatformAnswer>> => {
  const moment = await singleMoment(reading, ['applications'], { now: asked.now, at: {} });
  const [[byDefault], logId, head] = await Promise.all([
    everyRow(reading, 'applications', [{ column: 'isDefault', in: [1] }], moment),
    reading.access.loop.read(platformAggregate, platformId, (platform) => platform.logId),
    reading.reader.positionAt(asked.now, new Date(asked.now)),
  ]);
  return unversioned(moment, {
    name: reading.platformName,
    logId,
    defaultApplication: byDefault === undefined ? null : { id: byDefault.applicationId, name: byDefault.name },
    plans: reading.access.settings.plans,
    position: formatPosition(head),
    eventTypes: Object.keys(eventTypes),
  });
};

export const getPosition = async (asked: GetPosition, reading: Reading): Promise<Single<PositionAnswer>> => {
  const { now } = asked;
  if (parseNamedPosition(asked.at) !== undefined) {
    const moment = await singleMoment(reading, ['moments'], { now, at: { asOf: asked.at } });
    const at = await clockAt(reading, moment, now);
    return unversioned({ ...moment, asOf: null }, { at, position: formatPosition(moment.position) });
  }
  const at = parseTime(asked.at);
  const problem = { parameter: 'at', code: 'format' };
  if (at === undefined) throw new Refusal('invalid-request', {}, [problem]);
  const position = await reading.reader.positionAt(at, new Date(now));
  return unversioned({ position, asOf: null }, { at, position: formatPosition(position) });
};
