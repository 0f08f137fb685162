import { compareValues } from '../column-order.js';
import type { ColumnValue, Condition } from '../view-store.js';

/** What a condition is tested on: the row's columns with its key, and its words. */
export interface Testable {
  readonly columns: Readonly<Record<string, ColumnValue>>;
  readonly words: readonly string[];
}

/** Whether the row meets the condition. Null is a value for `in` and `notIn` and lies in no range. */
export const meets = (row: Testable, condition: Condition): boolean => {
  if ('anyOf' in condition) return condition.anyOf.some((part) => meets(row, part));
  if ('wordStartsWith' in condition) return row.words.some((word) => word.startsWith(condition.wordStartsWith));
  const value = row.columns[condition.column] ?? null;
  if ('in' in condition) return condition.in.includes(value);
  if ('notIn' in condition) return !condition.notIn.includes(value);
  return (
    value !== null &&
    (condition.from === undefined || compareValues(value, condition.from) >= 0) &&
    (condition.below === undefined || compareValues(value, condition.below) < 0)
  );
};
