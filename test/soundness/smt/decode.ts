/**
 * Which rows a chip can have: the selectors, flags and other bits that decide what a row looks up, sends and receives,
 * by the opcode number that the row forms. Found by trying all of them against the declarations.
 */
import { isLegal } from '../../../sdk/src/machine/flags.ts';
import { INSTR } from '../../../sdk/src/machine/tags.ts';
import type { Chip } from '../../../sdk/src/plonk/declare/declare.ts';
import {
  asConstant,
  type IsBit,
  minus,
  type Polynomial,
  polynomialOf,
  times,
  variable,
  variablesOf,
} from './polynomial.ts';

export interface Decoding {
  readonly chip: Chip;
  readonly opcode: number;
  /** Values of the bits. */
  readonly bits: ReadonlyMap<string, bigint>;
  /** The names of those that are 1, the selector first. */
  readonly label: string;
}

const NO_BITS: ReadonlyMap<string, bigint> = new Map();

/** Whether the column is a bit: of that kind, and its declared constraint is `v² − v`. */
export function bitsOf(chip: Chip): IsBit {
  const bits = new Set<string>();
  for (const { name, range } of chip.main) {
    if (range !== 'bit') continue;
    const v = variable(name);
    const wanted = minus(
      times(v, v, () => false),
      v,
    );
    const isDeclared = chip.constraints.some(({ expression }) => {
      const own = polynomialOf(expression, NO_BITS, () => false);
      return own.size === 2 && minus(own, wanted).size === 0;
    });
    if (!isDeclared) throw new Error(`${chip.name}: no constraint makes ${name} a bit`);
    bits.add(name);
  }
  return (name) => bits.has(name);
}

/** Selectors (their sum is the multiplicity of the instruction lookup) and the other bits that decide what a row is. */
export function decidingBits(chip: Chip): { readonly selectors: string[]; readonly others: string[] } {
  const isBit = bitsOf(chip);
  const instruction = chip.interactions.find(({ tags }) => tags.includes(INSTR))!;
  const names = (e: Parameters<typeof polynomialOf>[0]): string[] => [
    ...variablesOf(polynomialOf(e, NO_BITS, isBit)),
  ];
  const real = polynomialOf(instruction.multiplicity, NO_BITS, isBit);
  const selectors = [...variablesOf(real)];
  checkOneSelector(chip, real);
  const deciding = new Set(names(instruction.tuple[2]!));
  for (const { multiplicity, tuple } of chip.interactions) {
    for (const name of [...names(multiplicity), ...names(tuple[0]!)]) deciding.add(name);
  }
  return { selectors, others: [...deciding].filter((name) => isBit(name) && !selectors.includes(name)) };
}

/** That the sum of the selectors is the declared one and a bit: so at most one of these few bits is 1. */
function checkOneSelector(chip: Chip, real: Polynomial): void {
  const wanted = minus(
    times(real, real, () => false),
    real,
  );
  const isSum = [...real.values()].every((m) => m.coefficient === 1n && m.variables.length === 1);
  const isDeclared = chip.constraints.some(
    ({ expression }) =>
      minus(
        polynomialOf(expression, NO_BITS, () => false),
        wanted,
      ).size === 0,
  );
  if (!isSum || !isDeclared) throw new Error(`${chip.name}: more than one selector may be 1`);
}

/** All values of the bits, given which selector is 1 (undefined: a row that is not real). */
export function* assignments(chip: Chip, selector: string | undefined): Generator<Map<string, bigint>> {
  const { selectors, others } = decidingBits(chip);
  for (let choice = 0; choice < 1 << others.length; choice++) {
    const bits = new Map<string, bigint>(selectors.map((name) => [name, name === selector ? 1n : 0n]));
    for (const [i, name] of others.entries()) bits.set(name, BigInt((choice >> i) & 1));
    yield bits;
  }
}

/** Whether no constraint is a constant other than 0 under these bits. */
export function isPossible(chip: Chip, bits: ReadonlyMap<string, bigint>, isBit: IsBit): boolean {
  return chip.constraints.every(
    ({ expression }) => (asConstant(polynomialOf(expression, bits, isBit)) ?? 0n) === 0n,
  );
}

/** Every decoding, in the chip, of every opcode number that an image may hold. */
export function decodings(chip: Chip): Decoding[] {
  const isBit = bitsOf(chip);
  const instruction = chip.interactions.find(({ tags }) => tags.includes(INSTR))!;
  const found: Decoding[] = [];
  for (const selector of decidingBits(chip).selectors) {
    for (const bits of assignments(chip, selector)) {
      const opcode = Number(asConstant(polynomialOf(instruction.tuple[2]!, bits, isBit))!);
      if (!isLegal(opcode)) continue;
      if (!isPossible(chip, bits, isBit)) continue;
      const others = [...bits].filter(([name, value]) => value === 1n && name !== selector);
      found.push({ chip, opcode, bits, label: [selector, ...others.map(([name]) => name)].join(' ') });
    }
  }
  return found;
}
