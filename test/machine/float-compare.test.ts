/** Comparisons of floating point: each relation, of every pair of special words, in front of everything that takes a condition. */
import assert from 'node:assert/strict';
import { checkTrace as checkRows } from '../../sdk/src/attest/inspect/check.ts';
import { execute, trace } from '../../sdk/src/machine/execute/execute.ts';
import { opcodeInfo } from '../../sdk/src/machine/instructions.ts';
import type { Program } from '../../sdk/src/machine/program.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import { verifyImage } from '../../sdk/src/machine/verify-image/verify-image.ts';
import { type Code, decodeModule, moduleBytes } from '../../sdk/src/wasm/index.ts';
import type { OpcodeName } from '../../sdk/src/wasm/opcodes.ts';
import { specialWords } from './lib/float-oracle.ts';
import { get, i32, set } from './lib/programs.ts';

type Float = 'f32' | 'f64';
const RELATIONS = ['eq', 'ne', 'lt', 'gt', 'le', 'ge'] as const;
/** Parameters of the tested functions; a third local of their type, and a counter. */
const [X, Y, T, N] = [0, 1, 2, 3];
const number = (type: Float, word: bigint): Code[number] => [`${type}.const`, word];
const SWAP: Code = [get(X), set(T), get(Y), set(X), get(T), set(Y)];
const COUNT: Code = [get(N), i32(1), 'i32.add', set(N)];

/** Bodies of functions of two numbers that give an i32, by what takes the comparison that `holds` stands for. */
function consumers(type: Float, holds: Code): Readonly<Record<string, Code>> {
  const word: Code = type === 'f32' ? ['i32.reinterpret_f32'] : ['i64.reinterpret_f64', 'i32.wrap_i64'];
  const branch = (depth: number): Code[number] => ['br_if', depth];
  return {
    value: holds,
    'value kept': [...holds, ['local.tee', N], get(N), i32(2), 'i32.mul', 'i32.add'],
    'and of two': [...holds, ...SWAP, ...holds, 'i32.eqz', 'i32.and'],
    if: [...holds, 'if', ...COUNT, 'else', i32(7), set(N), 'end', get(N)],
    'if, negated': [...holds, 'i32.eqz', 'if', ...COUNT, 'end', get(N)],
    'if, twice negated': [...holds, 'i32.eqz', 'i32.eqz', 'if', ...COUNT, 'end', get(N)],
    br_if: ['block', ...holds, branch(0), ...COUNT, 'end', get(N)],
    'br_if with a value': [['block', 'i32'], i32(5), ...holds, branch(0), i32(3), 'i32.xor', 'end'],
    'br_if out of the function': [i32(5), ...holds, branch(0), i32(3), 'i32.xor'],
    'select of others': [i32(4), i32(9), ...holds, 'select'],
    'select of operands': [get(X), get(Y), ...holds, 'select', set(T), get(T), ...word],
    'select into an operand': [get(X), get(Y), ...holds, 'select', set(X), get(X), ...word],
    'select of the operand it goes to': [get(T), get(Y), ...holds, 'select', set(Y), get(Y), ...word],
    // A branch back to the loop decides once more, of other numbers.
    'header of a loop, br_if': [
      ...['block' as const, 'loop' as const, ...holds, 'i32.eqz' as const, branch(1)],
      ...[...COUNT, get(N), i32(3), 'i32.eq' as const, branch(1), ...SWAP, ['br', 0] as const],
      ...['end' as const, 'end' as const, get(N)],
    ],
    'header of a loop, if': [
      ...[
        'loop' as const,
        ...holds,
        'if' as const,
        ...COUNT,
        get(N),
        i32(3),
        'i32.ne' as const,
        'if' as const,
      ],
      ...[...SWAP, ['br', 2] as const, 'end' as const, 'end' as const, 'end' as const, get(N)],
    ],
    'end of a loop': [
      ...['loop' as const, ...COUNT, ...SWAP, get(N), i32(3), 'i32.ne' as const],
      ...[...holds, 'i32.and' as const, branch(0), 'end' as const, get(N)],
    ],
  };
}

