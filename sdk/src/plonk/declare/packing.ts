/**
 * Who shares a commitment with whom. A pack costs the verifier a multiplication in G1 and the prover an opening of `t` times its
 * tallest column: tall chips take small factors, short ones share packs.
 */
import type { ChipWidths, PackColumn, Packing, PackShape, PackStage } from './declare.ts';
import { PACK_STAGES, widthOf } from './declare.ts';

/** Packs of `t` columns of one chip, by its name: the simplest packing. */
export function packByChip(t: Readonly<Record<string, number>>): Packing {
  return (chips) =>
    PACK_STAGES.flatMap((stage) =>
      chips.flatMap((chip, j) => {
        const factor = t[chip.name];
        if (factor === undefined) throw new RangeError(`no packing factor for ${chip.name}`);
        return cut(stage, columnsOf(chip, j, stage), () => factor);
      }),
    );
}

export interface PackingChoice {
  /** What `t·n` of a pack is to stay within where the chips have their typical heights. */
  readonly longest: number;
  /** The same for chips that have their height from the key: the smallest proof pays for it too. */
  readonly always: number;
  /** log2 of the height that a chip usually has, by its name, for the other chips. */
  readonly typical: Readonly<Record<string, number>>;
  /** The factor of packs that a program key commits to: the same under every key of a machine. Default: as for other columns. */
  readonly program?: number;
  /** No factor is larger: with D powers of τ it bounds the height of every chip to `D/most`. */
  readonly most: number;
}

/**
 * The packing with the fewest packs for `t·n ≤ longest` at typical heights: from the tallest chip down, each pack takes the
 * factor that its tallest column allows, and is filled with columns of that chip and of the next ones.
 */
export function choosePacks({ longest, always, typical, program, most }: PackingChoice): Packing {
  const factorOf = ({ name, height }: ChipWidths): number => {
    const log = height.from === 'key' ? height.log : typical[name];
    if (log === undefined) throw new RangeError(`no typical height for ${name}`);
    const room = Math.floor((height.from === 'key' ? always : longest) / 2 ** log);
    return Math.max(1, Math.min(most, room));
  };
  return (chips) => {
    const factors = chips.map(factorOf);
    const order = chips.map((_, j) => j).sort((a, b) => factors[a]! - factors[b]! || a - b);
    // Fixed columns of different keys stand apart.
    const groups: (readonly [PackStage, (chip: ChipWidths) => boolean])[] = [
      ['main', () => true],
      ['fixed', ({ height }) => height.from === 'key'],
      ['fixed', ({ height }) => height.from === 'program'],
      ['helper', () => true],
    ];
    const ofProgram = ({ height }: ChipWidths): boolean => height.from === 'program';
    return groups.flatMap(([stage, belongs]) =>
      cut(
        stage,
        order.flatMap((j) => (belongs(chips[j]!) ? columnsOf(chips[j]!, j, stage) : [])),
        ([j]) => (stage === 'fixed' && ofProgram(chips[j]!) ? (program ?? factors[j]!) : factors[j]!),
      ),
    );
  };
}

function columnsOf(chip: ChipWidths, j: number, stage: PackStage): PackColumn[] {
  return Array.from({ length: widthOf(chip, stage) }, (_, i) => [j, i] as const);
}

/** Consecutive columns, as many as the factor of the first one. */
function cut(
  stage: PackStage,
  columns: readonly PackColumn[],
  factor: (first: PackColumn) => number,
): PackShape[] {
  const packs: PackShape[] = [];
  for (let at = 0; at < columns.length; ) {
    const t = factor(columns[at]!);
    packs.push({ stage, t, columns: columns.slice(at, at + t) });
    at += t;
  }
  return packs;
}
