/** A run that ended in an explicit trap can be proven by whoever goes around `prove`; it must not pass for a result. */
import assert from 'node:assert/strict';
import { bytesToHex } from '@noble/hashes/utils.js';
import { identify } from '../../sdk/src/attest/identify.ts';
import { loadProgram } from '../../sdk/src/attest/load.ts';
import { openSession, type ProofDocument, prove, type Session, verify } from '../../sdk/src/index.ts';
import { trace } from '../../sdk/src/machine/execute/execute.ts';
import { fillWitness } from '../../sdk/src/machine/witness.ts';
import { prove as provePlonk } from '../../sdk/src/plonk/prover.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';

const WASM = moduleBytes({
  types: ['i32 -> i32'],
  functions: [{ type: 0, code: [['local.get', 0], ['if'], 'unreachable', 'end', ['i32.const', 7]] }],
  exports: [['f', 'func', 0]],
});

describe('status of a proven run', function () {
  this.timeout(120_000);
  let session: Session;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  after(() => session.dispose());

  it('prove refuses a run that traps', async () => {
    await assert.rejects(prove(session, { wasm: WASM, invoke: 'f', args: [1] }), { code: 'RUN_TRAPPED' });
  });

  it('a proof of a trap is refused unless every status is asked for', async () => {
    const { program } = loadProgram(WASM, 'f');
    const traced = trace(program, { args: [1n] });
    assert.equal(traced.execution.trap?.name, 'unreachable');
    const { proving, programId } = await identify(session, program);
    const { engine, srs, provingKey, verifyingKey } = session;
    const witness = fillWitness(engine, provingKey.layout.system, program, traced);
    const { publicInputs, publicOutputs, status } = traced;
    const statement = { publicInputs, publicOutputs, status };
    const { proof } = await provePlonk({
      engine,
      srs,
      key: provingKey,
      program: proving,
      witness,
      statement,
    });
    const document: ProofDocument = {
      system: verifyingKey.shape.version,
      verifyingKey: verifyingKey.digest,
      insecure: verifyingKey.insecure,
      programId,
      programKey: proving.key,
      entry: 'f',
      statement,
      proof: `0x${bytesToHex(proof)}`,
    };
    await assert.rejects(verify(session, { document, wasm: WASM }), {
      code: 'PROOF_STATUS',
      message: /unreachable/,
    });
    const accepted = await verify(session, { document, wasm: WASM, anyStatus: true });
    assert.equal(accepted.statement.status, (2n << 32n) + 1n);
    const claimed = { ...document, statement: { ...statement, status: 0n } };
    await assert.rejects(verify(session, { document: claimed, wasm: WASM }), { code: 'PROOF_IDENTITY' });
  });
});
