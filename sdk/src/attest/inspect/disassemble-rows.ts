/** Register instructions as text. Slots are `s3`, immediates `#5`, places in the program `→ pc 120`. */

import { scaleOf } from '../../machine/flags.ts';
import * as I from '../../machine/instructions.ts';
import { GLOBALS, INPUT_COUNTER, OUTPUT_COUNTER, PAGES } from '../../machine/memory-map.ts';
import type { Program } from '../../machine/program.ts';
import { describeStatus } from '../../machine/status.ts';
import { layoutOf, type Quantity } from '../../machine/translate/initial.ts';
import type { Module } from '../../wasm/types.ts';

export interface DisassembledRow {
  readonly pc: number;
  /** Name with flags, as `br.signed.less`. The flag IMMEDIATE shows in the operands. */
  readonly name: string;
  readonly operands: string;
  /** Executed WebAssembly instructions that the row stands for. */
  readonly weight: number;
}

const FLAGS: readonly (readonly [flag: number, name: string])[] = [
  [I.WIDE, 'wide'],
  [I.SIGNED, 'signed'],
  [I.LESS, 'less'],
  [I.EQUAL, 'equal'],
  [I.GREATER, 'greater'],
];

interface Fields {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** The field c as a word. */
  readonly value: bigint;
  readonly isImmediate: boolean;
  readonly cell: (key: number) => string;
  readonly target: (pc: number) => string;
  readonly callee: (pc: number) => string;
}

const immediate = (value: bigint): string => `#${value < 100_000n ? value : `0x${value.toString(16)}`}`;

/** How control, inputs and outputs read; of all others the descriptor says it. */
const CONTROL: ReadonlyMap<I.OpcodeInfo, (row: Fields) => string> = new Map<
  I.OpcodeInfo,
  (row: Fields) => string
>([
  [I.JUMP, ({ a, target }) => target(a)],
  [I.JUMP_TABLE, ({ b, c }) => `→ pc ${c} + s${b}`],
  [I.CALL, ({ a, b, c, callee }) => `${callee(a)}, frame s${b}, return s${b + c}`],
  [I.CALL_INDIRECT, ({ a, b, c }) => `→ function of s${a}, type ${c}, frame s${b}`],
  [I.LEAVE, ({ a }) => `frame s${a}`],
  [I.RETURN, ({ a }) => `→ pc in s${a}`],
  [I.READ, ({ a }) => `s${a} ← public input`],
  [I.READ_PRIVATE, ({ a }) => `s${a} ← private input`],
  [I.WRITE, ({ a }) => `public output ← s${a}`],
  [I.DRAIN, () => 'remaining public inputs'],
  [I.EXIT_, ({ a, b }) => describeStatus((BigInt(b) << 32n) | BigInt(a)).text],
  [I.EXIT_SLOT, ({ a }) => `status s${a}`],
  [I.GROW, () => 'one page'],
]);

/** `to ← from`, or where nothing is written `from` and the target. */
function operandsOf(info: I.OpcodeInfo, row: Fields): string {
  const { a, b, c } = info;
  const place = placeOf(info, row);
  if (a.role === 'read') return `${place} ← s${row.a}`;
  const from: string[] = [];
  if (place !== undefined) from.push(place);
  else if (b.role === 'read') from.push(`s${row.b}`);
  if (c.role === 'second') from.push(row.isImmediate ? immediate(row.value) : `s${row.c}`);
  if (c.role === 'value') from.push(immediate(row.value));
  return a.role === 'target' ? `${from.join(', ')} ${row.target(row.a)}` : `s${row.a} ← ${from.join(', ')}`;
}

/** The cell that the row accesses besides slots. */
function placeOf({ cell }: I.OpcodeInfo, row: Fields): string | undefined {
  if (cell === 'memory') return `[s${row.b}${row.c === 0 ? '' : ` + ${row.c}`}]`;
  if (cell === 'table') return `[${row.cell(row.c)} + s${row.b}]`;
  return cell === 'global' ? row.cell(row.c) : undefined;
}

