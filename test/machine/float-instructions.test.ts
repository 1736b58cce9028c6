/** Floating-point instructions in programs: translation, linking, traps, arguments, and what the documentation says of NaN. */
import assert from 'node:assert/strict';
import { checkTrace as checkRows } from '../../sdk/src/attest/inspect/check.ts';
import { execute, trace } from '../../sdk/src/machine/execute/execute.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import {
  type Code,
  decodeModule,
  type Module,
  moduleBytes,
  type NumberType,
} from '../../sdk/src/wasm/index.ts';
import { FLOAT_INSTRUCTIONS, hardware, specialWords, typesOf, wordModule } from './lib/float-oracle.ts';
import { toEngine } from './lib/float-values.ts';

const isTrapping = (name: string): boolean => /^i(32|64)\.trunc_f/.test(name);
/** Instructions that keep bits: the engine's bits are right even for NaN. */
const KEEPS = /abs|neg|copysign|reinterpret/;

function moduleOf(type: string, code: Code): Module {
  return decodeModule(
    moduleBytes({ types: [type], functions: [{ type: 0, code }], exports: [['f', 'func', 0]] }),
  );
}

function run(type: string, code: Code, args: readonly bigint[]): readonly bigint[] | string {
  const { results, trap } = execute(translate(moduleOf(type, code), { entry: 'f' }), { args });
  return trap?.text ?? results;
}

describe('floating-point instructions in the emulator', () => {
  const opcodes = FLOAT_INSTRUCTIONS.filter(({ name }) => !isTrapping(name));
  const module = decodeModule(wordModule(opcodes));
  const hard = hardware(opcodes);

  for (const opcode of opcodes) {
    const { name } = opcode;
    it(`${name} of special values`, () => {
      const { params } = typesOf(opcode);
      const program = translate(module, { entry: name });
      const [first, second = [undefined]] = params.map(specialWords);
      let count = 0;
      for (const [i, x] of first.entries()) {
        for (const [j, y] of second.entries()) {
          // Routines are compared in full by float-module.test.ts.
          if (y !== undefined && !KEEPS.test(name) && (i + j) % 7 !== 0) continue;
          const args = y === undefined ? [x] : [x, y];
          const [got] = execute(program, { args }).results;
          count++;
          if (KEEPS.test(name)) assert.equal(got, bitOperation(name, args), `${name}(${args})`);
          else assert.equal(got, hard.get(name)?.(...args), `${name}(${args})`);
        }
      }
      assert.ok(count > 20);
    });
  }

  it('rows and bus hold, for one program of all instructions', async () => {
    const words = [0x4009_21fb_5444_2d18n, 0xbff8_0000_0000_0001n, 3n];
    const code = opcodes.flatMap(({ name, type }): Code => {
      const operands = (type?.params ?? []).flatMap((param, i): Code => {
        if (param === 'f64') return [['local.get', i]];
        if (param === 'f32') return [['local.get', i], 'f32.demote_f64'];
        return param === 'i64' ? [['local.get', 2]] : [['local.get', 2], 'i32.wrap_i64'];
      });
      return [...operands, name, 'drop'];
    });
    const program = translate(moduleOf('f64 f64 i64 ->', code), { entry: 'f' });
    const traced = trace(program, { args: words });
    assert.equal(traced.execution.trap, undefined);
    assert.deepEqual((await checkRows(program, traced)).failures, []);
  });
});

/** On bits, by the specification (4.3.3). */
function bitOperation(name: string, [x, y = 0n]: readonly bigint[]): bigint {
  const sign = name.includes('64') ? 1n << 63n : 1n << 31n;
  if (name.endsWith('abs')) return x & (sign - 1n);
  if (name.endsWith('neg')) return x ^ sign;
  return name.endsWith('copysign') ? (x & (sign - 1n)) | (y & sign) : x;
}

describe('truncations that trap', () => {
  for (const opcode of FLOAT_INSTRUCTIONS.filter(({ name }) => isTrapping(name))) {
    it(opcode.name, () => {
      const { params, result } = typesOf(opcode);
      const [from] = params as ['f32' | 'f64'];
      const bits = BigInt(result.slice(1));
      const signed = opcode.name.endsWith('s');
      const [least, limit] = signed ? [-(1n << (bits - 1n)), 1n << (bits - 1n)] : [0n, 1n << bits];
      const program = translate(moduleOf(`${from} -> ${result}`, [['local.get', 0], opcode.name]), {
        entry: 'f',
      });
      const edges = [least - 1n, least, limit - 1n, limit].map((edge) => wordNear(edge, from));
      const outcomes = new Set<string>();
      for (const word of [
        ...specialWords(from),
        ...edges.flatMap((edge) => [edge - (edge > 0n ? 1n : 0n), edge, edge + 1n]),
      ]) {
        const value = Number(toEngine(word, from));
        const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
        const expected = Number.isNaN(value)
          ? 'invalid conversion to integer'
          : whole === undefined || whole < least || whole >= limit
            ? 'integer overflow'
            : String(BigInt.asUintN(Number(bits), whole));
        const { trap, results } = execute(program, { args: [word] });
        assert.equal(trap?.text ?? String(results[0]), expected, `${opcode.name}(${value})`);
        outcomes.add(trap?.text ?? 'returned');
      }
      assert.equal(outcomes.size, 3);
    });
  }
});

