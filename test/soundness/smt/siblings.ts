/** Satisfiable siblings of cases: the same query of a row that lacks one of its constraints or lookups. */
import { ask, type Case } from './cases.ts';
import { bitsOf } from './decode.ts';
import { asConstant, polynomialOf } from './polynomial.ts';
import type { Both } from './second.ts';
import type { Answerer, Verdict } from './solver.ts';

/** Effort in z3's unit of work: models are found early or not looked for. */
const MODELS = { effort: 4_000_000, words: true } as const;

/** Constraints and lookups that say something in rows of the case, but for those on bits, without which a case is another one. */
export function partsOf({ decoding: { chip, bits } }: Case): string[] {
  const isBit = bitsOf(chip);
  const says = (e: Parameters<typeof polynomialOf>[0]): boolean =>
    asConstant(polynomialOf(e, bits, isBit)) !== 0n;
  return [
    ...chip.constraints.filter(({ expression }) => says(expression)),
    ...chip.interactions.filter(({ sign, multiplicity }) => sign === -1 && says(multiplicity)),
  ].map(({ name }) => name);
}

export interface WithoutOptions {
  readonly effort: number;
  /** Look for models in which what nothing bounds is a word. */
  readonly words: boolean;
}

/**
 * What the case says without the part; `unbounded` where nothing gives or bounds what the row sends then, `no words` where
 * the encoding has none for what is left (two products in a row), which says nothing about the part.
 */
export async function verdictWithout(
  solver: Answerer,
  one: Case,
  part: string,
  { effort, words }: WithoutOptions,
): Promise<Verdict | 'unbounded' | 'no words'> {
  try {
    return (await ask(solver, one, { effort, exists: false, without: [part], words })).answer.verdict;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (/nothing bounds|no variable|no product|is no constant/.test(error.message)) return 'unbounded';
    if (/more than one product|factor may be negative/.test(error.message)) return 'no words';
    throw error;
  }
}

export class Siblings {
  /** By chip, the parts whose loss was noticed, the latest first. */
  readonly #noticed = new Map<string, string[]>();

  /** Whether there is a part whose loss z3 notices; the second solver then has to say the same. */
  async confirm(both: Both, one: Case): Promise<boolean> {
    const { name } = one.decoding.chip;
    const noticed = this.#noticed.get(name) ?? [];
    const parts = partsOf(one);
    const order = [...noticed.filter((part) => parts.includes(part)), ...parts];
    for (const part of new Set(order)) {
      if ((await verdictWithout(both.first, one, part, MODELS)) !== 'sat') continue;
      this.#noticed.set(name, [part, ...noticed.filter((other) => other !== part)]);
      return (await verdictWithout(both, one, part, MODELS)) === 'sat';
    }
    return false;
  }
}