/** Makes text of the rows of one program. */
export function rowFormatter(module: Module, program: Program): (pc: number) => DisassembledRow {
  const { code } = program;
  const starts = new Map(program.sections.map((section) => [section.pc, section]));
  const place = (pc: number, name: string | undefined): string =>
    `→ pc ${pc}${name === undefined ? '' : ` (${name})`}`;
  const callee = (pc: number): string => place(pc, starts.get(pc)?.name);
  // Within a function a jump may go to its first row.
  const target = (pc: number): string => {
    const section = starts.get(pc);
    return place(pc, section?.kind === 'trap' ? `trap ${section.name}` : undefined);
  };
  const cell = cellNames(module);
  return (pc) => {
    const opcode = code.opcode[pc]!;
    const [a, b, c] = [code.a[pc]!, code.b[pc]!, code.c[pc]!];
    const weight = code.weight[pc]!;
    const info = I.opcodeInfo(opcode);
    if (info === undefined) return { pc, name: `opcode ${opcode}`, operands: `${a}, ${b}, ${c}`, weight };
    const own = info === I.INDEX ? `.${scaleOf(opcode)}` : undefined;
    const flags = FLAGS.filter(([flag]) => (opcode & flag) !== 0).map(([, name]) => `.${name}`);
    const value = (BigInt(code.cHigh[pc]!) << 32n) | BigInt(c);
    const isImmediate = (opcode & I.IMMEDIATE) !== 0;
    const row: Fields = { a, b, c, value, isImmediate, cell, target, callee };
    const operands = CONTROL.get(info)?.(row) ?? operandsOf(info, row);
    return { pc, name: info.name + (own ?? flags.join('')), operands, weight };
  };
}

/** `global 2`, `pages`, `size of table 0`, `table 0`, `elem 1 + 4`, `stdout word`: what the cell of a key is. */
function cellNames(module: Module): (key: number) => string {
  const layout = layoutOf(module);
  const names = new Map<number, string>([
    [INPUT_COUNTER, 'input counter'],
    [OUTPUT_COUNTER, 'output counter'],
    [PAGES, 'pages'],
  ]);
  const ranges: { readonly key: number; readonly name: string }[] = [];
  const quantity = ({ cell }: Quantity, name: string): void => {
    if (cell !== undefined) names.set(cell, name);
  };
  for (const [i, { size, key }] of layout.tables.entries()) {
    quantity(size, `size of table ${i}`);
    ranges.push({ key, name: `table ${i}` });
  }
  for (const [i, { length, key }] of layout.elements.entries()) {
    quantity(length, `length of elem ${i}`);
    if (length.cell !== undefined) ranges.push({ key, name: `elem ${i}` });
  }
  for (const [i, { length, key }] of layout.datas.entries()) {
    quantity(length, `length of data ${i}`);
    if (length.cell !== undefined) ranges.push({ key, name: `data ${i}` });
  }
  const { wasi } = layout;
  if (wasi !== undefined) {
    names.set(wasi.output.word, 'stdout word').set(wasi.output.total, 'stdout length');
    for (const [stream, { word, left, state }] of [
      ['stdin', wasi.publicInput],
      ['private stdin', wasi.privateInput],
    ] as const) {
      names.set(word, `${stream} word`).set(left, `${stream} bytes left`).set(state, `${stream} state`);
    }
  }
  return (key) => {
    const name = names.get(key);
    if (name !== undefined) return name;
    if (key >= GLOBALS && key < GLOBALS + module.globals.length) return `global ${key - GLOBALS}`;
    const range = ranges.findLast((known) => known.key <= key);
    if (range === undefined) return `cell 0x${key.toString(16)}`;
    return key === range.key ? range.name : `${range.name} + ${key - range.key}`;
  };
}
