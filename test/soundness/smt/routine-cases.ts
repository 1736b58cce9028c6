/** Instructions of WebAssembly that several rows do, with what the specification of WebAssembly says of them. */
import { loadProgram } from '../../../sdk/src/attest/module/load.ts';
import {
  type Program,
  STATUS_RETURNED,
  STATUS_TRAPPED,
  TRAPS,
  type TrapName,
} from '../../../sdk/src/machine/program.ts';
import { type Code, moduleBytes } from '../../../sdk/src/wasm/index.ts';
import type { OpcodeName } from '../../../sdk/src/wasm/opcodes.ts';
import { EFFORT } from './cases.ts';
import { DIVISION_LEMMAS, type Path, Routine } from './routine.ts';
import { Both, type Installed } from './second.ts';
import { type Answer, type Answerer, extend, literal, Solver, type Verdict, type Word } from './solver.ts';
import { any, apply, bits, either, equal, isZero, signExtend } from './words.ts';

type Width = 32 | 64;

/** What an instruction must do with these operands. */
interface Wanted {
  readonly result: Word;
  /** Conditions of the traps; none holds where it returns. */
  readonly traps: Partial<Readonly<Record<TrapName, string>>>;
}

export interface RoutineCase {
  readonly name: string;
  readonly width: Width;
  /** Width of the result. */
  readonly results: Width;
  /** What the function of two parameters does. */
  readonly code: Code;
  readonly wanted: (x: Word, y: Word, routine: Routine) => Wanted;
  /** Part of the bounded run. */
  readonly short: boolean;
  /** The operands are numbers of floating point. */
  readonly float?: boolean;
}

const signBit = (word: Word): string => equal(bits(word, word.width - 1, 1), literal(1, 1));
const negated = (word: Word): Word => ({ text: `(bvneg ${word.text})`, width: word.width });

/**
 * Truncated division, said by unsigned division of the magnitudes (`DIVISION_LEMMAS` shows that this is it). The magnitude
 * of the least number is itself as an unsigned number.
 */
function signedDivision(remainder: boolean): RoutineCase['wanted'] {
  return (x, y, routine) => {
    const { width } = x;
    const [magnitudeX, magnitudeY] = [x, y].map((word) => either(signBit(word), negated(word), word)) as [
      Word,
      Word,
    ];
    const { divu, remu } = routine.divide(extend(magnitudeX, 64), extend(magnitudeY, 64));
    const [quotient, rest] = [bits(divu, 0, width), bits(remu, 0, width)];
    const divideByZero = isZero(y);
    if (remainder) return { result: either(signBit(x), negated(rest), rest), traps: { divideByZero } };
    const differ = `(xor ${signBit(x)} ${signBit(y)})`;
    const least = equal(x, literal(1n << BigInt(width - 1), width));
    const minusOne = equal(y, literal((1n << BigInt(width)) - 1n, width));
    return {
      result: either(differ, negated(quotient), quotient),
      traps: { divideByZero, integerOverflow: `(and ${least} ${minusOne})` },
    };
  };
}

const comparison =
  (operation: string): RoutineCase['wanted'] =>
  (x, y) => ({
    result: either(`(${operation} ${x.text} ${y.text})`, literal(1, 32), literal(0, 32)),
    traps: {},
  });

const unsignedDivision =
  (name: 'divu' | 'remu'): RoutineCase['wanted'] =>
  (x, y, routine) => ({
    result: bits(routine.divide(extend(x, 64), extend(y, 64))[name], 0, x.width),
    traps: { divideByZero: isZero(y) },
  });

/** By the count modulo the width. */
const shifted =
  (operation: (x: Word, count: Word) => Word): RoutineCase['wanted'] =>
  (x, y) => ({
    result: operation(x, apply('bvand', y, literal(y.width - 1, y.width))),
    traps: {},
  });

/** What goes out at one end comes in at the other. Of a count of 0 the second part is 0. */
const rotated =
  (out: string, into: string) =>
  (x: Word, count: Word): Word => {
    const rest = apply('bvsub', literal(x.width, x.width), count);
    return apply('bvor', apply(out, x, count), apply(into, x, rest));
  };

const SHIFTS = [
  ['shr_s', (x: Word, count: Word) => apply('bvashr', x, count)],
  ['shr_u', (x: Word, count: Word) => apply('bvlshr', x, count)],
  ['shl', (x: Word, count: Word) => apply('bvshl', x, count)],
  ['rotl', rotated('bvshl', 'bvlshr')],
  ['rotr', rotated('bvlshr', 'bvshl')],
] as const;

