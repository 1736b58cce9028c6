/** Instructions as text, nearly as the specification's text format has them: one line each, indices with names. */
import { formatType, formatTypes } from './features.ts';
import { type FloatType, floatOfWord, formatFloat } from './floats.ts';
import { type Immediate, type Opcode, opcodeById } from './opcodes.ts';
import { describeFunction, type Instruction, type Module, type ValueType } from './types.ts';

/** `i32.add`, `local.get 2`, `call 3 "fib"`, `block (result i32)`, `i32.load offset=8 align=1`. */
export function formatInstruction(module: Module, instruction: Instruction): string {
  const opcode = opcodeById(instruction.op);
  if (opcode === undefined) return `opcode 0x${instruction.op.toString(16)}`;
  let indices = 0;
  const parts = opcode.immediates.map((immediate) => {
    const index = isIndex(immediate) && indices++ === 0 ? instruction.index : instruction.index2;
    return formatImmediate(module, instruction, opcode, immediate, index);
  });
  return [opcode.name === 'select_t' ? 'select' : opcode.name, ...parts.filter((part) => part !== '')].join(
    ' ',
  );
}

const INDICES: ReadonlySet<Immediate> = new Set<Immediate>([
  'label',
  'func',
  'type',
  'table',
  'local',
  'global',
  'elem',
  'data',
  'memory',
]);
const isIndex = (immediate: Immediate): boolean => INDICES.has(immediate);

function formatImmediate(
  module: Module,
  instruction: Instruction,
  opcode: Opcode,
  immediate: Immediate,
  index: number,
): string {
  const { value, align, memOffset, labels, types, block } = instruction;
  switch (immediate) {
    case 'block': {
      const list = (word: string, of: readonly ValueType[]): string[] =>
        of.length === 0 ? [] : [`(${word} ${formatTypes(of, ' ')})`];
      return [...list('param', block.params), ...list('result', block.results)].join(' ');
    }
    case 'labels':
      return labels.join(' ');
    case 'func':
      return describeFunction(module, index).replace(/^function /, '');
    case 'type': {
      const type = module.types[index];
      return `(type ${index}${type === undefined ? '' : ` ${formatType(type)}`})`;
    }
    case 'table':
      // Almost every module has one table at most.
      return index === 0 && opcode.immediates.length === 2 ? '' : `${index}`;
    case 'memory':
      // Of both memories of a copy, or none.
      return index === 0 && !(opcode.name === 'memory.copy' && instruction.index + instruction.index2 > 0)
        ? ''
        : `${index}`;
    case 'memarg': {
      const natural = 2 ** align === opcode.access;
      return [
        instruction.index === 0 ? '' : `${instruction.index}`,
        memOffset === 0 ? '' : `offset=${memOffset}`,
        natural ? '' : `align=${2 ** align}`,
      ]
        .filter((part) => part !== '')
        .join(' ');
    }
    case 'reftype':
      return types[0] === 'externref' ? 'extern' : 'func';
    case 'types':
      return `(result ${types.join(' ')})`;
    case 'i32':
      return `${Number(value) | 0}`;
    case 'i64':
      return `${BigInt.asIntN(64, BigInt(value))}`;
    case 'f32':
    case 'f64':
      return formatConstant(BigInt(value), immediate);
    default:
      return `${index}`;
  }
}

/** NaN with its bits, which are lost as a number. */
function formatConstant(bits: bigint, type: FloatType): string {
  return Number.isNaN(floatOfWord(bits, type)) ? `nan:0x${bits.toString(16)}` : formatFloat(bits, type);
}
