import type { Place } from './cursor.js';
import { diff, type DiffLine, type DiffQuery } from './diff.js';
import { momentOf, positionOfTime, type Moment, type MomentRequest } from './moment.js';
import type { Cause, Condition, FoundRow, RowQuery, RowVersion } from './view-store.js';
import type { Views } from './views.js';

export interface PageQuery {
  readonly moment: Moment;
  readonly where: readonly Condition[];
  readonly order: RowQuery['order'];
  readonly limit: number;
  readonly after?: Place | undefined;
}

export interface Page {
  readonly rows: readonly FoundRow[];
  /** Where the next page goes on; absent on the last one. */
  readonly next?: Place;
}

/** Reads views as they stood at a moment. Take the moment first, then everything at it. */
export class ViewReader {
  readonly #views: Views;

  constructor(views: Views) {
    this.#views = views;
  }

  /** The one moment at which the named views are read together; see {@link momentOf} for what it refuses. */
  async moment(names: readonly string[], request: MomentRequest): Promise<Moment> {
    return momentOf(this.#views, names, request);
  }

  /** The position of the last event recorded at or before a time (RFC 3339, UTC, milliseconds); see {@link positionOfTime}. */
  async positionAt(time: string, now: Date): Promise<bigint> {
    return positionOfTime(this.#views, time, now);
  }

  async get(view: string, key: string, moment: Moment): Promise<RowVersion | undefined> {
    return (await this.many(view, [key], moment)).get(key);
  }

  /** The rows that stood, by key. */
  async many(view: string, keys: readonly string[], { position }: Moment): Promise<ReadonlyMap<string, RowVersion>> {
    return this.#views.read(view, (live) => this.#views.store.get(live, keys, position));
  }

  async page(view: string, { moment, where, order, limit, after }: PageQuery): Promise<Page> {
    const query = { asOf: moment.position, where, order, limit: limit + 1, ...(after && { after }) };
    const found = await this.#views.read(view, (live) => this.#views.store.list(live, query));
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return found.length > limit && last ? { rows, next: { value: last.sortValue, key: last.key } } : { rows };
  }

  /** How many rows, or distinct values of a column, match; counted no further than `cap`. */
  async count(
    view: string,
    { moment, ...query }: { moment: Moment; where: readonly Condition[]; distinct?: string; cap: number },
  ): Promise<number> {
    return this.#views.read(view, (live) => this.#views.store.count(live, { asOf: moment.position, ...query }));
  }

  /** All versions of a key that had begun, oldest first, as they were: ends that were still to come don't show. */
  async history(view: string, key: string, { position }: Moment): Promise<readonly RowVersion[]> {
    const versions = await this.#views.read(view, (live) => this.#views.store.versions(live, key));
    return versions
      .filter(({ from }) => from <= position)
      .map((version) =>
        version.until !== null && version.until > position ? { ...version, until: null, closedBy: null } : version,
      );
  }

  /** What opened or closed versions of the keys within (after, upTo], in log order; keys that nothing touched are left out. */
  async causes(
    view: string,
    keys: readonly string[],
    range: { readonly after: bigint; readonly upTo: bigint },
  ): Promise<ReadonlyMap<string, readonly Cause[]>> {
    return this.#views.read(view, (live) => this.#views.store.causes(live, keys, range));
  }

  /** The rows whose version differs between two positions; both must have been reached (take a moment at `to`). */
  async diff(
    view: string,
    query: DiffQuery,
  ): Promise<{ readonly lines: readonly DiffLine[]; readonly next: string | undefined }> {
    return this.#views.read(view, (live) => diff(this.#views.store, live, query));
  }
}
