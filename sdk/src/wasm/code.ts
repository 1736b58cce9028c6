import { fail } from '../errors/index.ts';
import { LIMITS } from './limits.ts';
import { type Immediate, type Opcode, opcodeById } from './opcodes.ts';
import { isPrefix, laterInstruction } from './proposals.ts';
import { checkLimit, malformed, type Reader, refuseLater } from './reader.ts';
import { type Block, type FunctionType, type Instruction, NO_BLOCK, place, type ValueType } from './types.ts';
import { readReferenceType, readValueType } from './value-types.ts';

/** What decoding an expression needs from the sections before it, and what is counted over all of them. */
export interface CodeContext {
  readonly types: readonly FunctionType[];
  /** Number given by the data count section, if there is one. */
  readonly dataCount: number | undefined;
  /** Instructions decoded so far, bounded by LIMITS.instructions. */
  instructionCount: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Of the alignment of a load or store: the index of a memory follows. */
const HAS_MEMORY = 0x40;

const NO_LABELS: Uint32Array = new Uint32Array(0);
const NO_TYPES: readonly ValueType[] = [];

/** A body (specification 5.4.9): instructions up to the `end` that closes it, structured ones matched. */
export function decodeExpression(
  reader: Reader,
  context: CodeContext,
  results: readonly ValueType[],
): { instructions: Instruction[]; block: Block } {
  const instructions: Instruction[] = [];
  const body: Mutable<Block> = { ...NO_BLOCK, results };
  const open: Mutable<Block>[] = [body];
  while (open.length > 0) {
    const offset = reader.offset;
    const opcode = readOpcode(reader);
    countInstructions(context, offset, 1);
    let block: Block = NO_BLOCK;
    if (opcode.name === 'block' || opcode.name === 'loop' || opcode.name === 'if') {
      const opened = readBlockType(reader, context, opcode.name, instructions.length);
      open.push(opened);
      block = opened;
    } else if (opcode.name === 'else') {
      const current = open[open.length - 1];
      if (current.kind !== 'if' || current.else >= 0) malformed(offset, 'else without an if, expected end');
      current.else = instructions.length;
      block = current;
    } else if (opcode.name === 'end') {
      const closed = open.pop() as Mutable<Block>;
      closed.end = instructions.length;
      block = closed;
    }
    instructions.push(decodeImmediates(reader, context, opcode, offset, block));
  }
  return { instructions, block: body };
}

/** An instruction that the file abbreviates: those of an element segment given as function indices. */
export function impliedInstruction(opcode: Opcode, offset: number, index: number): Instruction {
  return makeInstruction(opcode.id, offset, index, 0, 0, 0, 0, NO_LABELS, NO_TYPES, NO_BLOCK);
}

export function countInstructions(context: CodeContext, offset: number, count: number): void {
  context.instructionCount += count;
  if (context.instructionCount > LIMITS.instructions) {
    checkLimit(offset, context.instructionCount, LIMITS.instructions, 'instructions');
  }
}

function readOpcode(reader: Reader): Opcode {
  const offset = reader.offset;
  const byte = reader.byte('an instruction or end');
  const prefixed = isPrefix(byte);
  const number = prefixed ? reader.u32('the number of a prefixed instruction') : 0;
  const opcode = byte === 0xfc ? (number < 256 ? opcodeById(0xfc00 + number) : undefined) : opcodeById(byte);
  if (opcode !== undefined) return opcode;
  refuseLater(offset, laterInstruction(byte, number));
  // Illegal, as the standard has it; but whoever has a whole file needs to know that it is too new.
  const name = `0x${hex(byte)}${prefixed ? ` ${number}` : ''}`;
  fail('MODULE_UNSUPPORTED', `illegal opcode ${name}, which WebAssembly 3.0 reserves`, {
    where: place(offset),
    fix: 'Compile without the proposal that uses it; if the compiler uses none, the file is damaged: build it again',
  });
}

function readBlockType(
  reader: Reader,
  context: CodeContext,
  kind: 'block' | 'loop' | 'if',
  start: number,
): Mutable<Block> {
  const block: Mutable<Block> = { ...NO_BLOCK, kind, start };
  const offset = reader.offset;
  const byte = reader.byte('a block type');
  if (byte === 0x40) return block;
  reader.offset = offset;
  // One-byte negative numbers of s33 are value types; other negative ones mean nothing.
  if ((byte & 0xc0) === 0x40) {
    block.results = [readValueType(reader, 'a block type')];
    return block;
  }
  const index = reader.s33('a block type');
  if (index < 0) malformed(offset, 'malformed block type');
  block.typeIndex = index;
  // An index out of range is for the validator to refuse.
  const type = context.types[index];
  block.params = type?.params ?? NO_TYPES;
  block.results = type?.results ?? NO_TYPES;
  return block;
}

const INDEX_OF: Readonly<Record<string, string>> = {
  label: 'a label index',
  func: 'a function index',
  type: 'a type index',
  table: 'a table index',
  local: 'a local index',
  global: 'a global index',
  elem: 'an element segment index',
  data: 'a data segment index',
  memory: 'a memory index',
} satisfies Partial<Record<Immediate, string>>;

function decodeImmediates(
  reader: Reader,
  context: CodeContext,
  opcode: Opcode,
  offset: number,
  block: Block,
): Instruction {
  let index = 0;
  let index2 = 0;
  let align = 0;
  let memOffset = 0;
  let value: number | bigint = 0;
  let labels = NO_LABELS;
  let types = NO_TYPES;
  const { immediates } = opcode;
  for (let i = 0; i < immediates.length; i++) {
    const kind = immediates[i];
    switch (kind) {
      case 'block':
        break; // read by the caller, who keeps the nesting
      case 'labels':
        labels = readLabels(reader, context);
        break;
      case 'memarg': {
        const at = reader.offset;
        const flags = reader.u32('an alignment');
        if (flags >= 2 * HAS_MEMORY) malformed(at, `malformed memop flags ${flags}`);
        align = flags % HAS_MEMORY;
        if (flags >= HAS_MEMORY) index = reader.u32('a memory index');
        memOffset = reader.u64('a memory offset');
        break;
      }
      case 'i32':
        value = reader.s32('an i32 constant') >>> 0;
        break;
      case 'i64':
        value = reader.s64Bits('an i64 constant');
        break;
      case 'f32':
        value = reader.bits(4, 'an f32 constant');
        break;
      case 'f64':
        value = reader.bits(8, 'an f64 constant');
        break;
      case 'reftype':
        types = [readReferenceType(reader)];
        break;
      case 'types':
        types = readTypes(reader);
        break;
      default: {
        const number = reader.u32(INDEX_OF[kind]);
        if (i === 0) index = number;
        else index2 = number;
        if (kind === 'data' && context.dataCount === undefined) {
          malformed(offset, `${opcode.name} without a data count section: data count section required`);
        }
      }
    }
  }
  return makeInstruction(opcode.id, offset, index, index2, align, memOffset, value, labels, types, block);
}

/** One literal, so that all instructions have one hidden class. */
function makeInstruction(
  op: number,
  offset: number,
  index: number,
  index2: number,
  align: number,
  memOffset: number,
  value: number | bigint,
  labels: Uint32Array,
  types: readonly ValueType[],
  block: Block,
): Instruction {
  return { op, offset, index, index2, align, memOffset, value, labels, types, block };
}

function readLabels(reader: Reader, context: CodeContext): Uint32Array {
  const offset = reader.offset;
  const count = reader.count(LIMITS.brTableLabels, 'br_table labels');
  countInstructions(context, offset, count);
  const labels = new Uint32Array(count + 1);
  for (let i = 0; i <= count; i++) labels[i] = reader.u32('a label index');
  return labels;
}

function readTypes(reader: Reader): ValueType[] {
  const count = reader.count(LIMITS.functionResults, 'result types of select');
  const types: ValueType[] = [];
  for (let i = 0; i < count; i++) types.push(readValueType(reader, 'a value type'));
  return types;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
