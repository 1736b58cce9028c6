/**
 * What a lying prover does: it runs another program than the one it claims, or edits cells, and then recomputes all that follows
 * (later rows, multiplicities, times, chain), so that nothing is wrong but the lie.
 */
import assert from 'node:assert/strict';
import { Uses } from '../../../sdk/src/machine/chips/fill.ts';
import { image as imageChip } from '../../../sdk/src/machine/chips/image.ts';
import { tables } from '../../../sdk/src/machine/chips/tables.ts';
import { type TraceOptions, trace } from '../../../sdk/src/machine/execute/execute.ts';
import { imageColumns } from '../../../sdk/src/machine/image.ts';
import type { Code, Program } from '../../../sdk/src/machine/program.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Trace } from '../../../sdk/src/machine/trace.ts';
import { translate } from '../../../sdk/src/machine/translate/translate.ts';
import { type CheckParameters, check } from '../../../sdk/src/plonk/check/check.ts';
import { centred } from '../../../sdk/src/plonk/check/integer-rows.ts';
import { type CheckFailure, type CheckReport, formatFailure } from '../../../sdk/src/plonk/check/report.ts';
import { valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
import type { Chip, Statement } from '../../../sdk/src/plonk/declare/declare.ts';
import { decodeModule, type ModuleParts, moduleBytes, validateModule } from '../../../sdk/src/wasm/index.ts';
import {
  cellOf,
  chipIndex,
  columnOf,
  copyOf,
  type Filled,
  fill,
  fixedTables,
  LAYOUT,
  SYSTEM,
  statementOf,
  withCells,
  witnessOf,
} from '../../machine/chips/harness.ts';
import { actOf, rowOf, trimmed } from '../../machine/chips/rows.ts';

export interface Story {
  /** The program that the statement is about, and whose image the verifier knows. */
  readonly program: Program;
  readonly statement: Statement;
  readonly witness: readonly Filled[];
}

export interface Lie {
  readonly name: string;
  /** What the row checker must object to, and all that it does: `chip: constraint` or the tag of an unbalanced tuple. */
  readonly refused: readonly string[];
  readonly tell: () => Story;
  /** A whole proof is made of it as well. */
  readonly proven?: boolean;
}

export type Inputs = Pick<
  TraceOptions,
  'args' | 'publicInputs' | 'privateInputs' | 'privateWord' | 'placement'
>;

export function compile(parts: ModuleParts, entry = 'main'): Program {
  const module = decodeModule(moduleBytes(parts));
  validateModule(module);
  return translate(module, { entry });
}

type Field = 'opcode' | 'a' | 'b' | 'c' | 'cHigh';
export type Edit = readonly [pc: number, fields: Partial<Record<Field, number>>];

/** The program with other instructions. */
export function withCode(program: Program, edits: readonly Edit[], more: Partial<Program> = {}): Program {
  const { code } = program;
  const copy: Code = {
    ...code,
    opcode: code.opcode.slice(),
    a: code.a.slice(),
    b: code.b.slice(),
    c: code.c.slice(),
    cHigh: code.cHigh.slice(),
  };
  for (const [pc, fields] of edits) {
    for (const [field, value] of Object.entries(fields)) copy[field as Field][pc] = value;
  }
  return { ...program, ...more, code: copy };
}

/** The `n`-th pc with an opcode of this code. */
export function pcOf(
  program: Program,
  info: { readonly code: number; readonly name: string },
  n = 0,
): number {
  const found: number[] = [];
  program.code.opcode.forEach((opcode, pc) => {
    if (pc > 0 && (opcode & 127) === info.code) found.push(pc);
  });
  const pc = found[n];
  assert.ok(pc !== undefined, `no ${info.name} number ${n}`);
  return pc;
}

/** A run of `executed`, whose rows are said to be those of `claimed`, in the name of `program`. */
export function tell(
  program: Program,
  inputs: Inputs,
  { executed = program, claimed = program }: { executed?: Program; claimed?: Program } = {},
): Story & { readonly trace: Trace } {
  const run = trace(executed, inputs);
  const story = { program, statement: statementOf(run), witness: fill(claimed, run) };
  return { ...rebalanced(story), trace: run };
}

/** Row of a chip that stands at a pc, the `n`-th. */
export function rowAt({ witness }: Story, chip: string, pc: number, n = 0): number {
  const { data } = columnOf(witness, chip, 'pc');
  const rows = [...data.keys()].filter((row) => data[row] === pc && isReal(witness, chip, row));
  assert.ok(rows[n] !== undefined, `${chip} has no row ${n} at pc ${pc}`);
  return rows[n];
}

/** Row of `boundary` that opens a key. */
export function openingOf({ witness }: Story, key: number): number {
  const { data } = columnOf(witness, 'boundary', 'key');
  const found = [...data.keys()].filter(
    (row) => data[row] === key && cellOf(witness, 'boundary', 'refresh', row) === 0n,
  );
  assert.ok(found[0] !== undefined, `no row opens 0x${key.toString(16)}`);
  return found[0];
}

export const cell = ({ witness }: Story, chip: string, column: string, row: number): bigint =>
  cellOf(witness, chip, column, row);

/** The story with other cells in a row. */
export function edited<S extends Story>(
  story: S,
  chip: string,
  row: number,
  cells: Readonly<Record<string, bigint | number>>,
): S {
  const values = Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, BigInt(value)]));
  return { ...story, witness: withCells(story.witness, chip, row, values) };
}

function isReal(witness: readonly Filled[], chip: string, row: number): boolean {
  return rowOf(witness, chip, row).some((value) => value !== 0n);
}

/** Chips whose rows look up; the others provide. */
export const looking = (chips: readonly Chip[]): readonly Chip[] =>
  chips.filter(({ fixed }) => fixed.length === 0);
