import { formatPosition, parsePosition } from '#eventing/position.js';
import { refuse } from '#eventing/refusal.js';
import { platformAggregate, platformId } from '../platform/platform.js';
import type { LogReading } from './log-reading.js';

/** Where a feed was left: what clients see as `after` and `nextAfter`. Holds nothing personal, so it is encoded, not sealed. */
export interface FeedPlace {
  readonly logId: string;
  readonly position: bigint;
  /** How far the stream of the one account that is followed was read. */
  readonly stream?: { readonly accountId: string; readonly revision: bigint } | undefined;
}

const shape = /^1\.([\w-]{1,100})\.(\d{20})(?:\.(\w{1,100})\.(\d{1,19}))?$/;

export const writePlace = ({ logId, position, stream }: FeedPlace): string => {
  const read = stream === undefined ? [] : [stream.accountId, stream.revision.toString()];
  return Buffer.from(['1', logId, formatPosition(position), ...read].join('.')).toString('base64url');
};

/** @throws Refusal cursor-invalid for what is no place of a feed */
export const readPlace = (text: string): FeedPlace => {
  const [, logId, position = '', accountId, revision = '0'] =
    shape.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  const parsed = parsePosition(position);
  if (logId === undefined || parsed === undefined) return refuse('cursor-invalid');
  const stream = accountId === undefined ? undefined : { accountId, revision: BigInt(revision) };
  return { logId, position: parsed, stream };
};

/** The id of this log. @throws Refusal unavailable before the platform was started */
export const logIdOf = async ({ access }: Pick<LogReading, 'access'>): Promise<string> => {
  const logId = await access.loop.read(platformAggregate, platformId, (platform) => platform.logId);
  return logId ?? refuse('unavailable');
};

/**
 * The place that a feed goes on after; the first without one.
 * @throws Refusal cursor-invalid, position-of-another-log, and position-unknown beyond the head
 */
export const placeAfter = async (reading: LogReading, after: string | undefined): Promise<FeedPlace> => {
  const logId = await logIdOf(reading);
  if (after === undefined || after === '') return { logId, position: 0n };
  const place = readPlace(after);
  if (place.logId !== logId) refuse('position-of-another-log');
  if (place.position > (await reading.views.log.head())) refuse('position-unknown');
  return place;
};

/** A page of a feed. */
export interface FeedPage<Row> {
  readonly items: readonly Row[];
  readonly nextAfter: string;
  readonly more: boolean;
}
