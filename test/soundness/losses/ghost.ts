/**
 * What a selector is a bit for. Where one may be −1 beside another that is 1, the row is no instruction's: it takes no state and looks
 * nothing up. But it still accesses cells, those that one of the two accesses and the other does not, so it puts another value into a cell.
 * So does a row without selectors where what withholds an access may be −1.
 */
import { constant, sub } from '../../../sdk/src/expr/expression.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { STACK } from '../../../sdk/src/machine/memory-map.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, Expr, Interaction } from '../../../sdk/src/plonk/declare/declare.ts';
import { assemble, chipIndex, type Line } from '../../machine/chips/harness.ts';
import { complete } from '../../machine/chips/mutation-repair.ts';
import { columnsOf, evaluate, Provided, rowOf } from '../../machine/chips/rows.ts';
import { cell, edited, openingOf, rowAt, type Story, tell } from '../lib/story.ts';

const line = (info: I.OpcodeInfo, flags: number, ...fields: [number, number, number]): Line => [
  info,
  flags,
  ...fields,
];
/** Slot 0 becomes the sum of slots 1 and 2, slot 3 that of slots 4 and 5; slot 0 is written. Slots 6 and 7 are there before. */
let honestStory: Story | undefined;
const honest = (): Story => {
  honestStory ??= tell(
    assemble([
      ...[7, 7].map((value, i) => line(I.CONST, 0, 6 + i, 0, value)),
      ...[1, 2, 4, 5].map((slot) => line(I.CONST, 0, slot, 0, slot + 1)),
      line(I.ADD, I.WIDE, 0, 1, 2),
      line(I.ADD, I.WIDE, 3, 4, 5),
      ...[8, 8, 8, 8].map((slot) => line(I.CONST, 0, slot, 0, 0)),
      line(I.WRITE, 0, 0, 0, 0),
    ]),
    {},
  );
  return honestStory;
};
const HONEST = 5n;
const LIE = 6n;
/** By how much the operands of a sum are accessed before its result, and which slots they are: of slot 0, of slot 3. */
const EARLIER = [
  [0, [2, 1]],
  [3, [5, 4]],
] as const;

interface Access {
  readonly before: Interaction;
  readonly after: Interaction;
  readonly multiplicity: bigint;
}

/** The accesses of a row with these bits; undefined where it says anything else to other rows. */
function accessesOf(chip: Chip, cells: readonly bigint[]): Access[] | undefined {
  const accesses: Access[] = [];
  for (const interaction of chip.interactions) {
    const multiplicity = evaluate(interaction.multiplicity, cells);
    if (multiplicity === 0n || TABLES.some((tag) => interaction.tags.includes(tag))) continue;
    if (!interaction.tags.includes(T.MEM)) return undefined;
    if (interaction.sign === 1) continue;
    const after = chip.interactions.find(({ name }) => name === interaction.name.replace('before', 'after'))!;
    accesses.push({ before: interaction, after, multiplicity });
  }
  return accesses.every(({ multiplicity: m }) => m === 1n || m === Fr.from(-1n)) ? accesses : undefined;
}
const TABLES = [T.RANGE16, T.BYTES, T.AND8, T.POW2];

/** Runs with such a row. Not all need hold: the row checker says. */
export function* ghosts(chip: Chip, lost: Column): Generator<Story> {
  const instruction = chip.interactions.find(({ tags }) => tags.includes(T.INSTR));
  if (instruction === undefined) return;
  const isSelector = columnsOf(instruction.multiplicity).has(lost);
  const selectors = [...columnsOf(instruction.multiplicity)].filter((column) => column !== lost);
  const others = chip.main.filter(
    (column) => column.range === 'bit' && column !== lost && !selectors.includes(column),
  );
  for (const partner of isSelector ? selectors : [undefined]) {
    for (const other of [undefined, ...others]) {
      const bits = new Map<Column, bigint>(
        [...selectors, ...others].map((column) => [column, column === partner || column === other ? 1n : 0n]),
      );
      bits.set(lost, Fr.from(-1n));
      const cells = chip.main.map((column) => bits.get(column) ?? 0n);
      const accesses = accessesOf(chip, cells) ?? [];
      for (const main of accesses) {
        const story = withGhost(chip, bits, main, accesses);
        if (story !== undefined) yield story;
      }
    }
  }
}

/** When each access of a row happens after its first. */
const delayOf = (chip: Chip, { after }: Access): bigint =>
  evaluate(
    after.tuple[2]!,
    chip.main.map(() => 0n),
  );

