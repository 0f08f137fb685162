import { formatPosition } from './position.js';
import type { Generation, ViewStore } from './view-store.js';
import type { View } from './view.js';

type MomentRow = { readonly recordedAt: string };

/** Time → position: a row for every event. Times and keys ascend together, so a time finds its last event at one place of the index. */
export const moments: View<MomentRow> = {
  name: 'moments',
  version: 1,
  columns: { recordedAt: 'text' },
  indexes: [['recordedAt']],
  appendOnly: true,
  rows: (event) => [formatPosition(event.position)],
  fold: (_row, event) => ({ recordedAt: event.recordedAt }),
  columnsOf: ({ recordedAt }) => ({ recordedAt }),
};

/** The position of the last event recorded at or before a time (RFC 3339, UTC, milliseconds), among those up to `asOf`; 0 when there is none. */
export const positionAt = async (
  store: ViewStore,
  generation: Generation,
  time: string,
  asOf: bigint,
): Promise<bigint> => {
  const below = new Date(Date.parse(time) + 1).toISOString();
  const where = [{ column: 'recordedAt', below }];
  const order = { column: 'recordedAt', descending: true };
  const [last] = await store.list(generation, { asOf, where, order, limit: 1 });
  return BigInt(last?.key ?? 0);
};

const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** An RFC 3339 time in UTC with milliseconds (finer parts are cut off); undefined when the text is none. */
export const parseTime = (text: string): string | undefined => {
  const [, date = '', clock = '', fraction = '.0', zone = 'Z'] = rfc3339.exec(text) ?? [];
  const milliseconds = `.${fraction.slice(1, 4).padEnd(3, '0')}`;
  const local = Date.parse(`${date}T${clock}${milliseconds}Z`);
  // Dates like 30 February are moved on by the parser.
  if (Number.isNaN(local) || new Date(local).toISOString() !== `${date}T${clock}${milliseconds}Z`) return undefined;
  const time = Date.parse(`${date}T${clock}${milliseconds}${zone.toUpperCase()}`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};