const extended =
  (from: number): RoutineCase['wanted'] =>
  (x) => ({ result: signExtend(bits(x, 0, from), x.width), traps: {} });

/** The place of the first set bit, seen from one end; the width where there is none. */
const zerosBefore =
  (place: (x: Word, i: number) => number): RoutineCase['wanted'] =>
  (x) => {
    let result = literal(x.width, x.width);
    for (let i = x.width - 1; i >= 0; i--) {
      const isSet = equal(bits(x, place(x, i), 1), literal(1, 1));
      result = either(isSet, literal(i, x.width), result);
    }
    return { result, traps: {} };
  };

const sumOfBits: RoutineCase['wanted'] = (x) => {
  const each = Array.from({ length: x.width }, (_, i) => extend(bits(x, i, 1), x.width));
  return { result: apply('bvadd', ...each), traps: {} };
};

const get = (index: number): Code[number] => ['local.get', index];

/** The same with a constant in place of y. */
function withConstant(
  name: OpcodeName,
  width: Width,
  value: bigint,
  rest: Pick<RoutineCase, 'wanted' | 'results' | 'short'>,
): RoutineCase {
  const signed = BigInt.asIntN(width, value);
  const constant: Code[number] = [`i${width}.const`, width === 32 ? Number(signed) : signed];
  return {
    ...rest,
    name: `${name} by ${signed}`,
    width,
    code: [get(0), constant, name],
    wanted: (x, _, routine) => rest.wanted(x, literal(value, width), routine),
  };
}

const RELATIONS = [
  ['lt', 'bvslt'],
  ['gt', 'bvsgt'],
  ['le', 'bvsle'],
  ['ge', 'bvsge'],
] as const;

/** As SMT-LIB's theory of IEEE 754 has them: `fp.eq` is not equality, and no NaN has any of the relations. */
const FLOAT_RELATIONS = [
  ['eq', 'fp.eq'],
  ['ne', 'fp.eq'],
  ['lt', 'fp.lt'],
  ['gt', 'fp.gt'],
  ['le', 'fp.leq'],
  ['ge', 'fp.geq'],
] as const;

/** Zeros, least and greatest numbers, 1, infinity and NaN, of either sign. */
const floatConstants = (width: Width): readonly bigint[] => {
  const [sign, infinity, one] =
    width === 32 ? [1n << 31n, 0x7f80_0000n, 0x3f80_0000n] : [1n << 63n, 0x7ffn << 52n, 0x3ffn << 52n];
  const words = [0n, 1n, one, infinity - 1n, infinity, infinity + 1n];
  return words.flatMap((word) => [word, word + sign]);
};

const floatComparison =
  (name: string, operation: string): RoutineCase['wanted'] =>
  (x, y) => {
    const float = ({ text, width }: Word): string => `((_ to_fp ${width === 32 ? '8 24' : '11 53'}) ${text})`;
    const holds = `(${operation} ${float(x)} ${float(y)})`;
    const [yes, no] = name === 'ne' ? [0, 1] : [1, 0];
    return { result: either(holds, literal(yes, 32), literal(no, 32)), traps: {} };
  };

/** Comparisons of floating point as values, in branches, `select`, and the headers of loops that branches back repeat. */
function floatCases(width: Width): RoutineCase[] {
  const cases: RoutineCase[] = [];
  for (const [relation, operation] of FLOAT_RELATIONS) {
    const name = `f${width}.${relation}` as const;
    const wanted = floatComparison(relation, operation);
    const rest = { width, results: 32, float: true } as const;
    const compare: Code = [get(0), get(1), name];
    const branch: Code = ['if', ['i32.const', 1], 'return', 'end', ['i32.const', 0]];
    const not: Code = ['i32.eqz', 'if', ['i32.const', 0], 'return', 'end', ['i32.const', 1]];
    cases.push({ ...rest, name, wanted, code: compare, short: true });
    cases.push({ ...rest, name: `${name} and a branch`, wanted, code: [...compare, ...branch], short: true });
    cases.push({
      ...rest,
      name: `${name}, eqz and a branch`,
      wanted,
      code: [...compare, ...not],
      short: false,
    });
    const select: Code = [['i32.const', 1], ['i32.const', 0], ...compare, 'select'];
    cases.push({ ...rest, name: `${name} and select`, wanted, code: select, short: false });
    for (const value of floatConstants(width)) {
      const constant: Code[number] = [`f${width}.const`, value];
      const hex = `0x${value.toString(16)}`;
      const fixed = literal(value, width);
      const right: RoutineCase['wanted'] = (x, _, routine) => wanted(x, fixed, routine);
      const left: RoutineCase['wanted'] = (_, y, routine) => wanted(fixed, y, routine);
      const short = relation === 'lt' || relation === 'ge';
      const [before, behind] = [[constant, get(1), name] as Code, [get(0), constant, name] as Code];
      cases.push({
        ...rest,
        name: `${name} with ${hex}`,
        wanted: right,
        code: [...behind, ...branch],
        short,
      });
      cases.push({
        ...rest,
        name: `${name} of ${hex}`,
        wanted: left,
        code: [...before, ...branch],
        short: false,
      });
    }
  }
  return cases;
}

