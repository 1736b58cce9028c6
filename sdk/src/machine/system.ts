/** The machine as a proof system: its chips, tags, public terms. */
import type { Chip, PublicTerm, System } from '../plonk/declare.ts';
import type { ColumnValues } from '../plonk/fixed.ts';
import { CHIP_T, TABLE_T } from './chips/adapter.ts';
import { alu } from './chips/alu.ts';
import { boundary } from './chips/boundary.ts';
import { ctl } from './chips/ctl.ts';
import type { InstructionChip } from './chips/fill.ts';
import { image } from './chips/image.ts';
import { mem } from './chips/mem.ts';
import { memx } from './chips/memx.ts';
import { tableColumns, tables } from './chips/tables.ts';
import { wide } from './chips/wide.ts';
import type { ChipName } from './instructions.ts';
import { CHAIN_END, CHAIN_START, FIRST_TIMESTAMP, STACK } from './memory-map.ts';
import { CHAIN, EXIT, INPUT, OUTPUT, STATE, TAGS } from './tags.ts';

/** Names the meaning of a program id: translation rules, instruction set, address space and chips. */
export const MACHINE_VERSION = '2';

/** The chips of instructions: what they declare and how they are filled. */
export const INSTRUCTION_CHIPS: Readonly<Record<ChipName, InstructionChip>> = { alu, mem, memx, wide, ctl };

export interface SystemOptions {
  /** Packing factor of the chips of the trace and of the image. */
  readonly t?: number;
  /** Packing factor of the byte tables. */
  readonly tTables?: number;
  readonly tPhi?: number;
  readonly tQuotient?: number;
}

const constant = (value: number): { from: 'constant'; value: bigint } => ({
  from: 'constant',
  value: BigInt(value),
});

const PUBLIC_TERMS: readonly PublicTerm[] = [
  {
    name: 'initial state',
    tag: STATE,
    sign: 1,
    fields: [constant(FIRST_TIMESTAMP), { from: 'entry' }, constant(STACK), constant(0)],
  },
  { name: 'exit', tag: EXIT, sign: 1, fields: [constant(0), { from: 'status' }] },
  { name: 'first key', tag: CHAIN, sign: 1, fields: [constant(CHAIN_START)] },
  { name: 'last key', tag: CHAIN, sign: -1, fields: [constant(CHAIN_END)] },
  { name: 'input', tag: INPUT, sign: 1, fields: [{ from: 'index' }, { from: 'word' }], each: 'inputs' },
  { name: 'output', tag: OUTPUT, sign: 1, fields: [{ from: 'index' }, { from: 'word' }], each: 'outputs' },
];

/** Same options, same declarations; the chips' order is part of the verifying key. */
export function machineSystem(options: SystemOptions = {}): System {
  const { t = CHIP_T, tTables = TABLE_T, tPhi = 3, tQuotient = 3 } = options;
  const chips: readonly Chip[] = [
    ...Object.values(INSTRUCTION_CHIPS).map(({ chip }) => ({ ...chip, t })),
    { ...boundary.chip, t },
    { ...image.chip, t },
    { ...tables.chip, t: tTables },
  ];
  return {
    name: 'wattest',
    version: MACHINE_VERSION,
    maxDegree: 4,
    chips,
    tags: TAGS,
    publicTerms: PUBLIC_TERMS,
    tPhi,
    tQuotient,
  };
}

/** Fixed columns of the chips that have their height from the key, by chip name. */
export function machineTables(): Readonly<Record<string, readonly ColumnValues[]>> {
  return { [tables.chip.name]: tableColumns() };
}
