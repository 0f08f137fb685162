import { parseTime, positionAt } from './moments.js';
import { formatPosition, parseNamedPosition, type NamedPosition } from './position.js';
import { Refusal, refuse, type Problem } from './refusal.js';
import type { Views } from './views.js';

/** The position that an answer is given for. */
export interface Moment {
  readonly position: bigint;
  /** The position or time that was asked for, in its full form; null for now. */
  readonly asOf: string | null;
  /** The id of the log that the position is one of, where the log has an id. */
  readonly logId?: string;
}

export interface MomentRequest {
  /** A position (1 to 20 digits), one of a named log (`log_…:` before it), or an RFC 3339 time. */
  readonly asOf?: string | undefined;
  readonly minPosition?: string | undefined;
  /** The reader's clock. */
  readonly now: Date;
  /** What a cursor pinned; `asOf` and `minPosition` were compared with it already (see cursor.ts). */
  readonly pinned?: Moment | undefined;
}

const waitMs = 2_000;
const digits = /^\d{1,20}$/;

const invalid = (pointer: string, code: Problem['code']): never => {
  throw new Refusal('invalid-request', {}, [{ code, pointer }]);
};

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const lowest = (views: Views, names: readonly string[]): bigint =>
  names
    .map((name) => views.checkpoint(name).position)
    .reduce((least, position) => (position < least ? position : least));

/** Waits until all the views have reached the position, and can be read at all. */
const reach = async (views: Views, names: readonly string[], position: bigint, beyondHead: string): Promise<void> => {
  const reached = await Promise.all(names.map((name) => views.waitFor(name, position, { timeoutMs: 0 })));
  if (!reached.includes(false)) return;
  if (position > (await views.log.head())) throw new Refusal(beyondHead);
  const waited = await Promise.all(
    names.map((name) => views.waitFor(name, position, { timeoutMs: waitMs, hurry: true })),
  );
  if (waited.includes(false)) throw new Refusal('view-behind', { position: formatPosition(lowest(views, names)) });
};

/**
 * The position of the last event recorded at or before a time.
 * @throws Refusal as-of-in-the-future beyond the clock
 * @throws Refusal view-behind when the log's latest events are not known to `moments` within 2 s
 */
export const positionOfTime = async (views: Views, time: string, now: Date): Promise<bigint> => {
  if (time > now.toISOString()) throw new Refusal('as-of-in-the-future');
  await reach(views, ['moments'], 0n, 'view-behind');
  // Times never go back, so a later one than asked for settles the answer.
  if (views.checkpoint('moments').recordedAt <= time)
    await reach(views, ['moments'], await views.log.head(), 'view-behind');
  const { position } = views.checkpoint('moments');
  return views.read('moments', (live) => positionAt(views.store, live, time, position));
};

/**
 * The position of this log that a named one stands for: itself, or where it was copied to.
 * @throws Refusal position-unknown for another log, and beyond what was copied of an earlier one
 */
const positionNamed = async (views: Views, named: NamedPosition): Promise<bigint> => {
  if (named.logId === (await views.logId())) return named.position;
  return (await views.earlier.here(named)) ?? refuse('position-unknown');
};

const positionAsked = async (views: Views, asOf: string, now: Date): Promise<Moment> => {
  if (digits.test(asOf)) return { position: BigInt(asOf), asOf: formatPosition(BigInt(asOf)) };
  const named = parseNamedPosition(asOf);
  if (named !== undefined) {
    const position = await positionNamed(views, named);
    return { position, asOf: formatPosition(position) };
  }
  const time = parseTime(asOf) ?? invalid('/asOf', 'format');
  return { position: await positionOfTime(views, time, now), asOf: time };
};

/**
 * Settles the one moment at which views are read together: now is the lowest of their checkpoints.
 * @throws Refusal invalid-request for what is neither a position nor a time, and for both parameters at once
 * @throws Refusal as-of-in-the-future beyond the head of the log or the clock
 * @throws Refusal position-unknown for a `minPosition` beyond the head, and for a position of a log that this one does not come from
 * @throws Refusal cursor-invalid where another log's moment was pinned
 * @throws Refusal view-behind with the `position` reached, after 2 s
 */
export const momentOf = async (views: Views, names: readonly string[], request: MomentRequest): Promise<Moment> => {
  const { pinned, now } = request;
  const logId = await views.logId();
  const ofLog = logId === null ? {} : { logId };
  if (pinned !== undefined) {
    if (pinned.logId !== ofLog.logId) refuse('cursor-invalid');
    await reach(views, names, pinned.position, 'cursor-invalid');
    return pinned;
  }
  const asOf = given(request.asOf);
  const minPosition = given(request.minPosition);
  if (asOf !== undefined && minPosition !== undefined) invalid('/minPosition', 'unknown');
  if (asOf !== undefined) {
    const moment = await positionAsked(views, asOf, now);
    await reach(views, names, moment.position, 'as-of-in-the-future');
    return { ...moment, ...ofLog };
  }
  if (minPosition !== undefined && !digits.test(minPosition)) invalid('/minPosition', 'format');
  await reach(views, names, BigInt(minPosition ?? 0), 'position-unknown');
  return { position: lowest(views, names), asOf: null, ...ofLog };
};
