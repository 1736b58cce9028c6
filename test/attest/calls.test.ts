/** Entries that are several calls of one instance, one after the other (docs/arguments.md). */
import assert from 'node:assert/strict';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import type { ErrorCode } from '../../sdk/src/errors/index.ts';
import {
  check,
  encodeStream,
  openSession,
  type ProofDocument,
  type ProveResult,
  programId,
  prove,
  run,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import { trace } from '../../sdk/src/machine/execute/execute.ts';
import { verifyImage } from '../../sdk/src/machine/verify-image/verify-image.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { assembleWat } from './lib/wat.ts';

/** A sum of all bytes that were given, in the one buffer that there is or in memory that was asked for. */
const SUMS = `(module (memory (export "memory") 1)
  (global $sum (mut i32) (i32.const 0)) (global $next (mut i32) (i32.const 4096))
  (func (export "alloc") (param $n i32) (result i32) (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $n))))
  (func (export "buffer") (result i32) (i32.const 1024))
  (func (export "begin") (param i32) (global.set $sum (local.get 0)))
  (func $add (export "add") (param $at i32) (param $n i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (global.set $sum (i32.add (global.get $sum) (i32.load8_u (i32.add (local.get $at) (local.get $n)))))
      (br $next))))
  (func (export "addBuffer") (param $n i32) (call $add (i32.const 1024) (local.get $n)))
  (func (export "where") (param i32 i32) (result i32) (local.get 0))
  (func (export "sum") (result i32) (global.get $sum))
  (func (export "echo") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1))`;
const READS = '(import "env" "wasm_input" (func (param i32) (result i64)))';
const WRITES = '(import "env" "wasm_output" (func (param i64)))';

describe('several calls of one instance', () => {
  let wasm: Uint8Array;
  before(async () => {
    wasm = await assembleWat(`${SUMS})`);
  });

  it('each finds what the one before left; values are in the order of the calls', async () => {
    const invoke =
      'begin(i32); add(bytes); sum() -> u32; add(private string); sum() -> u32; echo(string) -> string';
    const given = { wasm, invoke, args: [100, Uint8Array.of(1, 2, 3), 'ab', 'grün'] };
    const result = await run(given);
    assert.deepEqual(result.returned, [106n, 301n, 'grün']);
    assert.deepEqual(result.outputs, []);
    assert.equal(result.program.entryName, invoke);
    verifyImage(result.program);
    assert.deepEqual((await check(given)).failures, []);
    // Public words: the arguments in the order of the calls.
    const { program } = loadProgram(wasm, invoke);
    const publicInputs = [100n, ...encodeStream(Uint8Array.of(1, 2, 3)), ...encodeStream('grün')];
    const { execution } = trace(program, { publicInputs, privateInputs: encodeStream('ab') });
    assert.deepEqual(execution.outputs.slice(0, 2), [106n, 301n]);
  });

  it('the export of a module with one buffer may take the length alone', async () => {
    const invoke = 'begin(i32); addBuffer(bytes) via buffer; addBuffer(bytes) via buffer; sum() -> u32';
    const { returned } = await run({ wasm, invoke, args: [0, Uint8Array.of(7, 8), Uint8Array.of(9)] });
    assert.equal(returned, 24n);
  });

  it('one value alone is no list, and of one call nothing is other than before', async () => {
    const { returned } = await run({ wasm, invoke: 'begin(i32); sum() -> i32', args: [5] });
    assert.equal(returned, 5n);
    assert.equal((await run({ wasm, invoke: 'sum() -> i32' })).returned, 0n);
  });

  it('what cannot be told apart, or is no call, is refused by name', async () => {
    const refused = async (module: string, invoke: string, message: RegExp): Promise<void> => {
      const bytes = await assembleWat(`${module})`);
      await assert.rejects(run({ wasm: bytes, invoke, args: [] }), { code: 'SIGNATURE_INVALID', message });
    };
    const withImport = (text: string): string => SUMS.replace('(module ', `(module ${text} `);
    await refused(withImport(READS), 'begin(i32); add(bytes)', /reads inputs by itself \(wasm_input\)/);
    await refused(
      withImport(WRITES),
      'sum() -> i32; sum() -> i32',
      /writes outputs by itself \(wasm_output\)/,
    );
    await refused(SUMS, 'begin(i32); sum', /"sum" is none of several calls/);
    await refused(SUMS, 'sum(); sum(args)', /"args" stands out of place/);
    await refused(SUMS, Array.from({ length: 65 }, () => 'sum()').join('; '), /more than 64 calls/);
    await assert.rejects(run({ wasm, invoke: 'begin(i32); none()', args: [1] }), { code: 'EXPORT_MISSING' });
    await assert.rejects(run({ wasm, invoke: 'begin(i32); sum() -> i32', args: [] }), {
      code: 'INPUT_INVALID',
      message: /begin, then sum take 1 argument/,
    });
  });
});

describe('several calls of one instance, proven', () => {
  const invoke =
    'begin(i32); add(bytes); sum() -> u32; add(private string); echo(string) -> string; sum() -> u32';
  let wasm: Uint8Array;
  let session: Session;
  let document: ProofDocument;
  let proven: ProveResult;
  before(async () => {
    wasm = await assembleWat(`${SUMS})`);
    session = await openSession({ onWarning: () => {} });
    const args = [100, Uint8Array.of(1, 2, 3), 'ab', 'grün'];
    proven = await prove(session, { wasm, invoke, args });
    ({ document } = proven);
  });
  after(() => session.dispose());

  /** The file with another statement. */
  const saying = (change: Partial<Statement>): ProofDocument => ({
    ...document,
    statement: { ...document.statement, ...change },
  });
  const lies = async (change: Partial<Statement>, code: ErrorCode): Promise<void> => {
    await assert.rejects(verify(session, { document: saying(change), wasm, invoke }), { code });
  };

  it('one proof shows all of them: public arguments and results in the order of the calls', async () => {
    assert.deepEqual(proven.returned, [106n, 'grün', 301n]);
    const accepted = await verify(session, { document, wasm, invoke });
    assert.deepEqual(accepted.statement.publicInputs, [
      100n,
      ...encodeStream(Uint8Array.of(1, 2, 3)),
      ...encodeStream('grün'),
    ]);
    // Of a result that is text its bytes, then how many they are.
    const [length, word] = encodeStream('grün');
    assert.deepEqual(accepted.statement.publicOutputs, [106n, word, length, 301n]);
    assert.equal(document.programId, await programId(session, { wasm, invoke }));
  });

  it('an argument of one call that is another is refused, and so are results in another order', async () => {
    const { publicInputs, publicOutputs } = document.statement;
    for (let i = 0; i < publicInputs.length; i++)
      await lies(
        { publicInputs: publicInputs.map((word, j) => (i === j ? word ^ 1n : word)) },
        'PROOF_IDENTITY',
      );
    await lies({ publicInputs: publicInputs.slice(0, -1) }, 'PROOF_IDENTITY');
    const last = publicOutputs.at(-1)!;
    await lies({ publicOutputs: [last, ...publicOutputs.slice(1, -1), publicOutputs[0]!] }, 'PROOF_IDENTITY');
    await lies({ publicOutputs: publicOutputs.slice(0, -1) }, 'PROOF_IDENTITY');
  });

  it('calls in another order, one fewer or one more are another program', async () => {
    const calls = invoke.split('; ');
    const swapped = [calls[1], calls[0], ...calls.slice(2)];
    for (const other of [swapped, calls.slice(0, -1), [...calls, 'sum() -> u32']]) {
      const entry = other.join('; ');
      for (const [lie, asked] of [
        [document, entry],
        [{ ...document, entry }, entry],
        [{ ...document, entry }, undefined],
        [{ ...document, entry }, invoke],
      ] as const)
        await assert.rejects(verify(session, { document: lie, wasm, ...(asked && { invoke: asked }) }), {
          code: 'PROOF_PROGRAM',
        });
    }
  });
});