const LOOKING = looking(SYSTEM.chips);
const IMAGE_TAGS = new Set([T.INSTR, T.LEAVE_POINT, T.WORD, T.ZERO, T.FUNC, T.POW2].map(({ code }) => code));

/** Calls `visit` with every tuple that a chip without fixed columns receives, and its multiplicity. */
function forEachReceived(
  witness: readonly Filled[],
  chips: readonly Chip[],
  visit: (tuple: readonly bigint[], multiplicity: bigint) => void,
): void {
  for (const chip of chips) {
    const { log } = witness[chipIndex(chip.name)]!;
    for (let row = 0; row < 2 ** log; row++) {
      const cells = rowOf(witness, chip.name, row);
      if (cells.every((value) => value === 0n)) continue;
      for (const interaction of chip.interactions) {
        if (interaction.sign === 1) continue;
        const act = actOf(interaction, cells);
        if (act !== undefined) visit(act.tuple, act.multiplicity);
      }
    }
  }
}

/** The steps of the chain of keys and all multiplicities, made to fit the rows. */
export function rebalanced<S extends Story>(story: S): S {
  const witness = copyOf(story.witness);
  const column = (name: string): Uint32Array => columnOf(witness, 'boundary', name).data;
  let before = 0;
  const [key, r0, r1] = [column('key'), column('r0'), column('r1')];
  for (let row = 0; row < key.length; row++) {
    if (cellOf(witness, 'boundary', 'word', row) + cellOf(witness, 'boundary', 'zero', row) === 0n) continue;
    // A key that is not above the one before has no step; its row keeps the least one.
    const step = Math.max(0, key[row]! - before - 1);
    [r0[row], r1[row]] = [step & 0xffff, step >>> 16];
    before = key[row]!;
  }
  return recounted({ ...story, witness });
}

/** The multiplicities of grown pages, and those of image and tables, made to fit what the rows of the chips receive. */
export function recounted<S extends Story>(story: S, chips: readonly Chip[] = LOOKING): S {
  const witness = copyOf(story.witness);
  const column = (chip: string, name: string): Uint32Array => columnOf(witness, chip, name).data;
  const grown = new Map<bigint, number>();
  forEachReceived(witness, chips, (tuple) => {
    if (tuple[0] === BigInt(T.ZERO.code)) grown.set(tuple[3]!, (grown.get(tuple[3]!) ?? 0) + 1);
  });
  column('ctl', 'grow').forEach((isGrow, row) => {
    if (isGrow === 1) column('ctl', 'r0')[row] = grown.get(cellOf(witness, 'ctl', 'ts', row)) ?? 0;
  });

  const image = imageColumns(story.program);
  const imageRow = new Map<string, number>();
  for (let row = 0; row < image.rows; row++) {
    imageRow.set(trimmed(image.columns.map((values) => valueAt(values, row))), row);
  }
  const uses = new Uses(column('image', 'uses').length, new Map());
  forEachReceived(witness, chips, (tuple, multiplicity) => {
    const [code, x = 0n, y = 0n, z = 0n] = tuple;
    // What a row takes minus once is taken off.
    const many = Number(centred(multiplicity));
    if (code === BigInt(T.RANGE16.code)) {
      if (x < 1n << 16n) uses.range16[Number(x)]! += many;
    } else if (code === BigInt(T.BYTES.code)) {
      if (x < 256n && y < 256n) uses.bytes[Number(x * 256n + y)]! += many;
    } else if (code === BigInt(T.AND8.code)) {
      if (x < 256n && y < 256n && z === (x & y)) uses.and8[Number(x * 256n + y)]! += many;
    } else if (IMAGE_TAGS.has(Number(code))) {
      const row = imageRow.get(trimmed(tuple));
      if (row !== undefined) uses.image[row]! += many;
    }
  });
  imageChip.fill((name) => column('image', name), uses);
  tables.fill((name) => column('tables', name), uses);
  return { ...story, witness };
}

const TIMES = ['ts', 'tsA', 'tsB', 'tsC', 'tsCell', 'tsCell0', 'tsCell1', 'sentTs', 'receivedTs', 'regionTs'];

/** Without the row of a jump at `pc`: everything later happens two steps earlier. The state before it must be sent on by hand. */
export function withoutJump<S extends Story>(story: S, pc: number): S {
  const row = rowAt(story, 'ctl', pc);
  const from = Number(cell(story, 'ctl', 'ts', row));
  const blank = Object.fromEntries(SYSTEM.chips[chipIndex('ctl')]!.main.map(({ name }) => [name, 0n]));
  const { witness } = edited(story, 'ctl', row, blank);
  for (const chip of LOOKING) {
    for (const { name } of chip.main.filter((column) => TIMES.includes(column.name))) {
      const { data } = columnOf(witness, chip.name, name);
      data.forEach((time, i) => {
        if (time >= from) data[i] = time - 2;
      });
    }
  }
  return { ...story, witness };
}

export function checkParameters({ program, witness, statement }: Story): CheckParameters {
  return {
    layout: LAYOUT,
    tables: fixedTables(program),
    witness: witnessOf(witness),
    entry: BigInt(program.entry),
    statement,
    limit: 200,
  };
}

export const judge = (story: Story): CheckReport => check(checkParameters(story));

const nameOf = (failure: CheckFailure): string =>
  failure.kind === 'bus' ? failure.tag : `${failure.chip}: ${failure.constraint}`;

/** What the row checker objects to, each name once: `chip: constraint`, or the tag of an unbalanced tuple. */
export function objections(story: Story): string[] {
  return [...new Set(judge(story).failures.map(nameOf))].sort();
}

export const textOf = (story: Story): string => judge(story).failures.map(formatFailure).join('\n');