/** The comparison of the operands, and with constants on either side. */
function comparisons(type: Float, relation: (typeof RELATIONS)[number]): Readonly<Record<string, Code>> {
  const name: OpcodeName = `${type}.${relation}`;
  const all: Record<string, Code> = { 'x, y': [get(X), get(Y), name], 'x, x': [get(X), get(X), name] };
  const [sign, fraction] = type === 'f32' ? [31n, 23n] : [63n, 52n];
  const [one, infinity] = [
    ((1n << (sign - fraction - 1n)) - 1n) << fraction,
    ((1n << (sign - fraction)) - 1n) << fraction,
  ];
  for (const positive of [0n, 1n, one, infinity, infinity + 1n]) {
    for (const word of [positive, positive | (1n << sign)]) {
      const hex = `0x${word.toString(16)}`;
      all[`x, ${hex}`] = [get(X), number(type, word), name];
      all[`${hex}, y`] = [number(type, word), get(Y), name];
    }
  }
  return all;
}

interface Subject {
  readonly name: string;
  readonly code: Code;
}

/** With constants the rows are others, what takes them is not. */
const OF_CONSTANTS: readonly string[] = ['value', 'if', 'br_if with a value', 'select of operands'];

function subjects(type: Float, relation: (typeof RELATIONS)[number]): Subject[] {
  return Object.entries(comparisons(type, relation)).flatMap(([operands, holds]) =>
    Object.entries(consumers(type, holds))
      .filter(([consumer]) => !operands.includes('0x') || OF_CONSTANTS.includes(consumer))
      .map(([consumer, code]) => ({ name: `${consumer}: ${operands}`, code })),
  );
}

const TYPE = (type: Float): string => `${type} ${type} -> i32`;

/** A module that exports each subject, and `all`: a digest of what they give for all pairs of the words in memory. */
function moduleOf(type: Float, tested: readonly Subject[]): Uint8Array<ArrayBuffer> {
  const words = specialWords(type);
  const size = type === 'f32' ? 4 : 8;
  const data = new Uint8Array(words.length * size);
  const view = new DataView(data.buffer);
  for (const [i, word] of words.entries()) {
    if (size === 4) view.setUint32(4 * i, Number(word), true);
    else view.setBigUint64(8 * i, word, true);
  }
  const [I, J, HASH] = [0, 1, 2];
  const load = (at: number): Code => [get(at), [`${type}.load`, 2, 0]];
  const next = (at: number): Code => [
    get(at),
    i32(size),
    'i32.add',
    ['local.tee', at],
    i32(data.length),
    'i32.lt_u',
  ];
  const each = tested.flatMap(
    (_, i): Code => [
      ...[
        get(HASH),
        ['i64.const', 31n] as const,
        'i64.mul' as const,
        ...load(I),
        ...load(J),
        ['call', i] as const,
      ],
      ...['i64.extend_i32_u' as const, 'i64.add' as const, set(HASH)],
    ],
  );
  const all: Code = [
    ...[
      'loop' as const,
      i32(0),
      set(J),
      'loop' as const,
      ...each,
      ...next(J),
      ['br_if', 0] as const,
      'end' as const,
    ],
    ...[...next(I), ['br_if', 0] as const, 'end' as const, get(HASH)],
  ];
  return moduleBytes({
    types: [TYPE(type), '-> i64'],
    functions: [
      ...tested.map(({ code }) => ({ type: 0, locals: [type, 'i32'] as const, code })),
      { type: 1, locals: ['i32', 'i32', 'i64'] as const, code: all },
    ],
    memories: [{ min: 1, max: 1 }],
    datas: [{ offset: [i32(0)], bytes: data }],
    exports: [...tested.map(({ name }, i) => [name, 'func', i] as const), ['all', 'func', tested.length]],
  });
}

function programOf(type: Float, code: Code): Program {
  const bytes = moduleOf(type, [{ name: 'f', code }]);
  return translate(decodeModule(bytes), { entry: 'f' });
}

const rowsOf = (program: Program, args: readonly bigint[]): number =>
  Object.values(execute(program, { args }).rows).reduce((sum, rows) => sum + rows, 0);