export function routineCases(): RoutineCase[] {
  const cases: RoutineCase[] = [...floatCases(32), ...floatCases(64)];
  for (const width of [32, 64] as const) {
    const least = 1n << BigInt(width - 1);
    for (const operation of ['div_s', 'rem_s'] as const) {
      const name = `i${width}.${operation}` as const;
      const wanted = signedDivision(operation === 'rem_s');
      cases.push({ name, width, results: width, code: [get(0), get(1), name], wanted, short: true });
      for (const divisor of [0n, 1n, 2n, 3n, 10n, least - 1n, least, -1n, -2n, -3n, -10n, 1n - least]) {
        const short = divisor === 3n || divisor === -3n || divisor === least;
        cases.push(
          withConstant(name, width, BigInt.asUintN(width, divisor), { wanted, results: width, short }),
        );
      }
    }
    for (const [operation, wanted] of [
      ['clz', zerosBefore((x, i) => x.width - 1 - i)],
      ['ctz', zerosBefore((_, i) => i)],
      ['popcnt', sumOfBits],
    ] as const) {
      const name = `i${width}.${operation}` as const;
      cases.push({ name, width, results: width, code: [get(0), name], wanted, short: width === 32 });
    }
    for (const [operation, division] of [
      ['div_u', 'divu'],
      ['rem_u', 'remu'],
    ] as const) {
      const name = `i${width}.${operation}` as const;
      const rest = { wanted: unsignedDivision(division), results: width } as const;
      cases.push({ ...rest, name, width, code: [get(0), get(1), name], short: true });
      for (const divisor of [0n, 1n, 10n, least])
        cases.push(withConstant(name, width, divisor, { ...rest, short: false }));
    }
    for (const [operation, of] of SHIFTS) {
      const name = `i${width}.${operation}` as const;
      const rest = { wanted: shifted(of), results: width } as const;
      cases.push({ ...rest, name, width, code: [get(0), get(1), name], short: true });
      for (let count = 0; count <= width; count++) {
        const short = operation === 'shr_s' && [1, 32, 63].includes(count);
        cases.push(withConstant(name, width, BigInt(count), { ...rest, short }));
      }
    }
    for (const from of width === 32 ? ([8, 16] as const) : ([8, 16, 32] as const)) {
      const name = `i${width}.extend${from}_s` as OpcodeName;
      cases.push({
        name,
        width,
        results: width,
        code: [get(0), name],
        wanted: extended(from),
        short: true,
      });
    }
    for (const [relation, operation] of RELATIONS) {
      const name = `i${width}.${relation}_s` as const;
      const compare = { wanted: comparison(operation), results: 32, short: true } as const;
      cases.push({ ...compare, name, width, code: [get(0), get(1), name] });
      const branch: Code = [get(0), get(1), name, 'if', ['i32.const', 1], 'return', 'end', ['i32.const', 0]];
      cases.push({ ...compare, name: `${name} and a branch`, width, code: branch });
      for (const value of [0n, -1n, 1n, least]) {
        cases.push(withConstant(name, width, BigInt.asUintN(width, value), { ...compare, short: false }));
      }
    }
  }
  return cases;
}

/** The program of a function of two parameters that does this. */
export function programOf({ width, results, code, float }: RoutineCase): Program {
  const type = `${float ? 'f' : 'i'}${width}`;
  const wasm = moduleBytes({
    types: [`${type} ${type} -> i${results}`],
    functions: [{ type: 0, code }],
    exports: [['main', 'func', 0]],
  });
  return loadProgram(wasm).program;
}

