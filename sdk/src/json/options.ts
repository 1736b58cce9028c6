/** Options that callers give as objects: names that nobody knows are refused, since what they ask for would not happen. */
import { fail } from '../errors/index.ts';

/** Every name of an options type, of a union those of each, and no other: the compiler says which is missing or left over. */
export type OptionNames<T> = { readonly [K in T extends unknown ? keyof T : never]: true };

/** @throws INPUT_INVALID for the first name that is none of these; one without a value is none at all */
export function requireNames(given: object, names: Readonly<Record<string, true>>, where: string): void {
  if (typeof given !== 'object' || given === null) {
    fail('INPUT_INVALID', 'the options are no object', {
      where,
      fix: `Give an object of ${list(names)}`,
    });
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    fail('INPUT_INVALID', `there is no option ${JSON.stringify(shortened(name))}`, {
      where,
      fix: `Did you mean ${nearest(name, Object.keys(names))}? There are ${list(names)}`,
    });
  }
}

const list = (names: object): string => Object.keys(names).join(', ');
const LONGEST = 60;
const shortened = (name: string): string =>
  name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 1)}…`;

/** One that begins so or is in it, else the one with the fewest letters to insert, leave out or replace, whatever their case. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const text = shortened(name).toLowerCase();
  const distances = known.map((other) => {
    const name = other.toLowerCase();
    const letters = distance(text, name);
    return name.startsWith(text) || text.startsWith(name) ? Math.min(letters, 0.5) : letters;
  });
  return known[distances.indexOf(Math.min(...distances))];
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
