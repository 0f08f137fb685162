import type { Sealing } from '#eventing/cursor.js';
import type { ViewReader } from '#eventing/view-reader.js';
import type { Privacy } from '#privacy/privacy.js';
import type { Access } from '../access.js';
import type { Caller } from '../caller.js';

/** Who asks, and when. */
export interface QueryContext {
  readonly caller: Caller;
  /** The reader's clock (RFC 3339, UTC, milliseconds). */
  readonly now: string;
}

/** A query class with these fields beside those of its context: `class GetAccount extends query<{ accountId: string }>() {}`. */
export const query = <Fields extends object>(): new (
  fields: Fields,
  context: QueryContext,
) => Readonly<Fields> & QueryContext =>
  class {
    constructor(fields: Fields, context: QueryContext) {
      Object.assign(this, context, fields);
    }
  } as never;

/** What queries are answered from. */
export interface Reading {
  readonly reader: ViewReader;
  /** Today's rights, and people's names from their own records. */
  readonly access: Access;
  /** Opens reasons in the audit log. */
  readonly privacy: Pick<Privacy, 'open'>;
  /** Of cursors. */
  readonly sealing: Sealing;
  /** What `GET /v1/platform` calls this installation. */
  readonly platformName: string;
}

/** Injectable: the {@link Reading} of this process. */
export const READING = Symbol('Reading');

/** A query class, and how it is answered. */
export interface Answering<Asked extends QueryContext = QueryContext> {
  readonly query: new (...args: never[]) => QueryContext;
  readonly answer: (query: Asked, reading: Reading) => Promise<unknown>;
}

/** For lists of them: their queries differ, the bus brings each its own. */
export type AnyAnswering = Answering<never>;

export const answer = <Asked extends QueryContext>(
  asked: new (...args: never[]) => Asked,
  how: Answering<Asked>['answer'],
): Answering<Asked> => ({ query: asked, answer: how });
