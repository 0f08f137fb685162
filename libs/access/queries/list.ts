import {
  type ListRequest,
  momentOfCursor,
  type Place,
  type Sealing,
  openCursor,
  sealCursor,
} from '#eventing/cursor.js';
import type { Moment } from '#eventing/moment.js';
import { parseTime } from '#eventing/moments.js';
import { formatPosition, parseNamedPosition } from '#eventing/position.js';
import { Refusal } from '#eventing/refusal.js';
import { foldText } from '#eventing/search-text.js';
import type { ColumnValue, Condition, RowQuery } from '#eventing/view-store.js';
import type { Reading } from './query.js';

/** What every list is asked by. Filters are as they were sent: several values joined by commas. */
export interface ListParameters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly count: boolean;
  readonly sort?: string | undefined;
  readonly asOf?: string | undefined;
  readonly minPosition?: string | undefined;
  readonly filters: Readonly<Record<string, string | undefined>>;
}

/** What every list answers. */
export interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
  /** 20 digits. */
  readonly position: string;
  readonly asOf: string | null;
  readonly count: number | null;
  readonly countCapped: boolean;
}

export interface ListDefinition {
  /** Names the list, and the account or application in its path: a cursor fits no other. */
  readonly name: string;
  /** Sort keys with the column that each sorts by. */
  readonly sorts: Readonly<Record<string, string>>;
  /** `name`, or `-name` for descending. */
  readonly defaultSort: string;
}

/** A list as it was asked for: by its parameters, or by what its cursor pinned. */
export interface OpenList {
  /** Where a page begins, in which order. */
  readonly place: { readonly order: RowQuery['order']; readonly limit: number; readonly after: Place | undefined };
  /** The sort key that was asked for. */
  readonly sort: string;
  readonly minPosition: string | undefined;
  readonly filter: (name: string) => string | undefined;
  /** The values of a filter that takes several. */
  readonly values: (name: string) => readonly string[] | undefined;
  /** A filter that is a time, in UTC with milliseconds. */
  readonly time: (name: string) => string | undefined;
  /** The one moment at which the page is read. Take it after the caller's reach was checked. */
  readonly moment: (reading: Reading, views: readonly string[], now: string) => Promise<Moment>;
  readonly page: <Row>(answered: {
    readonly moment: Moment;
    readonly items: readonly Row[];
    readonly next: Place | undefined;
    /** Counts no further than `cap`; asked only when a count is wanted. */
    readonly count: (cap: number) => Promise<number>;
  }) => Promise<Page<Row>>;
}

const mostCounted = 10_000;

const invalidParameter = (parameter: string): never => {
  const problem = { parameter, code: 'format' };
  throw new Refusal('invalid-request', {}, [problem]);
};

const sortColumn = ({ sorts }: ListDefinition, sort: string): RowQuery['order'] => {
  const descending = sort.startsWith('-');
  const column = sorts[descending ? sort.slice(1) : sort];
  return { column: column ?? invalidParameter('sort'), descending };
};

/** The same moment said in one way, so that a cursor may be repeated with either. */
const inFull = (moment: string | undefined): string | undefined => {
  if (moment === undefined || moment === '') return undefined;
  const named = parseNamedPosition(moment);
  if (named !== undefined) return `${named.logId}:${formatPosition(named.position)}`;
  return /^\d{1,20}$/.test(moment) ? formatPosition(BigInt(moment)) : (parseTime(moment) ?? moment);
};

/**
 * Reads the parameters of a list, or its cursor. Nothing of the views is read yet.
 * @throws Refusal cursor-invalid, cursor-mismatch, and invalid-request for an unknown sort
 */
export const openList = (sealing: Sealing, definition: ListDefinition, parameters: ListParameters): OpenList => {
  const { name, defaultSort } = definition;
  const { filters, limit } = parameters;
  // A first page pins the default by its name, so that a cursor takes it said as well as left out.
  const sort = parameters.sort ?? (parameters.cursor === undefined ? defaultSort : undefined);
  const [asOf, minPosition] = [inFull(parameters.asOf), inFull(parameters.minPosition)];
  const beside: ListRequest = { list: name, sort, filters, asOf, minPosition };
  const cursor = parameters.cursor === undefined ? undefined : openCursor(sealing, parameters.cursor, beside);
  const request = cursor?.request ?? beside;
  const sorted = request.sort ?? defaultSort;
  const order = sortColumn(definition, sorted);
  const filter = (filterName: string): string | undefined => {
    const text = request.filters[filterName];
    return text === '' ? undefined : text;
  };
  return {
    place: { order, limit, after: cursor?.after },
    sort: sorted,
    minPosition: request.minPosition,
    filter,
    values: (filterName) => filter(filterName)?.split(','),
    time: (filterName) => {
      const text = filter(filterName);
      return text === undefined ? undefined : (parseTime(text) ?? invalidParameter(filterName));
    },
    moment: (reading, views, now) =>
      reading.reader.moment(views, {
        now: new Date(now),
        asOf: request.asOf,
        minPosition: request.minPosition,
        pinned: cursor && momentOfCursor(cursor),
      }),
    page: async ({ moment, items, next, count }) => {
      const counted = parameters.count ? await count(mostCounted + 1) : null;
      const { position, logId } = moment;
      return {
        items,
        nextCursor: next === undefined ? null : sealCursor(sealing, { position, logId, request, after: next }),
        position: formatPosition(position),
        asOf: moment.asOf,
        count: counted === null ? null : Math.min(counted, mostCounted),
        countCapped: counted !== null && counted > mostCounted,
      };
    },
  };
};

/** Every word that was searched for begins some word of the row. */
export const searching = (search: string | undefined): Condition[] =>
  foldText(search ?? '')
    .split(/\s+/u)
    .filter((word) => word !== '')
    .map((word) => ({ wordStartsWith: word }));

/** One of these values, when any were asked for. */
export const oneOf = (column: string, values: readonly ColumnValue[] | undefined): Condition[] =>
  values === undefined ? [] : [{ column, in: values }];
