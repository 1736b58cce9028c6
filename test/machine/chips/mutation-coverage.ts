/** What the rows of a mutation test meet: opcodes, bits that are 1, cells of every kind. */
import assert from 'node:assert/strict';
import { OPCODES } from '../../../sdk/src/machine/instructions.ts';
import type { MainColumn, RangeKind } from '../../../sdk/src/plonk/declare/declare.ts';
import { CHIPS, nameOf, opcodeOf } from './mutation-ledger.ts';
import type { Cells, IndexedChip } from './rows.ts';

export class Coverage {
  readonly #met = new Set<string>();
  readonly #changes = new Map<RangeKind, number>();

  /** A row whose cells are changed. */
  row(chip: IndexedChip, cells: Cells): void {
    const { name, main } = chip.chip;
    const opcode = opcodeOf(chip, cells);
    if (opcode !== undefined) this.#met.add(`${name}: opcode ${nameOf(opcode)}`);
    for (const { name: column, index, range } of main) {
      if (range === 'bit' && cells[index] === 1n) this.#met.add(`${name}: bit ${column}`);
    }
  }

  /** A change of one cell. */
  change(chip: IndexedChip, { range }: MainColumn): void {
    this.#met.add(`${chip.chip.name}: kind ${range}`);
    this.#changes.set(range, (this.#changes.get(range) ?? 0) + 1);
  }

  /** What these chips could have met, and did not. */
  missing(chips: readonly IndexedChip[] = CHIPS): string[] {
    const all = chips.flatMap(({ chip: { name, main } }) => [
      ...OPCODES.filter(({ chips: own }) => own.some((one) => one === name)).map(
        (own) => `${name}: opcode ${own.name}`,
      ),
      ...main.filter(({ range }) => range === 'bit').map((column) => `${name}: bit ${column.name}`),
      ...new Set(main.map(({ range }) => `${name}: kind ${range}`)),
    ]);
    return all.filter((one) => !this.#met.has(one));
  }

  assertComplete(): void {
    assert.deepEqual(this.missing(), [], 'every opcode, every bit that is 1 and every kind of cell is met');
  }

  /** Changes by kind of cell. */
  text(): string {
    const names = { bit: 'bits', limb16: 'limbs', byte: 'bytes', bound: 'others' } as const;
    const parts = Object.entries(names).map(
      ([kind, name]) => `${this.#changes.get(kind as RangeKind) ?? 0} ${name}`,
    );
    return parts.join(', ');
  }
}
