/** Several chips whose heights and fixed columns are a program's: one key for programs of any mix of heights. */
import assert from 'node:assert/strict';
import { negateG1 } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { check } from '../../sdk/src/plonk/check/check.ts';
import { type Chip, ChipBuilder, type System, type Tag } from '../../sdk/src/plonk/declare/declare.ts';
import { choosePacks } from '../../sdk/src/plonk/declare/packing.ts';
import { packLogs, programLogs } from '../../sdk/src/plonk/declare/shape.ts';
import { machineDigest, type ProgramKey, programId } from '../../sdk/src/plonk/keys/key.ts';
import { programKeyFromJson, programKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';
import {
  keygen,
  type ProvingKey,
  type ProvingProgram,
  programKeygen,
} from '../../sdk/src/plonk/keys/keygen.ts';
import { viewWitness, type Witness } from '../../sdk/src/plonk/keys/witness.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { toInts } from './toy.ts';

const ITEM: Tag = { code: 1, name: 'ITEM', fields: ['value'] };

/** Sends, or receives, what its program says: together they balance if the programs agree. */
function chip(name: string, sign: 1 | -1): Chip {
  const builder = new ChipBuilder(name);
  const value = builder.fixed('value');
  const gate = builder.fixed('gate');
  const count = builder.column('count', 'bound', 1, 'multiplicity');
  const multiplicity = { op: 'mul', left: gate, right: count } as const;
  if (sign === 1) builder.send('item', ITEM, multiplicity, [value]);
  else builder.receive('item', ITEM, multiplicity, [value]);
  return builder.build({ about: name, height: { from: 'program', minLog: 3 } });
}

const SYSTEM: System = {
  name: 'two programs',
  version: 'two-1',
  maxDegree: 3,
  chips: [chip('sends', 1), chip('takes', -1)],
  tags: [ITEM],
  publicTerms: [],
  packing: choosePacks({ longest: 64, always: 64, typical: { sends: 4, takes: 3 }, most: 4 }),
  tPhi: 1,
  tQuotient: 2,
};

describe('several chips with heights from one program', () => {
  const engine = createReferenceEngine();
  let key: ProvingKey;
  let program: ProvingProgram;
  let witness: Witness;
  let proof: Uint8Array;
  const statement = { publicInputs: [], publicOutputs: [], status: 0n };
  const values = [5n, 1n << 70n, 9n];
  const gates = values.map(() => 1n);

  before(async () => {
    const srs = await openDevelopmentSrs({ seed: 'toy', size: 300 });
    key = await keygen({ engine, srs, system: SYSTEM, tables: {} });
    program = await programKeygen({
      engine,
      srs,
      key,
      entry: 0n,
      log: 4,
      columns: [values, gates],
      more: [{ log: 3, columns: [values.toReversed(), gates] }],
    });
    const counts = (n: number, order: readonly bigint[]): Witness[number] => ({
      log: Math.log2(n),
      columns: [toInts(engine, order, n, 1)],
    });
    witness = [counts(16, [1n, 2n, 3n]), counts(8, [3n, 2n, 1n])];
    ({ proof } = await prove({ engine, srs, key, program, witness, statement }));
  });

  const verdict = (change: Partial<ProgramKey>): Verdict =>
    verdictOf(() => verifyProof({ key: key.key, program: { ...program.key, ...change }, statement, proof }));

  it('are proven and verified, each at its height, and rows are checked', () => {
    assert.equal(verdict({}), 'accepted');
    assert.deepEqual(programLogs(program.key.log, 2), [4, 3]);
    const tables = [program.table, ...program.more!];
    const report = check({
      layout: key.layout,
      tables,
      witness: viewWitness(engine, witness),
      entry: 0n,
      statement,
    });
    assert.ok(report.ok);
  });

  it('the height of each is in the program id, and another is another program', () => {
    const machine = machineDigest(key.key);
    const ids = new Set(
      [
        [4, 3],
        [3, 4],
        [3, 3],
        [4, 4],
        [5, 3],
      ].map((logs) => programId(machine, { ...program.key, log: packLogs(logs) })),
    );
    assert.equal(ids.size, 5);
    for (const logs of [
      [3, 4],
      [3, 3],
      [4, 4],
      [5, 3],
    ]) {
      assert.equal(verdict({ log: packLogs(logs) }), 'PROOF_IDENTITY', logs.join());
    }
    assert.deepEqual(programKeyFromJson(programKeyToJson(program.key)), program.key);
  });

  it('heights that no such program has are refused', () => {
    for (const log of [
      4,
      3,
      packLogs([2, 3]),
      packLogs([4, 2]),
      packLogs([4, 20]),
      packLogs([4, 3, 1]),
      -1,
      4.5,
      2 ** 60,
    ])
      assert.equal(verdict({ log }), 'KEY_INVALID', String(log));
  });

  it('another program of the same heights is refused', () => {
    const [first, ...rest] = program.key.commitments;
    assert.match(verdict({ commitments: [negateG1(first!), ...rest] }), /^PROOF_(IDENTITY|PAIRING)$/);
  });

  it('tables of another number of chips are a mistake of the caller', async () => {
    const srs = await openDevelopmentSrs({ seed: 'toy', size: 300 });
    const one = programKeygen({ engine, srs, key, entry: 0n, log: 4, columns: [values, gates] });
    await assert.rejects(one, RangeError);
  });

  it('no contract is made of such a key', () => {
    assert.throws(
      () => generateVerifier(key.key),
      (error) => isWattestError(error, 'KEY_INVALID'),
    );
  });

  it('logs and the number that holds them are one to one', () => {
    for (const logs of [[0], [24], [3, 4], [1, 2, 3, 4, 5, 6], [255, 255, 255, 255, 255, 255]]) {
      assert.deepEqual(programLogs(packLogs(logs), logs.length), logs);
    }
    assert.equal(programLogs(256, 1), undefined);
    assert.equal(programLogs(0, 0)?.length, 0);
    assert.equal(programLogs(1, 0), undefined);
  });
});