export interface RoutineFinding {
  readonly case: RoutineCase;
  readonly paths: number;
  /** Whether any path may be taken with another outcome, or with rows of which nothing is known: must be `unsat`. */
  readonly answer: Answer;
  /** Statuses that no operands lead to although the specification has them: must be empty. */
  readonly missing: readonly bigint[];
}

const all = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'true' : `(and ${conditions.join(' ')} true)`;
const statusOf = (trap: TrapName): bigint => STATUS_TRAPPED + BigInt(TRAPS[trap].code);

export interface AskRoutineOptions {
  readonly effort: number;
  /** Ask as well whether every outcome of the specification exists. */
  readonly exists: boolean;
  /** Other rows than the case is translated to: what the tests of these tests ask. */
  readonly program?: Program;
}

/** Asks whether the rows may do anything else than the specification says, and of every outcome whether it exists. */
export async function askRoutine(
  solver: Answerer,
  one: RoutineCase,
  { effort, exists, program = programOf(one) }: AskRoutineOptions,
): Promise<RoutineFinding> {
  const [x, y] = ['x', 'y'].map((text): Word => ({ text, width: one.width })) as [Word, Word];
  const routine = new Routine(program, [x, y]);
  const { result, traps } = one.wanted(x, y, routine);
  const trapped = Object.entries(traps).map(([trap, when]) => ({ status: statusOf(trap as TrapName), when }));
  const returns = `(not ${any(trapped.map(({ when }) => when))})`;
  const isRight = ({ status, outputs }: Path): string => {
    if (status === STATUS_RETURNED && outputs.length === 1) {
      return all([returns, equal(outputs[0]!, extend(result, 64))]);
    }
    return trapped.find((trap) => trap.status === status)?.when ?? 'false';
  };
  const check = (condition: string): Promise<Answer> =>
    solver.check(
      [...routine.lines, `(assert ${condition})`].join('\n'),
      effort,
      one.float ? 'ALL' : 'QF_UFBV',
    );
  const wrong = routine.paths.map((path) =>
    all([...path.conditions, `(not ${all([...path.required, isRight(path)])})`]),
  );
  const answer = await check(any(wrong));
  const missing: bigint[] = [];
  for (const { status, when } of exists ? [{ status: STATUS_RETURNED, when: returns }, ...trapped] : []) {
    // By a constant divisor some outcomes cannot be.
    if ((await check(when)).verdict === 'unsat') continue;
    const own = routine.paths.filter((path) => path.status === status);
    if ((await check(any(own.map(({ conditions }) => all(conditions))))).verdict !== 'sat')
      missing.push(status);
  }
  return { case: one, paths: routine.paths.length, answer, missing };
}

export interface RoutineReport {
  readonly findings: readonly RoutineFinding[];
  /** One line each, the model included. */
  readonly failures: readonly string[];
  /** Of a run with the second solver: verdicts that both gave. */
  readonly agreed: Readonly<Record<Verdict, number>> | undefined;
}

export interface RunRoutinesOptions {
  readonly wanted?: (one: RoutineCase) => boolean;
  /** Asked everything as well. */
  readonly second?: Installed | undefined;
}

export async function runRoutines({ wanted, second }: RunRoutinesOptions = {}): Promise<RoutineReport> {
  await using both = second && (await Both.start(second));
  await using alone = both ? undefined : await Solver.start();
  const solver: Answerer = both ?? alone!;
  const failures: string[] = [];
  for (const [what, script] of DIVISION_LEMMAS) {
    const { verdict, model } = await solver.check(script, EFFORT, 'QF_NIA');
    if (verdict !== 'unsat') failures.push(`lemma of ${what}: ${verdict}\n${model}`);
  }
  const findings: RoutineFinding[] = [];
  for (const one of routineCases().filter(wanted ?? (() => true))) {
    const finding = await askRoutine(solver, one, { effort: EFFORT, exists: true });
    findings.push(finding);
    const { answer, missing } = finding;
    if (answer.verdict !== 'unsat') failures.push(`${one.name}: ${answer.verdict}\n${answer.model}`);
    for (const status of missing) failures.push(`${one.name}: no operands lead to status ${status}`);
  }
  return { findings, failures, agreed: both?.agreed };
}
