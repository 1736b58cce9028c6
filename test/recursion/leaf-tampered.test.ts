/** A leaf of the machine's shards over the committed run: each shard tampered with is refused where the native verifier refuses it. Nothing is proven. */
import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { readKind } from '../../scripts/lib/fixtures.ts';
import { bytesOf } from '../../sdk/src/attest/proof/document.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { type Keys, openKeys, type ProofDocument } from '../../sdk/src/index.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import type { VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import {
  decodeRun,
  holdsImage,
  keyOfShard,
  type RunKeys,
  rootOf,
  verifyingKeys,
  verifyRun,
} from '../../sdk/src/plonk/verify/run.ts';
import { NO_PROGRAM, openShard } from '../../sdk/src/plonk/verify/verifier.ts';
import { shardRange } from '../../sdk/src/recursion/list.ts';
import type { Program, ProgramInputs } from '../../sdk/src/recursion/program.ts';
import type { InnerClaim } from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { leafClaim, leafInputs, leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import { verdictOf } from '../lib/verdict.ts';
import { placesOf } from '../soundness/lib/corpus.ts';
import { figure } from '../soundness/lib/report.ts';
import { endOf } from './lib/end.ts';
import { countsOf, PLACES, tamperedProofs } from './lib/tampered.ts';
import { pairs } from './lib/tampered-inner.ts';

const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';
/** T and whoever asks for it are no matter of leaves. */
const PROGRAMS = 5n;

describe('recursion: tampered shards before a leaf of the machine', () => {
  let opened: Keys;
  let keys: RunKeys;
  let document: ProofDocument;
  let proofs: Uint8Array[];
  let program: Program;
  let honest: InnerClaim;
  let shape: { readonly bodies: number; readonly closing: boolean };
  let challenges: { readonly alpha: bigint; readonly beta: bigint };

  before(async () => {
    opened = await openKeys({ onWarning: () => {} });
    keys = verifyingKeys(await opened.shardKeys('poseidon2'));
    document = await readKind('run-poseidon2');
    proofs = decodeRun(keys, bytesOf(document.proof));
    const { programKey, statement } = document;
    ({ challenges } = verifyRun({ keys, program: programKey, statement, proofs }));
    shape = { bodies: proofs.length - 1, closing: true };
    program = leafProgram(keys, shape, shardRange(keys));
    honest = claimOf(proofs);
  });
  after(() => opened.dispose());

  const claimOf = (of: readonly Uint8Array[]): InnerClaim =>
    leafClaim(keys, shape, {
      ...{ ...challenges, programs: PROGRAMS, program: document.programKey, first: 0 },
      proofs: of,
    });
  const inputsOf = (claim: InnerClaim, of: readonly Uint8Array[]): ProgramInputs =>
    leafInputs(keys, { shape, range: shardRange(keys) }, { claim, proofs: of });
  const keyOf = (k: number): VerifyingKey => keyOfShard(keys, k, proofs.length);
  const open = (k: number, proof: Uint8Array): ReturnType<typeof openShard> =>
    openShard(keyOf(k), holdsImage(keyOf(k)) ? document.programKey : NO_PROGRAM, k, proof);
  /** The best claim that a prover can make: root and sum are those of what is given, whether it convinces or not. */
  const lieOf = (of: readonly Uint8Array[]): InnerClaim => {
    const leaves = of.map((proof, k) => open(k, proof).leaf);
    const sums = of.map((proof, k) => {
      const { at } = placesOf(schedule(keyOf(k).shape)).find(({ kind }) => kind === 'scalar')!;
      return bytesToNumberBE(proof.subarray(at, at + 32));
    });
    const root = bytesToNumberBE(rootOf('poseidon2', leaves));
    return { ...honest, root, sum: sums.reduce((a, b) => Fr.add(a, b)) };
  };

  it('the honest ones hold, with the best claim of a prover too', () => {
    assert.equal(endOf(program, inputsOf(honest, proofs)), 'holds');
    assert.deepEqual(lieOf(proofs), honest);
  });

  for (const [which, place] of [
    ['a body', 0],
    ['the closing shard', -1],
  ] as const) {
    it(`of ${which}, in the same place: ${FULL ? 'every item' : 'one of 61 changes'}`, () => {
      const k = proofs.length === 0 ? 0 : (place + proofs.length) % proofs.length;
      const codes: string[] = [];
      const corpus = tamperedProofs(proofs[k]!, schedule(keyOf(k).shape), {
        logs: [13, 14, 15, 16],
        every: FULL ? 1 : 61,
      });
      for (const { name, label, proof } of corpus) {
        const given = proofs.with(k, proof);
        const code = verdictOf(() => open(k, proof).defer(challenges));
        codes.push(code);
        if (code === 'PROOF_HEIGHTS') {
          assert.throws(() => inputsOf(honest, given), RangeError, name);
          continue;
        }
        const exact = code === 'accepted' ? claimOf(given) : undefined;
        const end = endOf(program, inputsOf(exact ?? lieOf(given), given)).split('/');
        const expected = code === 'accepted' ? ['holds'] : [`shard ${k}`, PLACES[code]!];
        assert.deepEqual(end.slice(0, expected.length), expected, `${name}: ${code}`);
        if (exact === undefined) continue;
        assert.equal(label, "W'", name);
        assert.ok(!pairs(keyOf(k), exact.pair), `${name}: a tampered shard that pairs`);
      }
      figure(`${which} of the machine before a leaf, ${corpus.length} tampered proofs: ${countsOf(codes)}`);
    });
  }
});
