/**
 * Provers that cheat: they go on where an honest one stops and send a proof that is as good as a false witness allows (the
 * remainders of impossible divisions dropped). The verifier must refuse each.
 */
import assert from 'node:assert/strict';
import { Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { FixedTable } from '../../sdk/src/plonk/columns/fixed.ts';
import type { VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import type { ProvingKey } from '../../sdk/src/plonk/keys/keygen.ts';
import { publicTuples } from '../../sdk/src/plonk/verify/public-terms.ts';
import { checkIdentity, verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { DEFAULT_RUN, makeToy, proveToy, type Toy, type ToyRun, toyWitness } from './toy.ts';

const { statement } = DEFAULT_RUN;

describe('dishonest provers', () => {
  let toy: Toy;
  before(async () => {
    toy = await makeToy();
  });

  function answer(
    proof: Uint8Array,
    run: Pick<ToyRun, 'statement'>,
    key: VerifyingKey = toy.key.key,
  ): Verdict {
    return verdictOf(() => verifyProof({ key, program: toy.program.key, statement: run.statement, proof }));
  }

  const cheats: readonly (readonly [string, Partial<ToyRun>])[] = [
    ['a false row', { cells: { squares: [['x2', 2, 10n]] } }],
    ['a false padding row: a selector without an input', { cells: { squares: [['s1', 9, 1n]] } }],
    ['a selector that is no bit', { cells: { squares: [['s1', 9, 2n]] } }],
    ['two selectors at once', { cells: { squares: [['s1', 0, 1n]] } }],
    [
      'a value outside the table',
      {
        cells: {
          squares: [
            ['x', 0, 40n],
            ['x2', 0, 1600n],
          ],
        },
      },
    ],
    ['a multiplicity of a table too many', { cells: { table: [['m', 1, 3n]] } }],
    [
      'a word that is not in the image',
      {
        statement: { ...statement, publicOutputs: [16n, 5n * 10n ** 12n] },
        cells: {
          io: [['factor', 0, 4n]],
          table: [
            ['m', 4, 2n],
            ['m', 3, 1n],
          ],
        },
      },
    ],
    ['a forged output', { statement: { ...statement, publicOutputs: [13n, 5n * 10n ** 12n] } }],
    ['an output left out', { statement: { ...statement, publicOutputs: [12n] } }],
    ['an input left unread', { cells: { io: [['real', 1, 0n]] } }],
    ['an exit status that is not the public one', { cells: { exit: [['status', 0, 0n]] } }],
    ['an entry that is not that of the program', { entry: 78n }],
    [
      'a gated provider: a padding row of the image',
      { cells: { image: [['m', 6, 5n]], io: [['factor', 1, 6n]] } },
    ],
  ];
  for (const [name, change] of cheats) {
    it(name, async () => {
      const run = { ...DEFAULT_RUN, ...change };
      await assert.rejects(proveToy(toy, run), { code: 'WITNESS_INVALID' });
      const { proof } = await proveToy(toy, run, { dishonest: true });
      assert.equal(answer(proof, run), 'PROOF_IDENTITY');
    });
  }

  it('the same prover with an honest witness is accepted', async () => {
    const { proof } = await proveToy(toy, DEFAULT_RUN, { dishonest: true });
    assert.equal(answer(proof, DEFAULT_RUN), 'accepted');
  });

  it('a table proven at twice its height, which a verifier that believed it would accept', async () => {
    // The same polynomials (so the key's commitments), on a domain where every other row is not of the table.
    const { engine } = toy;
    const wide = engine.vector(64);
    const table = toy.key.tables[4]!;
    const [column] = await table.coefficients(engine);
    await engine.scatterAdd(wide, 0, 1, column!.coefficients);
    const onWide = engine.vector(64);
    await engine.cosetEvaluate([onWide], [wide], 1n, [[]]);
    const tables = toy.key.tables.map((own, j) =>
      j === 4 ? new FixedTable(6, [engine.read(onWide, 0, 64)], 'table') : own,
    );
    const believing = <T extends { shape: VerifyingKey['shape'] }>(from: T): T => ({
      ...from,
      shape: {
        ...from.shape,
        chips: from.shape.chips.map((chip, j) =>
          j === 4 ? { ...chip, height: { from: 'key', log: 6 } as const } : chip,
        ),
      },
    });
    const key: ProvingKey = {
      ...toy.key,
      key: believing(toy.key.key),
      layout: believing(toy.key.layout),
      tables,
    };
    const honest = toyWitness(toy);
    const m = engine.ints(64, 1);
    engine.words(honest[4]!.columns[0]!).forEach((count, i) => {
      engine.words(m)[2 * i] = count;
    });
    const witness = honest.with(4, { log: 6, columns: [m] });
    const { proof } = await proveToy({ ...toy, key }, DEFAULT_RUN, { witness });
    assert.equal(answer(proof, DEFAULT_RUN, key.key), 'accepted');
    assert.equal(answer(proof, DEFAULT_RUN), 'PROOF_IDENTITY');
  });

  it('challenges that void the identity are refused: z in the domain, a public denominator of zero', () => {
    const { shape } = toy.key.key;
    const plan = toy.key.schedule;
    const logs = [4, 3, 3, 3, 5];
    const values = new Array<bigint>(plan.values.count).fill(0n);
    const parts = { shape, plan, program: toy.program.key, statement, logs, values };
    const drawn = { alpha: 11n, beta: 12n, y: 13n, z: 14n, gamma: 15n, u: 16n };
    const code = (challenges: typeof drawn): Verdict =>
      verdictOf(() => checkIdentity({ ...parts, challenges }));
    for (const log of [3, 4, 5]) {
      assert.equal(code({ ...drawn, z: rootOfUnity(2 ** log) }), 'PROOF_CHALLENGE');
      assert.equal(code({ ...drawn, z: 1n }), 'PROOF_CHALLENGE');
    }
    const terms = publicTuples(shape.publicTerms, { program: toy.program.key, statement });
    for (const { tuple } of terms) {
      const alpha = tuple.reduceRight((sum, field) => Fr.add(Fr.mul(sum, drawn.beta), field), 0n);
      assert.equal(code({ ...drawn, alpha }), 'PROOF_PUBLIC_TERM');
    }
    assert.equal(code(drawn), 'PROOF_IDENTITY');
  });
});
