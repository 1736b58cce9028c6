/** What areas of tests took, as text: by the clock, and of processors, which other work on the machine changes little. */
import type { Taken } from '../mocha-reporter.ts';

export interface Area {
  readonly area: string;
  /** Seconds from start to end of its process. */
  readonly wall: number;
  readonly taken: readonly Taken[];
}

const HEAD = '    wall  processors  of these children, in seconds';

function line(parts: readonly Taken[], wall: number, name: string): string {
  const sum = (of: (part: Taken) => number): string =>
    parts.reduce((total, part) => total + of(part), 0).toFixed(1);
  const cells = [
    wall.toFixed(1),
    sum(({ own, children }) => own + children),
    sum(({ children }) => children),
  ];
  return `${cells[0]!.padStart(8)}${cells[1]!.padStart(12)}${cells[2]!.padStart(10)}  ${name}`;
}

const wallOf = (parts: readonly Taken[]): number => parts.reduce((total, { wall }) => total + wall, 0);
const processors = (parts: readonly Taken[]): number =>
  parts.reduce((total, { own, children }) => total + own + children, 0);

/** One line for each area, those that took the most first. */
export function summary(areas: readonly Area[]): string {
  const sorted = areas.toSorted((a, b) => processors(b.taken) - processors(a.taken));
  const all = areas.flatMap(({ taken }) => taken);
  return [
    HEAD,
    ...sorted.map(({ area, wall, taken }) => line(taken, wall, area)),
    line(
      all,
      areas.reduce((total, { wall }) => total + wall, 0),
      'all, one after the other',
    ),
  ].join('\n');
}

/** The same, then each file, then each test and hook of a tenth of a second or more. */
export function table(areas: readonly Area[]): string {
  const all = areas.flatMap(({ area, taken }) =>
    taken.map((part) => (part.file.includes('/') ? part : { ...part, file: `test/${area} ${part.file}` })),
  );
  const files = [...Map.groupBy(all, ({ file }) => file)]
    .toSorted(([, a], [, b]) => processors(b) - processors(a))
    .map(([file, parts]) => line(parts, wallOf(parts), file));
  const tests = all
    .filter(({ own, children }) => own + children >= 0.1)
    .toSorted((a, b) => b.own + b.children - a.own - a.children)
    .map((part) => line([part], part.wall, `${part.file}  ${part.name}`));
  return `${[summary(areas), HEAD, ...files, HEAD, ...tests].join('\n')}\n`;
}
