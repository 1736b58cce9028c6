/**
 * Interprets a constraint program on chunks of rows: each instruction runs over a handful of groups whose registers
 * stay in the cache, so its overhead is paid once for all of them.
 */
import { GROUP_BYTES } from '../../field/limbs.ts';
import {
  type Code,
  call,
  forRange,
  get,
  i32,
  increment,
  type Local,
  set,
  when,
  whileLoop,
} from './assembler.ts';
import type { Source } from './field-emitter.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';
import {
  INSTRUCTION_WORDS,
  MAX_OPERANDS,
  OPERAND_WORDS,
  OPERATIONS,
  type Operation,
  SUMS,
} from './program.ts';
import { argument, chunkGroups } from './vectors-emitter.ts';

/** Arguments of the task `evaluate`, as 32-bit words. */
const EVALUATE_ARGUMENTS = {
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

type RowBody = (fn: FunctionBuilder, operands: readonly Source[], to: Local) => Code;

/** A function `(to, operands …, strides …, count)` that runs `body` on `count` groups. */
function emitRows({ module, fr }: KernelContext, name: string, count: number, body: RowBody): FunctionHandle {
  const parameters = 2 + 2 * count;
  return module.func(`rows.${name}`, new Array<'i32'>(parameters).fill('i32'), [], (fn, to, ...rest) => {
    const [operands, strides, left] = [rest.slice(0, count), rest.slice(count, 2 * count), rest[2 * count]];
    const sources = operands.map((group): Source => ({ group }));
    return whileLoop(left, [
      fr.group(() => body(fn, sources, to)),
      increment(to, GROUP_BYTES),
      operands.map((operand, i) => increment(operand, strides[i])),
      set(left, i32.sub(left, 1)),
    ]);
  });
}

/** Operands and body of every operation. */
function rowBodies({
  fr,
}: KernelContext): Readonly<Record<Operation, readonly [operands: number, body: RowBody]>> {
  const onLoaded =
    (work: (fn: FunctionBuilder, x: ReturnType<typeof fr.element>) => Code): RowBody =>
    (fn, [a], to) => {
      const x = fr.element(fn);
      return [fr.loadSource(x, a), work(fn, x), fr.store(to, x)];
    };
  const binary =
    (combine: typeof fr.add): RowBody =>
    (fn, [a, b], to) => {
      const x = fr.element(fn);
      return [combine.call(fr, x, a, b), fr.store(to, x)];
    };
  const sums = Object.entries(SUMS).map(([name, { products, addend }]) => {
    const body: RowBody = (fn, operands, to) => {
      const x = fr.element(fn);
      const terms = products.map((sign, k) => ({
        x: operands[2 * k],
        y: operands[2 * k + 1],
        negative: sign < 0,
      }));
      const last = operands[2 * products.length];
      return [
        fr.mulSum(fn, x, terms),
        addend === 0 ? [] : addend > 0 ? fr.add(x, x, last) : fr.sub(x, x, last),
        fr.store(to, x),
      ];
    };
    return [name, [2 * products.length + (addend === 0 ? 0 : 1), body]] as const;
  });
  return {
    add: [2, binary(fr.add)],
    sub: [2, binary(fr.sub)],
    square: [1, onLoaded((fn, x) => fr.square(fn, x, x))],
    normalise: [1, onLoaded((fn, x) => fr.normalise(fn, x))],
    copy: [1, onLoaded(() => [])],
    ...(Object.fromEntries(sums) as Record<keyof typeof SUMS, readonly [number, RowBody]>),
  };
}

export function emitProgram(context: KernelContext): void {
  const { module } = context;
  const bodies = rowBodies(context);
  const rows = OPERATIONS.map((name) => {
    const [count, body] = bodies[name];
    return { count, target: emitRows(context, name, count, body) };
  });

  module.task('evaluate', (fn, chunk, args, scratch) => {
    const [from, left, width, table, at, k, instruction, end] = fn.locals('i32', 8);
    const [op, to, count, address, touched] = fn.locals('i32', 5);
    const operands = fn.locals('i32', MAX_OPERANDS);
    const strides = fn.locals('i32', MAX_OPERANDS);
    const read = (name: keyof typeof EVALUATE_ARGUMENTS): Code => argument(args, EVALUATE_ARGUMENTS[name]);
    const append = (stride: number): Code => [
      i32.store(at, address),
      i32.store(at, stride, 4),
      increment(at, 4 * OPERAND_WORDS),
    ];
    /** Appends `n` addresses, `step` apart, to the table. */
    const progression = (first: Code, n: Code, step: Code, stride: number): Code => [
      set(address, first),
      forRange(k, 0, n, [append(stride), increment(address, step)]),
    ];
    /** Calls `rows[op]` for `from ≤ op < to` by halving. */
    const dispatch = (first: number, last: number): Code => {
      if (last - first > 1) {
        const middle = (first + last) >> 1;
        return when(i32.lt_u(op, middle), dispatch(first, middle), dispatch(middle, last));
      }
      const { count: used, target } = rows[first];
      return call(target, to, ...operands.slice(0, used), ...strides.slice(0, used), count);
    };
    const entry = (word: number): Code => i32.add(table, i32.load(instruction, 4 * word));
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
          increment(address, i32.mul(from, GROUP_BYTES)),
          append(GROUP_BYTES),
          // More streams than the processor follows by itself: their lines are asked for together.
          set(end, i32.add(address, i32.mul(count, GROUP_BYTES))),
          whileLoop(i32.lt_u(address, end), [
            set(touched, i32.or(touched, i32.load(address))),
            increment(address, 64),
          ]),
        ]),
        i32.store(at, touched),
        progression(read('scalars'), read('scalarCount'), i32.const(GROUP_BYTES), 0),
        progression(get(scratch), read('registers'), i32.mul(width, GROUP_BYTES), GROUP_BYTES),
        set(instruction, read('code')),
        set(end, read('codeEnd')),
        whileLoop(i32.lt_u(instruction, end), [
          set(op, i32.load(instruction)),
          set(to, i32.load(entry(1))),
          operands.map((operand, i) => [
            set(address, entry(2 + i)),
            set(operand, i32.load(address)),
            set(strides[i], i32.load(address, 4)),
          ]),
          dispatch(0, rows.length),
          increment(instruction, 4 * INSTRUCTION_WORDS),
        ]),
        increment(from, count),
        set(left, i32.sub(left, count)),
      ]),
    ];
  });
}
