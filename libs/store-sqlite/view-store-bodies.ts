import type { SQLOutputValue } from 'node:sqlite';
import type { JsonObject, JsonValue } from '#eventing/json.js';
import type { ColumnValue } from '#eventing/view-store.js';
import type { RowTable } from './view-store-schema.js';

/** A number names the columns that hold fields: so many bits are safe. */
const mostColumns = 30;
const numberBase = 36;

export interface Bodies {
  /** The text to store: what the row's columns hold is left out, and a number before the JSON tells which. */
  readonly pack: (body: JsonObject, columns: Readonly<Record<string, ColumnValue>>) => string;
  /** The body again, its fields in any order. */
  readonly unpack: (packed: string, held: (column: string) => SQLOutputValue | undefined) => JsonObject;
}

/** Whether the engine gives exactly this back from a column of the type. */
const keepsExactly = (value: JsonValue | undefined, type: string): boolean => {
  if (value === null) return true;
  if (type === 'text') return typeof value === 'string' && value.isWellFormed();
  return Number.isSafeInteger(value) && !Object.is(value, -0);
};

/** Rows of a table hold most of their fields in columns already; kept once, they are a third smaller. */
export const bodiesOf = ({ columns, types }: Pick<RowTable, 'columns' | 'types'>): Bodies => {
  const held = columns.slice(0, mostColumns);
  const bits = new Map(held.map((column, index) => [column, 1 << index]));
  const namesOf = new Map<number, readonly string[]>();
  const namedBy = (number: number): readonly string[] => {
    const known = namesOf.get(number) ?? held.filter((column) => (number & (bits.get(column) ?? 0)) !== 0);
    namesOf.set(number, known);
    return known;
  };
  return {
    pack: (body, values) => {
      let number = 0;
      const rest: Record<string, JsonValue> = {};
      for (const [field, value] of Object.entries(body)) {
        const bit = bits.get(field);
        if (value === undefined) continue;
        if (bit !== undefined && (values[field] ?? null) === value && keepsExactly(value, types[field] ?? ''))
          number |= bit;
        else rest[field] = value;
      }
      return number.toString(numberBase) + JSON.stringify(rest);
    },
    unpack: (packed, valueOf) => {
      const start = packed.indexOf('{');
      const body = JSON.parse(start === 0 ? packed : packed.slice(start)) as Record<string, JsonValue>;
      if (start === 0) return body;
      for (const column of namedBy(Number.parseInt(packed.slice(0, start), numberBase))) {
        const value = valueOf(column);
        body[column] = typeof value === 'bigint' ? Number(value) : ((value ?? null) as JsonValue);
      }
      return body;
    },
  };
};
