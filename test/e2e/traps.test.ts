/** Every trap that a program can meet: run, proven, verified; and its proof is of no other status. */
import assert from 'node:assert/strict';
import { openSession, type ProofDocument, prove, type Session, verify } from '../../sdk/src/index.ts';
import { FAILURES, statusOfFailure, type TrapName } from '../../sdk/src/machine/program.ts';
import { type Code, moduleBytes } from '../../sdk/src/wasm/index.ts';

const get = (local: number): Code[number] => ['local.get', local];
const i32 = (value: number): Code[number] => ['i32.const', value];

const TYPES = { f: 0, nothing: 1, number: 2, require: 3, input: 4 };
const [REQUIRE, INPUT, UNKNOWN, ENTRY, NUMBER, NOTHING, RECURSIVE] = [0, 1, 2, 3, 4, 5, 6];
const SIZE = 4;
/** Parameters of the entry after the kind; operands that no translator knows. */
const [ZERO, MINUS_ONE] = [1, 2];

/** All traps, and of the refusals the one that a row proves. */
const MEETS: Readonly<Record<TrapName | 'inputExhausted', Code>> = {
  unreachable: ['unreachable'],
  divideByZero: [i32(7), get(ZERO), 'i32.rem_u', 'drop'],
  integerOverflow: [i32(-(2 ** 31)), get(MINUS_ONE), 'i32.div_s', 'drop'],
  memoryOutOfBounds: [get(ZERO), ['i32.load', 0, 65533], 'drop'],
  undefinedElement: [i32(SIZE), ['call_indirect', TYPES.nothing, 0]],
  uninitialisedElement: [i32(2), ['call_indirect', TYPES.nothing, 0]],
  indirectTypeMismatch: [i32(0), ['call_indirect', TYPES.nothing, 0]],
  stackExhausted: [['call', RECURSIVE]],
  requireFailed: [get(ZERO), ['call', REQUIRE]],
  inputExhausted: [i32(1), ['call', INPUT], 'drop', i32(1), ['call', INPUT], 'drop'],
  tableOutOfBounds: [get(MINUS_ONE), ['table.get', 0], 'drop'],
  invalidConversion: [['f32.const', Number.NaN], 'i32.trunc_f32_s', 'drop'],
  importCalled: [['call', UNKNOWN]],
};
const NAMES = Object.keys(MEETS) as (keyof typeof MEETS)[];

const WASM = moduleBytes({
  types: ['i32 i32 i32 -> i32', '->', '-> i32', 'i32 ->', 'i32 -> i64'],
  imports: [
    ['env', 'require', { kind: 'func', type: TYPES.require }],
    ['env', 'wasm_input', { kind: 'func', type: TYPES.input }],
    ['env', 'unknown', { kind: 'func', type: TYPES.nothing }],
  ],
  functions: [
    {
      type: TYPES.f,
      code: [
        ...NAMES.flatMap((name, i): Code => [get(0), i32(i), 'i32.eq', ['if'], ...MEETS[name], 'end']),
        i32(77),
      ],
    },
    { type: TYPES.number, code: [i32(1)] },
    { type: TYPES.nothing, code: [] },
    // Frames of 2^15 slots, so that few calls exhaust the stack.
    {
      type: TYPES.nothing,
      locals: Array.from({ length: 2 ** 15 }, () => 'i64' as const),
      code: [['call', RECURSIVE]],
    },
  ],
  tables: [{ type: 'funcref', limits: { min: SIZE, max: undefined } }],
  elements: [{ offset: [i32(0)], functions: [NUMBER, NOTHING] }],
  memories: [{ min: 1, max: 1 }],
  exports: [['f', 'func', ENTRY]],
});

const PROGRAM = { wasm: WASM, trapImports: true };

describe('every trap is proven', () => {
  let session: Session;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  after(() => session.dispose());

  const proven = async (kind: number): Promise<ProofDocument> => {
    const parameters = { ...PROGRAM, invoke: 'f', args: [kind, 0, -1], publicInputs: [9] };
    return (await prove(session, { ...parameters, allowFailure: true })).document;
  };

  it('the program returns where it meets none', async () => {
    const { statement } = await proven(NAMES.length);
    assert.deepEqual([statement.status, statement.publicOutputs], [0n, [77n]]);
  });

  for (const [kind, name] of NAMES.entries()) {
    it(FAILURES[name].text, async () => {
      const document = await proven(kind);
      const { statement } = document;
      assert.equal(statement.status, statusOfFailure(name));
      assert.deepEqual(statement.publicOutputs, []);
      const accepted = await verify(session, { document, ...PROGRAM, expect: statement.status });
      const ended = name === 'inputExhausted' ? 'refused' : 'trapped';
      assert.equal(accepted.status.text, `${ended}: ${FAILURES[name].text}`);
      const others = NAMES.filter((other) => other !== name).map((other) => statusOfFailure(other));
      for (const status of [0n, ...others]) {
        const changed = { ...document, statement: { ...statement, status } };
        await assert.rejects(verify(session, { document: changed, ...PROGRAM, expect: 'any' }), {
          code: 'PROOF_IDENTITY',
        });
      }
      // A trap with another history: an input more or less, or an output that was not made.
      for (const publicInputs of [statement.publicInputs.slice(0, -1), [...statement.publicInputs, 0n]]) {
        const changed = { ...document, statement: { ...statement, publicInputs } };
        await assert.rejects(verify(session, { document: changed, ...PROGRAM, expect: 'any' }), {
          code: 'PROOF_IDENTITY',
        });
      }
    });
  }
});
