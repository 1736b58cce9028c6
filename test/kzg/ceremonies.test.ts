/** Proofs under the SRS of a ceremony that another tool held, and under two ceremonies that have nothing to do with each other. */
import assert from 'node:assert/strict';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { importPtau } from '../../sdk/src/kzg/srs-ptau.ts';
import { bytesSource } from '../../sdk/src/platform/storage.ts';
import {
  machineDigest,
  type ProgramKey,
  programId,
  type VerifyingKey,
} from '../../sdk/src/plonk/keys/key.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type Toy, toyEngine } from '../plonk/toy.ts';
import { figure } from '../soundness/lib/report.ts';
import { ceremonyInMemory } from './support.ts';

const engine = await toyEngine();
const SIZE = 600;

async function ceremony(entropy: string): Promise<Srs> {
  const { end } = await ceremonyInMemory(9, entropy);
  return importPtau(bytesSource(end, `${entropy}.ptau`), engine, { size: SIZE });
}

const { statement } = DEFAULT_RUN;

const answer = (key: VerifyingKey, program: ProgramKey, proof: Uint8Array): Verdict =>
  verdictOf(() => verifyProof({ key, program, statement, proof }));

describe('proofs under ceremonies of another tool', () => {
  interface Under {
    readonly toy: Toy;
    readonly proof: Uint8Array;
  }
  let first: Under;
  let second: Under;
  let development: Under;
  before(async () => {
    const under = async (srs?: Srs): Promise<Under> => {
      const toy = await makeToy(DEFAULT_SHAPE, { engine, size: SIZE, ...(srs && { srs }) });
      return { toy, proof: (await proveToy(toy)).proof };
    };
    first = await under(await ceremony('one'));
    second = await under(await ceremony('two'));
    development = await under();
  });

  it('a proof under an imported file is accepted, and neither its SRS nor its key is marked insecure', () => {
    for (const { toy, proof } of [first, second]) {
      assert.equal(toy.srs.insecure, false);
      assert.equal(toy.key.key.insecure, false);
      assert.equal(answer(toy.key.key, toy.program.key, proof), 'accepted');
    }
    assert.equal(development.toy.key.key.insecure, true);
  });

  it('every ceremony has its own digests: of the SRS, of the key, of the program', () => {
    const all = [first, second, development];
    for (const digest of [
      ({ toy }: Under) => toy.srs.digest,
      ({ toy }: Under) => toy.key.key.digest,
      ({ toy }: Under) => programId(machineDigest(toy.key.key), toy.program.key),
    ]) {
      assert.equal(new Set(all.map(digest)).size, 3);
    }
    const [a, b] = [first.toy.key.key, second.toy.key.key];
    assert.deepEqual(a.shape, b.shape, 'but the circuit is the same');
  });

  it("a proof is refused with another ceremony's key: by its selector, by its transcript, by the id of the program", () => {
    const all = [first, second, development];
    let refused = 0;
    const refuses = (code: string, key: VerifyingKey, program: ProgramKey, proof: Uint8Array): void => {
      assert.equal(answer(key, program, proof), code);
      refused++;
    };
    for (const one of all) {
      for (const other of all) {
        if (one === other) continue;
        const { key } = other.toy.key;
        refuses('PROOF_SELECTOR', key, other.toy.program.key, one.proof);
        // Under the other's selector the transcript, which begins with the digest, has other challenges.
        const renamed = one.proof.slice();
        renamed.set(other.proof.subarray(0, 4));
        for (const program of [one.toy.program.key, other.toy.program.key]) {
          refuses('PROOF_IDENTITY', key, program, renamed);
        }
        // A key that keeps its digest but has the other's τ: the machine is another, so the program is.
        const own = one.toy.key.key;
        refuses('PROOF_IDENTITY', { ...own, tau2: key.tau2 }, one.toy.program.key, one.proof);
      }
    }
    figure(
      `${refused} proofs under 3 SRS refused with the key of another, by selector, transcript and id of the program`,
    );
  });
});
