/** What the cells of an image must be: in order, apart, in their places, and no more than instructions take them for. */
import {
  CELLS_PER_PAGE,
  CHAIN_START,
  GLOBALS,
  INPUT_COUNTER,
  MAX_PAGES,
  MAX_REGION,
  MEMORY,
  OUTPUT_COUNTER,
  PAGES,
  STACK,
  STACK_END,
  STACK_SLOTS,
  TABLES,
} from '../memory-map.ts';
import type { Program } from '../program.ts';
import { WORD32, WORD64 } from './frame.ts';
import { refuse } from './rules.ts';

export interface Cells {
  /** The most that the global or the like of this key holds. */
  readonly mostOf: (key: number) => number;
  /** Globals and the like have the keys from GLOBALS up to here, elements of tables and words of segments those from TABLES. */
  readonly globalsEnd: number;
  readonly tablesEnd: number;
}

/** Words in increasing order, regions apart from each other and from the words, and not too long. */
function checkOrder(words: Program['words'], zeros: Program['zeros']): void {
  let before = CHAIN_START;
  for (const { key, value } of words) {
    const name = `initial cell 0x${key.toString(16)}`;
    if (!(Number.isInteger(key) && key > before)) refuse('cells', `${name} out of order`);
    // The image takes 64 bits of it.
    if (BigInt.asUintN(64, value) !== value)
      refuse('cells', `${name} starts with ${value}, which is no word`);
    before = key;
  }
  let [end, next] = [CHAIN_START, 0];
  for (const { lo, hi } of zeros) {
    const name = `zero region 0x${lo.toString(16)} … 0x${hi.toString(16)}`;
    const isRange = Number.isInteger(lo) && Number.isInteger(hi) && hi >= lo && hi - lo < MAX_REGION;
    if (!(isRange && lo > end)) refuse('cells', `${name} is too long or not apart`);
    while (next < words.length && words[next]!.key < lo) next++;
    if (next < words.length && words[next]!.key <= hi) refuse('cells', `${name} contains an initial cell`);
    end = hi;
  }
}

/** Cells of the address space that an image supplies: each zone has so many of them, from its first key on. */
interface Zone {
  readonly name: string;
  readonly from: number;
  /** Exclusive; cells between the zones are refused. */
  readonly to: number;
  /** Undefined where it is the program's business. */
  readonly cells: number | undefined;
  /** The most that a word is; −1 where there is none. */
  readonly most: (key: number) => number;
}

export function checkCells(program: Program): Cells {
  const { words, bounds } = program;
  const zeros = [...program.zeros].sort((a, b) => a.lo - b.lo);
  checkOrder(words, zeros);
  // A hint that is no number, or less than every word, would make comparisons say what is not so.
  for (const [key, most] of bounds) {
    if (!(most >= 0)) refuse('cells', `cell 0x${key.toString(16)} bounded by ${most}`);
  }
  const pages = Number(words.find(({ key }) => key === PAGES)?.value ?? 0n);
  const mostOf = (key: number): number => bounds.get(key) ?? WORD64;
  const none = (): number => -1;
  const word32 = (): number => WORD32;
  const globals: Zone = {
    name: 'globals',
    from: GLOBALS,
    to: TABLES,
    cells: undefined,
    most: mostOf,
  };
  const tables: Zone = { name: 'tables', from: TABLES, to: STACK, cells: undefined, most: word32 };
  const zones: readonly Zone[] = [
    // Counters start at 0, or the first input could not be read and the first output not be written.
    { name: 'counters', from: INPUT_COUNTER, to: OUTPUT_COUNTER + 1, cells: 2, most: none },
    { name: 'pages', from: PAGES, to: PAGES + 1, cells: 1, most: () => MAX_PAGES },
    globals,
    tables,
    { name: 'stack', from: STACK, to: STACK_END, cells: STACK_SLOTS, most: none },
    // As many as the pages say: with fewer or more there were accesses that neither succeed nor trap, or do both.
    {
      name: 'memory',
      from: MEMORY,
      to: MEMORY + Math.max(0, Math.min(pages, MAX_PAGES)) * CELLS_PER_PAGE,
      cells: pages * CELLS_PER_PAGE,
      most: word32,
    },
  ];
  const counts = new Map(zones.map((zone) => [zone, 0]));
  const count = (zone: Zone, cells: number): void => {
    counts.set(zone, counts.get(zone)! + cells);
  };
  // Keys come in increasing order, and so do the zones.
  const finder = (): ((key: number) => Zone) => {
    let at = 0;
    return (key) => {
      while (at < zones.length && key >= zones[at]!.to) at++;
      const zone = zones[at];
      if (zone === undefined || key < zone.from) {
        refuse('cells', `a cell 0x${key.toString(16)} that nothing can mean`);
      }
      return zone;
    };
  };
  const zoneOfWord = finder();
  for (const { key, value } of words) {
    const zone = zoneOfWord(key);
    count(zone, 1);
    if (Number(value) > zone.most(key)) {
      refuse('cells', `cell 0x${key.toString(16)} of the ${zone.name} starts with ${value}`);
    }
  }
  const zoneOfRegion = finder();
  for (const { lo, hi } of zeros) {
    const zone = zoneOfRegion(lo);
    if (hi >= zone.to) refuse('cells', `a zero region beyond the ${zone.name}`);
    count(zone, hi - lo + 1);
  }
  for (const [{ name, cells }, found] of counts) {
    if (cells !== undefined && found !== cells) {
      refuse('cells', `${found} cells of the ${name}, which has ${cells}`);
    }
  }
  for (const zone of [globals, tables]) checkGapless(program, zone, counts.get(zone)!);
  return {
    mostOf,
    globalsEnd: GLOBALS + counts.get(globals)!,
    tablesEnd: TABLES + counts.get(tables)!,
  };
}

/** Cells of a zone are its first ones. */
function checkGapless({ words, zeros }: Program, { name, from, to }: Zone, count: number): void {
  const inside = (key: number): boolean => key >= from && key < to;
  const end = from + count;
  const beyond =
    words.some(({ key }) => inside(key) && key >= end) || zeros.some(({ hi }) => inside(hi) && hi >= end);
  if (beyond) refuse('cells', `the ${name} have a gap`);
}
