import assert from 'node:assert/strict';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';
import { figure } from '../soundness/lib/report.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type ToyRun, type ToyShape } from './toy.ts';

describe('honest proofs', () => {
  const shapes: readonly (readonly [string, Partial<ToyShape>, Partial<ToyRun['logs']>])[] = [
    ['packs of several chips, of different heights and factors', {}, {}],
    ['chips that are usually short, taller than the others in their packs', {}, { io: 5, exit: 6 }],
    [
      'one packing factor for all, φ too',
      { packing: packByChip({ squares: 4, io: 4, exit: 4, image: 4, table: 4 }), tPhi: 4 },
      {},
    ],
    [
      'packing factors that are no powers of two',
      { packing: packByChip({ squares: 3, io: 5, exit: 7, image: 2, table: 3 }), tPhi: 2, tQuotient: 3 },
      {},
    ],
    [
      'no packing but of the quotient, in two packs',
      { packing: packByChip({ squares: 1, io: 1, exit: 1, image: 1, table: 1 }), tQuotient: 2 },
      {},
    ],
    ['a witness chip as the tallest', {}, { squares: 6, io: 5 }],
    ['all heights 8', { tableLog: 3 }, { squares: 3, io: 3, table: 3 }],
  ];
  let compared = 0;
  after(() =>
    figure(`${compared} items and challenges of ${shapes.length} toy keys, the same in prover and verifier`),
  );
  for (const [name, shape, logs] of shapes) {
    it(name, async () => {
      const toy = await makeToy({ ...DEFAULT_SHAPE, ...shape });
      const run = { ...DEFAULT_RUN, logs: { ...DEFAULT_RUN.logs, ...logs } };
      const manifest: ManifestEntry[] = [];
      const { proof, heights } = await proveToy(toy, run, { manifest });
      assert.equal(heights['squares'], run.logs.squares);
      assert.equal(proof.length, toy.key.schedule.proofBytes);
      const seen: ManifestEntry[] = [];
      verifyProof({
        key: toy.key.key,
        program: toy.program.key,
        statement: run.statement,
        proof,
        manifest: seen,
      });
      assert.deepEqual(seen, manifest, 'prover and verifier hash the same stream');
      compared += seen.length;
    });
  }

  it('the same bytes from the reference kernels and the fast ones, given the same blinding', async () => {
    const engine = await createEngine({ threads: 2 });
    try {
      const proofs: Uint8Array[] = [];
      for (const kernels of [createReferenceEngine(), engine]) {
        const toy = await makeToy(DEFAULT_SHAPE, { engine: kernels });
        let state = new Uint8Array(32);
        const random = (count: number): Uint8Array => {
          state = keccak_256(state);
          return Uint8Array.from({ length: count }, (_, i) => state[i % 32]! ^ i);
        };
        const { proof } = await proveToy(toy, DEFAULT_RUN, { random });
        verifyProof({ key: toy.key.key, program: toy.program.key, statement: DEFAULT_RUN.statement, proof });
        proofs.push(proof);
      }
      assert.deepEqual(proofs[1], proofs[0]);
    } finally {
      await engine.dispose();
    }
  });
});
