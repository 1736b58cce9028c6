/** Selectors and flags with which a row looks an opcode up. */
import { Fr } from '../../../sdk/src/field/field.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Column } from '../../../sdk/src/plonk/declare/declare.ts';
import type { Change } from './mutation-repair.ts';
import { type Cells, columnsOf, evaluate, type IndexedChip, subsets } from './rows.ts';

/** Most selectors that are 1 beside one that is no bit. */
const MOST_SELECTORS = 3;

/**
 * Selectors and flags: those of the row where they say the opcode, else every other choice that does. Beside a selector that is no bit
 * there may be several.
 */
export function* opcodeBits(
  { chip }: IndexedChip,
  cells: Cells,
  opcode: bigint | undefined,
  change: Change | undefined,
): Generator<Map<Column, bigint>> {
  const instruction = chip.interactions.find(({ tags }) => tags.includes(T.INSTR));
  if (instruction === undefined || opcode === undefined) {
    yield new Map();
    return;
  }
  const named = columnsOf(instruction.tuple[2]!);
  const bits = chip.main.filter((column) => named.has(column));
  const own = new Map<Column, bigint>(bits.map((column) => [column, cells[column.index]!]));
  const changed = change !== undefined && own.has(change.column) ? change : undefined;
  if (changed === undefined && evaluate(instruction.tuple[2]!, cells) === opcode) {
    yield own;
    return;
  }
  const summed = columnsOf(chip.interactions.find(({ tags }) => tags.includes(T.STATE))!.multiplicity);
  const others = bits.filter((column) => column !== changed?.column);
  const selectors = others.filter((column) => summed.has(column));
  const flags = others.filter((column) => !selectors.includes(column));
  const isOdd = changed !== undefined && summed.has(changed.column) && changed.value > 1n;
  const isOn = changed !== undefined && summed.has(changed.column) && changed.value === 1n;
  // With all of them the sum of selectors is a bit.
  const isReal = (on: readonly Column[]): boolean => Fr.from(changed!.value + BigInt(on.length)) <= 1n;
  const chosen = isOn
    ? [[]]
    : isOdd
      ? [...subsets(selectors, MOST_SELECTORS)].filter(isReal)
      : selectors.map((one) => [one]);
  const zeros = chip.main.map(() => 0n);
  // The opcode is a weighted sum.
  const weight = new Map<Column, bigint>(
    bits.map((column) => [
      column,
      evaluate(
        instruction.tuple[2]!,
        zeros.map((zero, i) => (i === column.index ? 1n : zero)),
      ),
    ]),
  );
  const base = changed === undefined ? 0n : Fr.mul(weight.get(changed.column)!, changed.value);
  for (const on of chosen) {
    const ofSelectors = on.reduce((sum, column) => sum + weight.get(column)!, base);
    for (let mask = 0; mask < 2 ** flags.length; mask++) {
      const ofFlags = flags.filter((_, i) => (mask >> i) & 1);
      if (Fr.from(ofFlags.reduce((sum, column) => sum + weight.get(column)!, ofSelectors)) !== opcode)
        continue;
      const set = new Set<Column>([...on, ...ofFlags]);
      yield new Map(
        bits.map((column) => [
          column,
          column === changed?.column ? changed.value : set.has(column) ? 1n : 0n,
        ]),
      );
    }
  }
}
