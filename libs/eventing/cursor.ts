import type { Moment } from './moment.js';
import { formatPosition, parseNamedPosition } from './position.js';
import { refuse } from './refusal.js';
import type { ColumnValue } from './view-store.js';

/** Turns text into something that only this installation can read or make. */
export interface Sealing {
  readonly seal: (text: string) => string;
  /** Undefined when it was not sealed here. */
  readonly open: (sealed: string) => string | undefined;
}

/** Where a page ended in the order of its list. */
export interface Place {
  readonly value: ColumnValue;
  readonly key: string;
}

/** What a list was asked for, as the caller sent it; what was left out is absent or empty. */
export interface ListRequest {
  /** Names the list, and the account or application in its path. */
  readonly list: string;
  readonly sort?: string | undefined;
  readonly filters: Readonly<Record<string, string | undefined>>;
  readonly asOf?: string | undefined;
  readonly minPosition?: string | undefined;
}

/** What a cursor pins: the moment, the question, and the place to go on after. */
export interface Cursor {
  readonly position: bigint;
  /** The id of the log that the position is one of, where the log has an id. */
  readonly logId?: string | undefined;
  readonly request: ListRequest;
  readonly after: Place;
}

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== '';

const contradicts = (pinned: string | undefined, repeated: string | undefined): boolean =>
  isGiven(repeated) && repeated !== pinned;

/** The moment that a cursor pins. */
export const momentOfCursor = ({ position, logId, request: { asOf } }: Cursor): Moment => {
  const isNamed = asOf !== undefined && parseNamedPosition(asOf) !== undefined;
  return { position, asOf: isNamed ? formatPosition(position) : (asOf ?? null), ...(logId !== undefined && { logId }) };
};

/** The cursor as sealed text. The words of a search are inside, so the sealing must hide what it seals. */
export const sealCursor = ({ seal }: Sealing, { position, logId, request, after }: Cursor): string =>
  seal(JSON.stringify({ position: position.toString(), logId, request, after }));

/**
 * Opens a cursor and compares it with what came beside it: each parameter is left out or repeated.
 * The question to answer is the cursor's own.
 * @throws Refusal cursor-invalid for what was not sealed here
 * @throws Refusal cursor-mismatch for another list, or another sort, filter, asOf or minPosition than pinned
 */
export const openCursor = ({ open }: Sealing, sealed: string, beside: ListRequest): Cursor => {
  const text = open(sealed) ?? refuse('cursor-invalid');
  const { position, logId, request, after } = JSON.parse(text) as Omit<Cursor, 'position'> & {
    readonly position: string;
  };
  const filters = Object.entries(beside.filters);
  if (
    request.list !== beside.list ||
    contradicts(request.sort, beside.sort) ||
    contradicts(request.asOf, beside.asOf) ||
    contradicts(request.minPosition, beside.minPosition) ||
    filters.some(([name, value]) => contradicts(request.filters[name], value))
  )
    refuse('cursor-mismatch');
  return { position: BigInt(position), logId, request, after };
};
