/** Fields of honest images changed, one at a time: the verifier refuses, or the run does nothing that a chip does not expect. */
import assert from 'node:assert/strict';
import { checkTrace as checkRows } from '../../../sdk/src/attest/inspect/check.ts';
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { type TracedExecution, trace } from '../../../sdk/src/machine/execute/execute.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import type { Code, ModuleParts } from '../../../sdk/src/wasm/index.ts';
import { figure } from '../../soundness/lib/report.ts';
import { judge, run, textOf } from '../chips/harness.ts';
import { checkTrace } from '../lib/check-trace.ts';
import { get, i32, i64, lines, load, moduleOf } from '../lib/programs.ts';
import { dirtyComparison, hijackedReturn, verdict } from './images.ts';
import { checkPremises, hasNoRow } from './premises.ts';

const FIELDS = ['opcode', 'a', 'b', 'c', 'cHigh'] as const;
type Field = (typeof FIELDS)[number];

const LOOPS: Code = lines(
  ['loop', get(0), i32(3), 'i32.mul', i32(7), 'i32.add', ['local.tee', 0]],
  [['global.get', 0], 'i32.rotl', ['global.set', 0]],
  [get(1), i32(1), 'i32.add', ['local.tee', 1], i32(5), 'i32.lt_u', ['br_if', 0], 'end'],
  [i32(8), ['global.get', 0], ['i32.store', 2, 0], i32(8), ['i32.load16_s', 1, 1], get(0), 'i32.shr_s'],
);
const WIDE: Code = lines(
  [get(0), get(1), 'i64.rotr', get(0), 'i64.xor', get(1), 'i64.shr_s'],
  [get(0), get(1), 'i64.lt_u', 'i64.extend_i32_u', 'i64.add', get(1), i64(1n), 'i64.or', 'i64.div_u'],
  [get(0), get(1), get(0), 'i64.eqz', 'select', 'i64.sub'],
);
const setGlobal = (value: number): Code => [i32(value), ['global.set', 0], 'end'];
const CALLS: Code = lines(
  [get(0), get(0), i32(3), 'i32.and', ['call_indirect', 0, 0], i64(5n), ['call', 2], 'i32.wrap_i64'],
  ['block', 'block', 'block', 'block', get(0), ['br_table', [0, 1, 2, 3]], 'end'],
  ...[4, 5, 6].map(setGlobal),
  [['global.get', 0], 'i32.add', ['ref.func', 1], i32(1), ['table.grow', 0], 'i32.add'],
  [i32(2), ['table.get', 0], 'ref.is_null', 'i32.add'],
);

/** Loops, globals, memory, branches by table, calls direct and indirect, shifts and rotations, 64 bits, references. */
function programs(): Readonly<Record<string, Program>> {
  const globals: NonNullable<ModuleParts['globals']> = [{ type: 'i32', mutable: true, init: [i32(9)] }];
  return {
    loops: load(moduleOf('i32 -> i32', LOOPS, ['i32'], { memories: [{ min: 1, max: 1 }], globals })),
    wide: load(moduleOf('i64 i64 -> i64', WIDE)),
    calls: load({
      types: ['i32 -> i32', 'i32 i64 -> i64'],
      tables: [{ type: 'funcref', limits: { min: 3, max: 6 } }],
      elements: [{ offset: [i32(0)], functions: [1, 2] }],
      functions: [
        { type: 0, code: CALLS },
        { type: 0, code: [get(0), i32(1), 'i32.add'] },
        { type: 1, code: [get(0), 'i64.extend_i32_s', get(1), 'i64.mul'] },
      ],
      globals,
      exports: [['f', 'func', 0]],
    }),
  };
}

const ARGUMENTS: Readonly<Record<string, readonly (readonly bigint[])[]>> = {
  loops: [[3n], [0xffff_fff0n]],
  wide: [
    [7n, 3n],
    [1n << 63n, (1n << 64n) - 2n],
  ],
  calls: [[0n], [1n], [3n]],
};

function changed(program: Program, pc: number, field: Field, value: number): Program {
  const { code } = program;
  const column = code[field].slice();
  column[pc] = value;
  return { ...program, code: { ...code, [field]: column } };
}

/** Neighbours, bits, edges, and what other instructions have there. */
function valuesOf({ code }: Program, pc: number, field: Field): number[] {
  const value = code[field][pc]!;
  const others = [pc - 1, pc + 1, (7 * pc) % code.length].map((other) => code[field][other] ?? 0);
  const edges =
    field === 'opcode'
      ? [I.IMMEDIATE, I.WIDE, I.SIGNED, I.LESS, I.EQUAL].map((flag) => value ^ flag)
      : [value + 1, value - 1, 0, value ^ 1, value ^ 0x8000_0000, 0xffff_ffff];
  return [...new Set([...edges, ...others].map((other) => other >>> 0))].filter((other) => other !== value);
}

/** Undefined where there is no run to prove: it does not end, divides by 0, or reads a wider word than it says. */
function traceOf(program: Program, args: readonly bigint[]): TracedExecution | undefined {
  try {
    const traced = trace(program, { args, maxInstructions: 2000, maxRows: 20_000 });
    return hasNoRow(program, traced) ? undefined : traced;
  } catch (error) {
    if (isWattestError(error, 'RUN_TOO_LONG')) return undefined;
    if (error instanceof RangeError && error.message === 'Division by zero') return undefined;
    throw error;
  }
}

describe('verifier of images: fields changed', () => {
  for (const [name, program] of Object.entries(programs())) {
    it(`${name}: refused, or nothing happens that a chip does not expect`, async () => {
      let [refused, harmless, without, checked] = [0, 0, 0, 0];
      for (let pc = 1; pc < program.code.length; pc++) {
        for (const field of FIELDS) {
          for (const value of valuesOf(program, pc, field)) {
            const other = changed(program, pc, field, value);
            if (verdict(other) !== 'accepted') {
              refused++;
              continue;
            }
            for (const args of ARGUMENTS[name]!) {
              const traced = traceOf(other, args);
              if (traced === undefined) {
                without++;
                continue;
              }
              checkTrace(other, traced);
              checkPremises(other, traced);
              harmless++;
              if (harmless % 17 !== 0) continue;
              checked++;
              const { failures } = await checkRows(other, traced);
              assert.deepEqual(failures, [], `pc ${pc}, ${field} = ${value}`);
            }
          }
        }
      }
      figure(
        `${name}: ${refused} changed images refused; ${harmless} runs of others as chips expect them, ${checked} of them row by row, ${without} without a proof`,
      );
      assert.ok(refused > 500 && harmless > 100 && checked > 10, `${refused}, ${harmless}, ${checked}`);
    });
  }

  it('what the verifier refuses can do what chips do not expect', () => {
    // The two images of the audit, whose rows all hold.
    for (const { program, why } of [
      { program: hijackedReturn(), why: /another return point|another frame|key/ },
      { program: dirtyComparison(), why: /more than 32 bits/ },
    ]) {
      assert.notEqual(verdict(program), 'accepted');
      const { trace: traced, ...rest } = run(program);
      assert.equal(textOf(judge({ trace: traced, ...rest })), '');
      assert.throws(() => checkPremises(program, traced), why);
    }
  });
});
