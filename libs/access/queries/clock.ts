import type { Moment } from '#eventing/moment.js';
import { formatPosition } from '#eventing/position.js';
import type { Condition } from '#eventing/view-store.js';
import type { Reading } from './query.js';

/** The time that a moment shows: the reader's for now, else the time asked for, or when the position was recorded. */
export const clockAt = async ({ reader }: Reading, moment: Moment, now: string): Promise<string> => {
  if (moment.asOf === null) return now;
  if (!/^\d+$/.test(moment.asOf)) return moment.asOf;
  const order = { column: 'key', descending: true };
  const next = formatPosition(moment.position + 1n);
  const after = { value: next, key: next };
  const [last] = (await reader.page('moments', { moment, where: [], order, limit: 1, after })).rows;
  return (last?.body['recordedAt'] as string | undefined) ?? now;
};

/** A millisecond later: the first time after `time`. */
export const justAfter = (time: string): string => new Date(Date.parse(time) + 1).toISOString();

/** What has not ended by the clock; without an end it stands. */
export const notEnded = (clock: string): Condition => ({
  anyOf: [
    { column: 'expiresAt', in: [null] },
    { column: 'expiresAt', from: justAfter(clock) },
  ],
});
