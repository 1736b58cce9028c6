/**
 * Runs that the host ends, not the program: genuine proofs can be made of them, and they must not pass for traps. The audit proved
 * so that functions trap which never do.
 */
import assert from 'node:assert/strict';
import { bytesToHex } from '@noble/hashes/utils.js';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { identify } from '../../sdk/src/attest/session/identify.ts';
import { check, openSession, type ProofDocument, prove, type Session, verify } from '../../sdk/src/index.ts';
import { trace } from '../../sdk/src/machine/execute/execute.ts';
import { type FailureName, statusOfFailure } from '../../sdk/src/machine/program.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { fillWitness } from '../../sdk/src/machine/witness.ts';
import { machineDigest } from '../../sdk/src/plonk/keys/key.ts';
import { prove as provePlonk } from '../../sdk/src/plonk/prove/prover.ts';
import { type Code, moduleBytes } from '../../sdk/src/wasm/build.ts';

const get = (local: number): Code[number] => ['local.get', local];
const i32 = (value: number): Code[number] => ['i32.const', value];

/** The sum of two numbers, which is never a trap. */
const TOTAL = moduleBytes({
  types: ['i32 i32 -> i32'],
  functions: [{ type: 0, code: [get(0), get(1), 'i32.add'] }],
  exports: [['f', 'func', 0]],
});
const FUNCTION = moduleBytes({
  types: ['funcref -> i32'],
  functions: [{ type: 0, code: [i32(1)] }],
  exports: [['f', 'func', 0]],
});
/** Reads 100 bytes of standard input to 64, or to `target`, where the list of buffers lies at 0. */
const reader = (target: number): Uint8Array =>
  moduleBytes({
    types: ['i32 i32 i32 i32 -> i32', '->'],
    imports: [['wasi_snapshot_preview1', 'fd_read', { kind: 'func', type: 0 }]],
    functions: [
      {
        type: 1,
        code: [
          ...([i32(0), i32(target), ['i32.store', 2, 0], i32(4), i32(100), ['i32.store', 2, 0]] as const),
          ...([i32(8), i32(200), ['i32.store', 2, 0], i32(12), i32(1), ['i32.store', 2, 0]] as const),
          ...([i32(0), i32(0), i32(2), i32(32), ['call', 0], 'drop'] as const),
        ],
      },
    ],
    memories: [{ min: 1, max: 1 }],
    exports: [['_start', 'func', 1]],
  });

describe('runs that the host ends', () => {
  let session: Session;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  after(() => session.dispose());

  /** The proof of a run with these public words, however few they are. */
  const proofOf = async (
    wasm: Uint8Array,
    publicInputs: readonly bigint[],
    invoke?: string,
  ): Promise<ProofDocument> => {
    const { program } = loadProgram(wasm, invoke);
    const traced = trace({ ...program, entryType: { parameters: [], results: [] } }, { publicInputs });
    const { engine, srs, provingKey, verifyingKey } = session;
    const { proving, programId } = await identify(session, program);
    const statement = {
      publicInputs: traced.publicInputs,
      publicOutputs: traced.publicOutputs,
      status: traced.status,
    };
    const witness = fillWitness(engine, machineSystem(), program, traced);
    const { proof } = await provePlonk({
      engine,
      srs,
      key: provingKey,
      program: proving,
      witness,
      statement,
    });
    return {
      system: verifyingKey.shape.version,
      machine: machineDigest(verifyingKey),
      verifyingKey: verifyingKey.digest,
      shards: 1,
      insecure: verifyingKey.insecure,
      programId,
      programKey: proving.key,
      entry: program.entryName,
      statement,
      proof: `0x${bytesToHex(proof)}`,
    };
  };

  it('arguments that are no text: refused with the module, since other bytes would be shown alike', async () => {
    const wasm = moduleBytes({
      types: ['->', 'i32 i32 -> i32'],
      imports: [['wasi_snapshot_preview1', 'args_get', { kind: 'func', type: 1 }]],
      functions: [{ type: 0, code: [] }],
      exports: [['_start', 'func', 1]],
    });
    const invoke = '_start(args)';
    const document = await proofOf(wasm, encodeStream(Uint8Array.of(0x61, 0xff, 0)), invoke);
    await assert.rejects(verify(session, { document, wasm, invoke }), {
      code: 'PROOF_ARGUMENTS',
      message: /no UTF-8 text/,
    });
    await verify(session, { document, programId: document.programId });
  });

  it('fewer words than parameters: refused with the module, and no trap without', async () => {
    for (const words of [[], [7n]]) {
      const document = await proofOf(TOTAL, words);
      const { programId, statement } = document;
      assert.equal(statement.status, statusOfFailure('inputExhausted'));
      for (const expect of ['trapped', 'refused', 'any', 'returned', statement.status] as const) {
        await assert.rejects(verify(session, { document, wasm: TOTAL, expect }), { code: 'PROOF_ARGUMENTS' });
      }
      for (const expect of ['trapped', 'returned', 'exited', (2n << 32n) + 1n] as const) {
        await assert.rejects(verify(session, { document, programId, expect }), {
          code: 'PROOF_STATUS',
          message: /a run that was refused: read past/,
        });
      }
      const accepted = await verify(session, { document, programId, expect: 'refused' });
      assert.equal(accepted.status.text, 'refused: read past the end of the inputs');
    }
    const whole = await proofOf(TOTAL, [7n, 8n]);
    assert.deepEqual((await verify(session, { document: whole, wasm: TOTAL })).statement.publicOutputs, [
      15n,
    ]);
  });

  const cases: readonly (readonly [name: FailureName, Uint8Array, readonly bigint[]])[] = [
    ['functionArgument', FUNCTION, [5n]],
    // Five bytes, and one more in the word that holds them.
    ['streamNotPadded', reader(64), [5n, 0x0100_006f_6c6c_6568n]],
    ['inputExhausted', reader(64), [9n, 1n]],
    ['inputExhausted', reader(64), [5n]],
    ['buffersOverlap', reader(4), [1n, 7n]],
  ];
  for (const [name, wasm, words] of cases) {
    it(`${name} with ${words.length} words is no trap`, async () => {
      const inputs = name === 'functionArgument' ? { args: words } : { publicInputs: words };
      const { ok, status } = await check({ wasm, ...inputs });
      assert.deepEqual([ok, status.kind, status.word], [true, 'refused', statusOfFailure(name)]);
      const code = name === 'inputExhausted' ? 'INPUT_MISSING' : 'RUN_REFUSED';
      await assert.rejects(prove(session, { wasm, ...inputs }), {
        code,
        message: name === 'inputExhausted' ? /reads more public/ : /the run was refused: /,
      });
      const { document } = await prove(session, { wasm, ...inputs, allowFailure: true });
      for (const expect of ['trapped', 'returned'] as const) {
        await assert.rejects(verify(session, { document, wasm, expect }), { code: 'PROOF_STATUS' });
      }
      assert.equal((await verify(session, { document, wasm, expect: 'refused' })).status.kind, 'refused');
    });
  }
});
