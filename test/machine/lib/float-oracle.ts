/** Floating-point instructions on words: the engine's own, and those of the linked routines run in the engine. */
import { instantiateSoftfloat } from '../../../scripts/softfloat/rows.ts';
import { routineModule } from '../../../sdk/src/machine/translate/routines.ts';
import {
  type Code,
  moduleBytes,
  type NumberType,
  OPCODES,
  type Opcode,
} from '../../../sdk/src/wasm/index.ts';
import { normalised } from './float-values.ts';

/** An instruction on words. */
export type WordFunction = (...words: readonly bigint[]) => bigint;

/** Instructions from numbers to a number that have to do with floating point. */
export const FLOAT_INSTRUCTIONS: readonly Opcode[] = OPCODES.filter(({ type, feature, access }) => {
  return (
    (feature === 'float' || feature === 'saturating-conversion') &&
    access === 0 &&
    (type?.params.length ?? 0) > 0
  );
});

export function typesOf(opcode: Opcode): { params: readonly NumberType[]; result: NumberType } {
  const { params = [], results = [] } = opcode.type ?? {};
  return { params: params as readonly NumberType[], result: results[0] as NumberType };
}

export const integerOf = (type: NumberType): 'i32' | 'i64' => (type.endsWith('32') ? 'i32' : 'i64');

/** Code of an instruction with words as parameters and as its result. */
export function codeOnWords(opcode: Opcode): Code {
  const { params, result } = typesOf(opcode);
  const operands = params.flatMap((type, i): Code => {
    const get = ['local.get', i] as const;
    if (type === 'f32') return [get, 'f32.reinterpret_i32'];
    return type === 'f64' ? [get, 'f64.reinterpret_i64'] : [get];
  });
  const bits: Code =
    result === 'f32' ? ['i32.reinterpret_f32'] : result === 'f64' ? ['i64.reinterpret_f64'] : [];
  return [...operands, opcode.name, ...bits];
}

/** A module that exports each of `opcodes`, by its name, as a function on words. */
export function wordModule(opcodes: readonly Opcode[]): Uint8Array<ArrayBuffer> {
  const types: string[] = [];
  const functions = opcodes.map((opcode) => {
    const { params, result } = typesOf(opcode);
    const type = `${params.map(integerOf).join(' ')} -> ${integerOf(result)}`;
    if (!types.includes(type)) types.push(type);
    return { type: types.indexOf(type), code: codeOnWords(opcode) };
  });
  const exports = opcodes.map(({ name }, i) => [name, 'func', i] as const);
  return moduleBytes({ types, functions, exports });
}

/** What the engine's floating-point hardware gives, every NaN as the canonical one. */
export function hardware(opcodes: readonly Opcode[]): ReadonlyMap<string, WordFunction> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wordModule(opcodes)));
  return functionsOf(exports, opcodes, true);
}

/** The routines that are linked into programs, run by the engine. */
export function routines(bytes: Uint8Array<ArrayBuffer>): ReadonlyMap<string, WordFunction> {
  const names = new Set(routineModule('softfloat').exports.map(({ name }) => name));
  return functionsOf(
    instantiateSoftfloat(bytes),
    FLOAT_INSTRUCTIONS.filter(({ name }) => names.has(name)),
    false,
  );
}

function functionsOf(
  exports: WebAssembly.Exports,
  opcodes: readonly Opcode[],
  normalise: boolean,
): ReadonlyMap<string, WordFunction> {
  return new Map(
    opcodes.map((opcode): [string, WordFunction] => {
      const { params, result } = typesOf(opcode);
      const call = exports[opcode.name] as (...args: (number | bigint)[]) => number | bigint;
      const bits = integerOf(result) === 'i32' ? 32 : 64;
      const on: WordFunction = (...words) => {
        const args = words.map((word, i) => (integerOf(params[i]) === 'i32' ? Number(word) | 0 : word));
        const word = BigInt.asUintN(bits, BigInt(call(...args)));
        return normalise ? normalised(word, result) : word;
      };
      return [opcode.name, on];
    }),
  );
}

/** Words where instructions change their ways: zeros, least and greatest, powers of two and their neighbours, ties, NaN. */
export function specialWords(type: NumberType): readonly bigint[] {
  const bits = type.endsWith('32') ? 32 : 64;
  const sign = 1n << BigInt(bits - 1);
  if (type === 'i32' || type === 'i64') {
    const powers = [8, 23, 24, 25, 31, 32, 52, 53, 54, 62]
      .filter((k) => k < bits)
      .map((k) => 1n << BigInt(k));
    const list = [0n, 1n, 2n, 3n, ...powers.flatMap((p) => [p - 1n, p, p + 1n, p + p / 2n])];
    return [
      ...new Set([...list, ...list.map((word) => -word), sign - 1n, 0x7fff_ffbfn, 0x00ff_ffffn << 39n]),
    ].map((word) => BigInt.asUintN(bits, word));
  }
  const fraction = type === 'f32' ? 23n : 52n;
  const bias = type === 'f32' ? 127n : 1023n;
  const ones = (1n << fraction) - 1n;
  const exponents = [-bias + 1n, -1n, 0n, 1n, 2n, 22n, 23n, 24n, 31n, 32n, 51n, 52n, 53n, 63n, 64n, bias]
    .filter((k) => k <= bias)
    .map((k) => (k + bias) << fraction);
  const around = exponents.flatMap((word) => [word - 1n, word, word + 1n]);
  const tie = 1n << (fraction - 1n);
  const others = [0n, 1n, 2n, ones, exponents[2] | tie, exponents[1] | tie, exponents[3] | (tie >> 1n)];
  const infinity = (2n * bias + 1n) << fraction;
  const nans = [infinity, infinity | 1n, infinity | tie, infinity | tie | 5n, infinity | ones];
  return [...around, ...others, ...nans].flatMap((word) => [word, word | sign]);
}
