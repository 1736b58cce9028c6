/** A program of the recursion machine proven under a real key: with the kernels, at the real height. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { keygen, programKeygen } from '../../sdk/src/plonk/keys/keygen.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { NARROW_LOG, narrowSystem } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowColumns, narrowPowers } from '../../sdk/src/recursion/narrow/narrow.ts';
import { sample } from './lib/sample.ts';

describe('recursion: a proof of the narrow chip', () => {
  let engine: Engine;
  before(async () => {
    engine = await createEngine({});
  });
  after(() => engine.dispose());

  it('of a transcript and a sum of points is accepted; of another public vector, or with one cell changed, it is not', async function () {
    this.timeout(900_000);
    const { narrow, main, inputs } = sample();
    const srs = await openDevelopmentSrs({ seed: 'recursion test', size: narrowPowers() });
    const key = await keygen({ engine, srs, system: narrowSystem(), tables: {} });
    const program = await programKeygen({
      engine,
      srs,
      key,
      log: NARROW_LOG,
      entry: 0n,
      columns: narrow.fixed,
    });
    const statement = { publicInputs: inputs.publics, publicOutputs: [], status: 0n };
    const columns = narrowColumns(engine, main);
    const { proof } = await prove({
      engine,
      srs,
      key,
      program,
      witness: [{ log: NARROW_LOG, columns }],
      statement,
    });
    verifyProof({ key: key.key, program: program.key, statement, proof });
    assert.equal(proof.length, 2_628);

    const refused = (code: string, others: readonly bigint[]): void =>
      assert.throws(
        () =>
          verifyProof({
            key: key.key,
            program: program.key,
            statement: { ...statement, publicInputs: others },
            proof,
          }),
        (error) => isWattestError(error) && error.code === code,
      );
    refused('PROOF_IDENTITY', inputs.publics.with(0, 1n));

    // The product of a relation, one unit off.
    const at = narrow.rows.rows.findIndex(({ kind }) => kind === 'relation');
    const lie = narrowColumns(engine, main.with(16, main[16]!.with(at, main[16]![at]! + 1n)));
    await assert.rejects(
      prove({ engine, srs, key, program, witness: [{ log: NARROW_LOG, columns: lie }], statement }),
      (error) => isWattestError(error) && error.code === 'WITNESS_INVALID',
    );
  });
});
