export const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** A table as Markdown has them; the first row is its head. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell, i) => String(cell).padEnd(widths[i] ?? 0)).join(' | ')} |\n`;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + body.map(line).join('');
}

/** The median. */
export const middle = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
