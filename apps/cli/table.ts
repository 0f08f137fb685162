/** Without what could move the cursor of a terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | null;
  /** Numbers stand at the right. */
  readonly right?: boolean;
}

/** Rows under their titles, every column as wide as its widest text. */
export const table = <Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] => {
  const texts = rows.map((row) => columns.map(({ of }) => plain(String(of(row) ?? '-'))));
  const lines = [columns.map(({ title }) => title.toUpperCase()), ...texts];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((text, index) =>
        columns[index]?.right === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};
