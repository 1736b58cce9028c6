/**
 * Interprets a constraint program on chunks of rows: each instruction runs over a handful of groups whose registers
 * stay in the cache, so its overhead is paid once for all of them.
 */
import { GROUP_BYTES } from '../../field/limbs.ts';
import { type Code, call, forRange, i32, increment, type Local, set, when, whileLoop } from './assembler.ts';
import type { Source } from './field-emitter.ts';
import type { KernelContext } from './kernels.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';
import { OPCODES } from './program.ts';
import { argument, chunkGroups } from './vectors-emitter.ts';

/** Words of an encoded instruction: opcode; byte offsets of three entries in the table of operands; two strides. */
export const INSTRUCTION_WORDS = 6;

/** Arguments of the task `evaluate`, as 32-bit words. */
export const EVALUATE_ARGUMENTS = {
  perChunk: 0,
  groups: 1,
  /** Encoded instructions and the end of them. */
  code: 2,
  codeEnd: 3,
  /** Addresses of columns and outputs, how many. */
  columns: 4,
  columnCount: 5,
  /** Number of registers and groups per pass. */
  registers: 6,
  width: 7,
  /** Groups of equal lanes, and how many. */
  scalars: 8,
  scalarCount: 9,
} as const;

export function emitProgram({ module, fr }: KernelContext): void {
  const rows = (
    name: string,
    body: (fn: FunctionBuilder, a: Source, b: Source, to: Local) => Code,
  ): FunctionHandle =>
    module.func(
      name,
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      [],
      (fn, to, a, b, strideA, strideB, count) =>
        whileLoop(count, [
          fr.group(() => body(fn, { group: a }, { group: b }, to)),
          increment(to, GROUP_BYTES),
          increment(a, strideA),
          increment(b, strideB),
          set(count, i32.sub(count, 1)),
        ]),
    );

  const add = rows('rows.add', (fn, a, b, to) => {
    const x = fr.element(fn);
    return [fr.add(x, a, b), fr.store(to, x)];
  });
  const sub = rows('rows.sub', (fn, a, b, to) => {
    const x = fr.element(fn);
    return [fr.sub(x, a, b), fr.store(to, x)];
  });
  const mul = rows('rows.mul', (fn, a, b, to) => {
    const x = fr.element(fn);
    return [fr.loadSource(x, b), fr.mul(fn, x, a, x), fr.store(to, x)];
  });
  const square = rows('rows.square', (fn, a, _, to) => {
    const x = fr.element(fn);
    return [fr.loadSource(x, a), fr.square(fn, x, x), fr.store(to, x)];
  });
  const normalise = rows('rows.normalise', (fn, a, _, to) => {
    const x = fr.element(fn);
    return [fr.loadSource(x, a), fr.normalise(fn, x), fr.store(to, x)];
  });
  const copy = rows('rows.copy', (fn, a, _, to) => {
    const x = fr.element(fn);
    return [fr.loadSource(x, a), fr.store(to, x)];
  });
  const implementations: Readonly<Record<keyof typeof OPCODES, FunctionHandle>> = {
    mul,
    add,
    sub,
    square,
    normalise,
    copy,
  };

  module.task('evaluate', (fn, chunk, args, scratch) => {
    const [from, left, width, table, at, k, instruction, end] = fn.locals('i32', 8);
    const [op, to, a, b, strideA, strideB, count, address] = fn.locals('i32', 8);
    const read = (name: keyof typeof EVALUATE_ARGUMENTS): Code => argument(args, EVALUATE_ARGUMENTS[name]);
    /** Appends `n` addresses, `step` apart, to the table. */
    const progression = (first: Code, n: Code, step: Code): Code => [
      set(address, first),
      forRange(k, 0, n, [i32.store(at, address), increment(at, 4), increment(address, step)]),
    ];
    const dispatch = Object.entries(implementations).reduceRight<Code>(
      (otherwise, [name, target]) =>
        when(
          i32.eq(op, OPCODES[name as keyof typeof OPCODES]),
          call(target, to, a, b, strideA, strideB, count),
          otherwise,
        ),
      [],
    );
    const operand = (local: Local, word: number): Code =>
      set(local, i32.load(i32.add(table, i32.load(instruction, 4 * word))));
    return [
      chunkGroups(chunk, args, EVALUATE_ARGUMENTS.perChunk, from, left),
      set(width, read('width')),
      // Registers first, the table of operands behind them.
      set(table, i32.add(scratch, i32.mul(i32.mul(read('registers'), width), GROUP_BYTES))),
      whileLoop(left, [
        set(count, left),
        when(i32.gt_u(count, width), set(count, width)),
        set(at, table),
        forRange(k, 0, read('columnCount'), [
          set(address, i32.load(i32.add(read('columns'), i32.shl(k, 2)))),
          i32.store(at, i32.add(address, i32.mul(from, GROUP_BYTES))),
          increment(at, 4),
        ]),
        progression(read('scalars'), read('scalarCount'), i32.const(GROUP_BYTES)),
        progression([i32.add(scratch, 0)], read('registers'), i32.mul(width, GROUP_BYTES)),
        set(instruction, read('code')),
        set(end, read('codeEnd')),
        whileLoop(i32.lt_u(instruction, end), [
          set(op, i32.load(instruction)),
          operand(to, 1),
          operand(a, 2),
          operand(b, 3),
          set(strideA, i32.load(instruction, 16)),
          set(strideB, i32.load(instruction, 20)),
          dispatch,
          increment(instruction, 4 * INSTRUCTION_WORDS),
        ]),
        increment(from, count),
        set(left, i32.sub(left, count)),
      ]),
    ];
  });
}
