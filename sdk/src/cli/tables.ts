/** Tables on a terminal, and how numbers and names are written. */
import { printable } from '../errors/index.ts';

/** `1,234,567` */
export function grouped(value: number): string {
  // Not `toLocaleString`: the first call of it loads the tables of all languages.
  return String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `12.3` of a part and its whole. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '0.0' : ((100 * part) / whole).toFixed(1);
}

/** At most so many characters, the last an ellipsis where some are left out. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The end of a mangled name tells more than its middle. */
function shortenedName(text: string): string {
  const half = LONGEST / 2;
  return text.length <= LONGEST ? text : `${text.slice(0, half - 1)}…${text.slice(-half)}`;
}

const LONGEST = 60;

/** Lines with a heading; the first column to the left, all others to the right. */
export function formatColumns(
  heading: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [heading, ...rows].map((row) =>
    row.map((cell, i) =>
      i === 0 ? shortenedName(printable(String(cell))) : typeof cell === 'number' ? grouped(cell) : cell,
    ),
  );
  const widths = heading.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Whole MiB. */
export const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);

/** `maxFee` as an option is called: `max-fee`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