function withGhost(
  chip: Chip,
  bits: ReadonlyMap<Column, bigint>,
  main: Access,
  accesses: readonly Access[],
): Story | undefined {
  const story = honest();
  const row = 2 ** story.witness[chipIndex(chip.name)]!.log - 1;
  if (rowOf(story.witness, chip.name, row).some((value) => value !== 0n)) return undefined;
  const closing = (slot: number) => {
    const opening = openingOf(story, STACK + slot);
    const [ts, value] = ['receivedTs', 'received'].map((name) => cell(story, 'boundary', name, opening)) as [
      bigint,
      bigint,
    ];
    return { slot, opening, ts, value };
  };
  const write = rowAt(story, 'ctl', story.program.entry + 12);
  const summed = cell(story, 'ctl', 'tsA', write);

  // A row that acts minus once gives what it should have found and takes what it should have left, at a time at which that was left.
  const isTaken = (access: Access): boolean => access.multiplicity === 1n;
  const given = isTaken(main) ? accesses.find((access) => !isTaken(access)) : main;
  const [ts, operands] =
    given === main
      ? [summed - delayOf(chip, main), EARLIER[0][1]]
      : [closing(3).ts - (given === undefined ? 0n : delayOf(chip, given)), EARLIER[1][1]];
  const wanted: Expr[] = [
    sub({ op: 'column', column: chip.main.find(({ name }) => name === 'ts')! }, constant<Column>(ts)),
  ];
  const want = ({ tuple }: Interaction, ...fields: (bigint | undefined)[]): void => {
    fields.forEach((value, i) => {
      if (value !== undefined) wanted.push(sub(tuple[i + 1]!, constant<Column>(value)));
    });
  };
  const key = BigInt(STACK);
  const left = isTaken(main) ? main.after : main.before;
  want(isTaken(main) ? main.before : main.after, key, summed, HONEST);
  want(left, key, isTaken(main) ? undefined : summed - 1n);
  let taken = 6;
  const spares = accesses
    .filter((access) => access !== main)
    .map((access) => {
      const early = given === undefined ? 0n : delayOf(chip, given) - delayOf(chip, access);
      const slot = isTaken(access) ? taken++ : access === given ? 3 : operands[Number(early) - 1];
      if (slot === undefined) return undefined;
      const spare = closing(slot);
      const [found, leaves] = isTaken(access) ? [access.before, access.after] : [access.after, access.before];
      want(found, key + BigInt(slot), spare.ts, spare.value);
      want(leaves, key + BigInt(slot), isTaken(access) ? undefined : spare.ts - 1n);
      return { ...spare, leaves };
    });
  if (spares.some((spare) => spare === undefined) || taken > 8) return undefined;
  const cells = solutionOf(chip, bits, wanted, left, new Provided(story.program));
  if (cells === undefined) return undefined;

  const row_ = Object.fromEntries(chip.main.map(({ name }, i) => [name, cells[i]!]));
  let told: Story = edited(story, chip.name, row, row_);
  const [, , at, lie] = left.tuple.map((field) => evaluate(field, cells)) as [bigint, bigint, bigint, bigint];
  if (lie === HONEST || lie >> 64n !== 0n) return undefined;
  told = edited(told, 'ctl', write, { tsA: at, oldA: lie, newA: lie });
  told = edited(told, 'boundary', openingOf(story, STACK), { received: lie });
  for (const spare of spares) {
    const [, , receivedTs, received] = spare!.leaves.tuple.map((field) => evaluate(field, cells));
    told = edited(told, 'boundary', spare!.opening, { receivedTs: receivedTs!, received: received! });
  }
  return { ...told, statement: { ...told.statement, publicOutputs: [lie] } };
}

/** Cells that satisfy the chip and what is wanted of them; what is left in the cell is a lie of our choice where it may be. */
function solutionOf(
  chip: Chip,
  bits: ReadonlyMap<Column, bigint>,
  wanted: readonly Expr[],
  left: Interaction,
  provided: Provided,
): readonly bigint[] | undefined {
  const lie = sub(left.tuple[3]!, constant<Column>(LIE));
  // By name, for a chip that says nothing of their ranges.
  const limbs = chip.main.filter(({ name }) => /^r\d$/.test(name));
  for (const conditions of [[...wanted, lie], wanted]) {
    const constraints = conditions.map((expression) => ({ name: 'wanted', expression }));
    const bound = { ...chip, constraints: [...chip.constraints, ...constraints] };
    for (const value of [0n, Fr.mul(HONEST, Fr.inv(2n))]) {
      for (const zeros of [[], limbs, limbs.slice(2)]) {
        const known = new Map([...bits, ...zeros.map((column) => [column, 0n] as const)]);
        const others = chip.main.map(({ range }) => (range === 'bound' ? value : 0n));
        for (const cells of complete(bound, known, new Map(), provided, others)) return cells;
      }
    }
  }
  return undefined;
}
