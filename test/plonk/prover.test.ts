import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type Toy, toyWitness } from './toy.ts';

const { statement } = DEFAULT_RUN;

describe('prover', () => {
  let toy: Toy;
  before(async () => {
    toy = await makeToy(DEFAULT_SHAPE, { engine: createReferenceEngine() });
    await proveToy(toy);
  });
  const verify = (proof: Uint8Array): void =>
    verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof });

  it('gives back all memory of the run, and leaves the witness to its owner', async () => {
    const witness = toyWitness(toy);
    const before = toy.engine.memory().used;
    await proveToy(toy, DEFAULT_RUN, { witness });
    assert.equal(toy.engine.memory().used, before);
    verify((await proveToy(toy, DEFAULT_RUN, { witness })).proof);
  });

  it('reports progress in order, each phase from 0 to 1, and times every phase', async () => {
    const seen: string[] = [];
    let last = 1;
    const { timings } = await proveToy(toy, DEFAULT_RUN, {
      onProgress: ({ phase, fraction }) => {
        if (seen.at(-1) !== phase) {
          assert.deepEqual([last, fraction], [1, 0], phase);
          seen.push(phase);
        }
        assert.ok(fraction <= 1 && (fraction >= last || fraction === 0));
        last = fraction;
      },
    });
    assert.equal(last, 1);
    assert.deepEqual(seen, ['commit', 'helpers', 'quotient', 'open']);
    assert.deepEqual(Object.keys(timings), seen);
  });

  it('stops at a signal, in every phase, and gives back its memory', async () => {
    for (const phase of ['commit', 'helpers', 'quotient', 'open']) {
      const controller = new AbortController();
      const witness = toyWitness(toy);
      const before = toy.engine.memory().used;
      const proving = proveToy(toy, DEFAULT_RUN, {
        witness,
        signal: controller.signal,
        onProgress: (event) => {
          if (event.phase === phase) controller.abort();
        },
      });
      await assert.rejects(proving, { code: 'ABORTED' });
      assert.equal(toy.engine.memory().used, before, phase);
    }
  });

  it('names a statement with a hole, or with a word that is none, instead of hashing it as 0', async () => {
    const holes = [...statement.publicInputs];
    holes.length++;
    for (const publicInputs of [holes, [1], ['1'], [undefined], undefined]) {
      const bent = { ...statement, publicInputs } as unknown as typeof statement;
      const expected = { code: 'STATEMENT_INVALID', message: /statement\.publicInputs/ };
      const run = { ...DEFAULT_RUN, statement: bent };
      await assert.rejects(proveToy(toy, run, { witness: toyWitness(toy) }), expected);
      assert.throws(
        () =>
          verifyProof({
            key: toy.key.key,
            program: toy.program.key,
            statement: bent,
            proof: new Uint8Array(),
          }),
        expected,
      );
    }
  });

  it('names blinding that is not random, after three attempts', async () => {
    let draws = 0;
    const random = (count: number): Uint8Array => {
      draws++;
      return new Uint8Array(count);
    };
    const witness = toyWitness(toy);
    for (const column of witness.flatMap(({ columns }) => columns)) toy.engine.words(column).fill(0);
    const before = toy.engine.memory().used;
    await assert.rejects(proveToy(toy, DEFAULT_RUN, { witness, random, dishonest: true }), {
      code: 'INTERNAL',
      message: /3 attempts ended in an unlucky commitment/,
    });
    assert.equal(draws % 3, 0);
    assert.equal(toy.engine.memory().used, before);
  });

  it('gives back its memory where the kernels fail, wherever that is', async () => {
    const methods = [
      'msm',
      'toField',
      'evaluate',
      'batchInvert',
      'interpolate',
      'prefixSum',
      'scatterAdd',
    ] as const;
    const later = [
      'cosetEvaluate',
      'cosetInterpolate',
      'accumulateMany',
      'evaluateAt',
      'divideByLinear',
      'scale',
    ] as const;
    for (const method of [...methods, ...later]) {
      const fails = (): never => {
        throw new Error(`no ${method}`);
      };
      const witness = toyWitness(toy);
      const before = toy.engine.memory().used;
      const { engine } = toy;
      const original = engine[method];
      Object.assign(engine, { [method]: fails });
      try {
        await assert.rejects(proveToy(toy, DEFAULT_RUN, { witness }), { message: `no ${method}` });
        assert.equal(engine.memory().used, before, method);
      } finally {
        Object.assign(engine, { [method]: original });
      }
    }
  });

  it('starts over with fresh blinding where a denominator is zero, a few times', async () => {
    const failing = (times: number): Engine => {
      let left = times;
      return {
        ...toy.engine,
        batchInvert: async (vector) => (left-- > 0 ? false : toy.engine.batchInvert(vector)),
      };
    };
    const { proof } = await proveToy(toy, DEFAULT_RUN, { engine: failing(2) });
    verify(proof);
    await assert.rejects(proveToy(toy, DEFAULT_RUN, { engine: failing(3) }), /denominator/);
  });

  it('says how many rows are needed where the key is too small', async () => {
    const witness = toyWitness(toy, { ...DEFAULT_RUN, logs: { ...DEFAULT_RUN.logs, squares: 8 } });
    await assert.rejects(proveToy(toy, DEFAULT_RUN, { witness }), (error) => {
      assert.ok(isWattestError(error, 'TRACE_TOO_TALL'));
      assert.equal(error.message, 'chip squares: 256 rows are needed and this key allows 128');
      assert.match(error.fix, /1044 powers/);
      return true;
    });
  });

  it('refuses a statement and a witness of the wrong form', async () => {
    const witness = toyWitness(toy);
    const parameters = { ...toy, witness, statement };
    await assert.rejects(prove({ ...parameters, statement: { ...statement, status: 1n << 64n } }), {
      code: 'STATEMENT_INVALID',
    });
    await assert.rejects(prove({ ...parameters, witness: witness.slice(1) }), RangeError);
    await assert.rejects(
      prove({ ...parameters, witness: witness.with(0, { ...witness[0]!, log: 5 }) }),
      RangeError,
    );
    await assert.rejects(
      prove({ ...parameters, witness: witness.with(0, { ...witness[0]!, columns: [] }) }),
      RangeError,
    );
  });

  it('refuses tables and keys that do not fit the SRS', async () => {
    await assert.rejects(makeToy({ ...DEFAULT_SHAPE, tableLog: 9 }), { code: 'SRS_TOO_SMALL' });
    await assert.rejects(makeToy({ ...DEFAULT_SHAPE, tPhi: 40 }), { code: 'SRS_TOO_SMALL' });
  });
});
