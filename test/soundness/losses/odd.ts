/**
 * Rows that a chip can have only without one of its constraints on bits: that a column is one, or which may be 1 together. Of those
 * that still look up an instruction of an image and interact once or not at all, SMT says whether they can do what no row of
 * that opcode may.
 */
import { isLegal } from '../../../sdk/src/machine/flags.ts';
import { INSTR } from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, Expr } from '../../../sdk/src/plonk/declare/declare.ts';
import { columnsOf, subsets } from '../../machine/chips/rows.ts';
import type { Decoding } from '../smt/decode.ts';

/** What a bit that is none is tried as. */
const ODD: readonly bigint[] = [-1n, 2n, -2n, 3n, -3n];
/** Most selectors that are not 0 at once. */
const MOST = 3;

/** Over the integers: everything here is small. */
function evaluate(e: Expr, values: ReadonlyMap<Column, bigint>): bigint {
  switch (e.op) {
    case 'constant':
      return e.value;
    case 'column':
      return values.get(e.column)!;
    case 'challenge':
      throw new Error('no challenges in declarations');
    default: {
      const [l, r] = [evaluate(e.left, values), evaluate(e.right, values)];
      return e.op === 'add' ? l + r : e.op === 'sub' ? l - r : l * r;
    }
  }
}

/** Rows of `weaker`, which lacks a constraint of `chip` on bits, that `chip` does not have. */
export function* oddDecodings(chip: Chip, weaker: Chip): Generator<Decoding> {
  const instruction = weaker.interactions.find(({ tags }) => tags.includes(INSTR));
  if (instruction === undefined) return;
  const opcode = instruction.tuple[2]!;
  const isBit = new Set<Column>(
    chip.main.filter(({ range }) => range === 'bit').map(({ index }) => weaker.main[index]!),
  );
  const lost = weaker.main.find((column) => isBit.has(column) && column.range !== 'bit');
  const selectors = [...columnsOf(instruction.multiplicity)];
  const deciding = new Set([
    ...columnsOf(opcode),
    ...weaker.interactions.flatMap(({ multiplicity, tuple }) => [
      ...columnsOf(multiplicity),
      ...columnsOf(tuple[0]!),
    ]),
  ]);
  const others = [...deciding].filter((column) => isBit.has(column) && !selectors.includes(column));
  const rules = weaker.constraints.filter(({ expression }) =>
    [...columnsOf(expression)].every((column) => isBit.has(column) && deciding.has(column)),
  );
  const kept = chip.constraints.filter(({ name }) => !weaker.constraints.some((own) => own.name === name));
  const places = new Map<Column, Column>(chip.main.map((column) => [column, weaker.main[column.index]!]));
  const values = lost !== undefined && deciding.has(lost) ? ODD : [undefined];
  for (const odd of values) {
    for (const on of subsets(
      selectors.filter((column) => column !== lost),
      MOST,
    )) {
      for (let mask = 0; mask < 2 ** others.length; mask++) {
        const ones = new Set([...on, ...others.filter((_, i) => (mask >> i) & 1)]);
        if (lost !== undefined && ones.has(lost)) continue;
        const bits = new Map<Column, bigint>(
          [...deciding].map((column) => [
            column,
            column === lost && odd !== undefined ? odd : ones.has(column) ? 1n : 0n,
          ]),
        );
        const number = Number(evaluate(opcode, bits));
        if (!isLegal(number)) continue;
        if (rules.some(({ expression }) => evaluate(expression, bits) !== 0n)) continue;
        const isOdd = kept.some(
          ({ expression }) =>
            [...columnsOf(expression)].every((column) => bits.has(places.get(column)!)) &&
            evaluate(
              expression,
              new Map([...columnsOf(expression)].map((column) => [column, bits.get(places.get(column)!)!])),
            ) !== 0n,
        );
        if (!isOdd) continue;
        if (selectors.length === 0 || evaluate(instruction.multiplicity, bits) !== 1n) continue;
        const once = weaker.interactions.every(({ multiplicity }) =>
          [0n, 1n].includes(evaluate(multiplicity, bits)),
        );
        if (!once) continue;
        const named = [...bits].filter(([, value]) => value !== 0n);
        const label = named.map(([{ name }, value]) => (value === 1n ? name : `${name}=${value}`)).join(' ');
        yield {
          chip: weaker,
          opcode: number,
          bits: new Map([...bits].map(([{ name }, value]) => [name, value])),
          label,
        };
      }
    }
  }
}