describe('comparisons of floating point', () => {
  for (const type of ['f32', 'f64'] as const) {
    for (const relation of RELATIONS) {
      it(`${type}.${relation} as the engine has it, of all pairs of special words`, () => {
        const tested = subjects(type, relation);
        const bytes = moduleOf(type, tested);
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
        const module = decodeModule(bytes);
        const program = translate(module, { entry: 'all' });
        verifyImage(program);
        assert.deepEqual(
          program.sections.filter(({ kind }) => kind === 'routine'),
          [],
        );
        const wanted = BigInt.asUintN(64, (exports['all'] as () => bigint)());
        if (execute(program, {}).results[0] === wanted) return;
        for (const { name } of tested) compareOne(type, module, name, exports);
        assert.fail('the sum of all differs, and none of them');
      });
    }
  }

  it('rows and bus hold', async () => {
    for (const type of ['f32', 'f64'] as const) {
      const [, negative] = specialWords(type).slice(-2) as [bigint, bigint];
      for (const relation of ['lt', 'ge', 'eq'] as const) {
        const { code } = subjects(type, relation).find(
          ({ name }) => name === 'header of a loop, br_if: x, y',
        )!;
        const program = programOf(type, code);
        for (const args of [
          [1n, 2n],
          [negative, 0n],
          [specialWords(type)[1]!, 5n],
        ]) {
          const traced = trace(program, { args });
          assert.deepEqual((await checkRows(program, traced)).failures, []);
        }
      }
    }
  });

  it('a branch back to a loop repeats the comparison that the loop begins with', () => {
    for (const consumer of ['header of a loop, br_if', 'header of a loop, if']) {
      const { code } = subjects('f64', 'lt').find(({ name }) => name === `${consumer}: x, y`)!;
      const { code: rows } = programOf('f64', code);
      const infinity = (pc: number): boolean =>
        opcodeInfo(rows.opcode[pc]!)!.name === 'br' && rows.cHigh[pc] === 0x7ff0_0000;
      const once = programOf('f64', [get(X), get(Y), 'f64.lt', 'if', ...COUNT, 'end', get(N)]).code;
      const count = (length: number, is: (pc: number) => boolean): number =>
        Array.from({ length }, (_, pc) => pc).filter((pc) => pc > 0 && is(pc)).length;
      const single = count(
        once.length,
        (pc) => once.cHigh[pc] === 0x7ff0_0000 && opcodeInfo(once.opcode[pc]!)!.name === 'br',
      );
      assert.equal(count(rows.length, infinity), 2 * single);
    }
  });

  it('takes three rows with its branch of numbers that are not negative, and at most five', () => {
    const wordOf = (value: number): bigint => BigInt(new Uint32Array(Float32Array.of(value).buffer)[0]!);
    for (const relation of ['lt', 'gt', 'le', 'ge', 'eq', 'ne'] as const) {
      const holds: Code = [get(X), get(Y), `f32.${relation}`];
      const program = programOf('f32', ['block', ...holds, ['br_if', 0], 'end', i32(0)]);
      const nothing = programOf('f32', [i32(0)]);
      const rows = (x: number, y: number): number => {
        const args = [wordOf(x), wordOf(y)];
        return rowsOf(program, args) - rowsOf(nothing, args);
      };
      for (const x of [0, 0.25, 1, 7e9])
        for (const y of [0.5, 2, 3e30]) assert.equal(rows(x, y), 3, `${relation} ${x} ${y}`);
      for (const x of [-1, 1, -8, 8])
        for (const y of [-2, 2, -8]) assert.ok(rows(x, y) <= 5, `${relation} ${x} ${y}`);
    }
  });
});

/** Says of which operands it goes wrong. */
function compareOne(
  type: Float,
  module: ReturnType<typeof decodeModule>,
  name: string,
  exports: WebAssembly.Exports,
): void {
  const program = translate(module, { entry: name });
  const words = specialWords(type);
  // Bits of NaN would not pass the JavaScript API: a module of words calls the function.
  const integer = type === 'f32' ? 'i32' : 'i64';
  const reinterpret = `${type}.reinterpret_${integer}` as OpcodeName;
  const bytes = moduleBytes({
    types: [TYPE(type), `${integer} ${integer} -> i32`],
    imports: [['m', name, { kind: 'func', type: 0 }]],
    functions: [{ type: 1, code: [get(0), reinterpret, get(1), reinterpret, ['call', 0]] }],
    exports: [['f', 'func', 1]],
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    m: exports as WebAssembly.ModuleImports,
  });
  const call = instance.exports['f'] as (...args: (number | bigint)[]) => number;
  for (const x of words) {
    for (const y of words) {
      const wanted = BigInt(
        call(...[x, y].map((word) => (integer === 'i32' ? Number(word) | 0 : word))) >>> 0,
      );
      const [got] = execute(program, { args: [x, y] }).results;
      assert.equal(got, wanted, `${name} of 0x${x.toString(16)} and 0x${y.toString(16)}`);
    }
  }
}
