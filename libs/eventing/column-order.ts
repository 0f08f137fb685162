import type { ColumnValue } from './view-store.js';

/** The order of texts by their UTF-8 bytes; JavaScript's own goes by UTF-16 units and differs beyond the BMP. */
export const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The order of column values: null, then ascending. */
export const compareValues = (a: ColumnValue, b: ColumnValue): number => {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
};