function wordNear(value: bigint, type: 'f32' | 'f64'): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === 'f64') view.setFloat64(0, Number(value));
  else view.setFloat32(4, Number(value));
  return view.getBigUint64(0);
}

describe('bits of NaN', () => {
  const signalling = { f32: 0xff80_0001n, f64: 0xfff0_0000_0000_0001n };
  const canonical = { f32: 0x7fc0_0000n, f64: 0x7ff8_0000_0000_0000n };

  for (const type of ['f32', 'f64'] as const) {
    const nan: Code[number] = [`${type}.const`, signalling[type]];
    it(`${type}: arithmetic gives the positive canonical one`, () => {
      for (const op of ['add', 'sub', 'mul', 'div', 'min', 'max'] as const) {
        assert.deepEqual(
          run(`${type} -> ${type}`, [['local.get', 0], nan, `${type}.${op}`], [0n]),
          [canonical[type]],
          op,
        );
      }
      for (const op of ['sqrt', 'ceil', 'floor', 'trunc', 'nearest'] as const) {
        assert.deepEqual(run(`-> ${type}`, [nan, `${type}.${op}`], []), [canonical[type]], op);
      }
      assert.deepEqual(run(`-> ${type}`, [[`${type}.const`, -1], `${type}.sqrt`], []), [canonical[type]]);
    });

    it(`${type}: everything else keeps them`, () => {
      const bytes = moduleBytes({
        types: [`i32 ${type} -> ${type} ${type} ${type} ${type}`],
        functions: [
          {
            type: 0,
            locals: [type],
            code: [
              ...[['local.get', 0], nan, [`${type}.store`, 0, 1], ['local.get', 0], [`${type}.load`, 0, 1]],
              ...[
                ['local.get', 1],
                ['local.tee', 2],
                ['global.set', 0],
                ['global.get', 0],
              ],
              ...[nan, ['local.get', 1], ['local.get', 0], 'select'],
              ...[['local.get', 2], ['block', type], ['local.get', 1], 'end'],
              ...['drop'],
            ] as Code,
          },
        ],
        memories: [{ min: 1, max: 1 }],
        globals: [{ type, mutable: true, init: [nan] }],
        exports: [['f', 'func', 0]],
      });
      const { results } = execute(translate(decodeModule(bytes), { entry: 'f' }), {
        args: [1n, signalling[type] + 6n],
      });
      const [word, other] = [signalling[type], signalling[type] + 6n];
      assert.deepEqual(results, [word, other, word, other]);
    });
  }
});

describe('linking of floating point', () => {
  const sections = (code: Code): readonly string[] =>
    translate(moduleOf('f64 f64 -> f64', code), { entry: 'f' })
      .sections.filter(({ kind }) => kind === 'routine')
      .map(({ name }) => name);

  it('takes the routines in use, once each, in the order of their first use', () => {
    const x: Code = [['local.get', 0]];
    const code: Code = [...x, ...x, 'f64.mul', ...x, 'f64.mul', ['local.get', 1], 'f64.add', 'f64.neg'];
    const linked = sections(code).filter((name) => name.startsWith('f64.'));
    assert.deepEqual(linked, ['f64.mul', 'f64.add']);
    assert.deepEqual(sections([...x, 'f64.neg']), []);
  });

  it('is the same every time', () => {
    const module = moduleOf('f64 f64 -> f64', [
      ['local.get', 0],
      'f64.sqrt',
      ['local.get', 1],
      'f64.add',
      'f64.floor',
    ]);
    const [one, two] = [translate(module, { entry: 'f' }), translate(module, { entry: 'f' })];
    assert.deepEqual(one.code, two.code);
  });

  it('counts an instruction once, whatever its routine executes', () => {
    const module = moduleOf('f64 f64 -> f64', [['local.get', 0], ['local.get', 1], 'f64.div']);
    const program = translate(module, { entry: 'f' });
    assert.equal(execute(program, { args: [1n << 62n, 3n] }).instructions, 3);
  });

  it('takes words of every type as arguments', () => {
    const types: readonly NumberType[] = ['f64', 'f32', 'i64', 'i32'];
    const module = moduleOf(`${types.join(' ')} -> f32 f64`, [
      ['local.get', 1],
      ['local.get', 0],
    ]);
    const program = translate(module, { entry: 'f' });
    assert.deepEqual(program.entryType.parameters, types);
    const wide = (1n << 64n) - 5n;
    assert.deepEqual(execute(program, { args: [wide, 7n, wide, 9n] }).results, [7n, wide]);
    assert.throws(
      () => execute(program, { args: [1n, 1n << 32n, 1n, 1n] }),
      /not an unsigned 32-bit integer/,
    );
  });
});
