/**
 * What has broken other systems of this kind, where no other test has it: docs/security.md lists all of it with the tests.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { concatHex, type Hex, size, slice } from 'viem';
import { ROOT } from '../../scripts/lib/tools.ts';
import { negateG1 } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { check, run } from '../../sdk/src/index.ts';
import { TABLES_LOG } from '../../sdk/src/machine/chips/tables.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import { machineTables } from '../../sdk/src/machine/system.ts';
import { AND8, BYTES, RANGE16 } from '../../sdk/src/machine/tags.ts';
import { valueAt } from '../../sdk/src/plonk/columns/fixed.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { programKeygen } from '../../sdk/src/plonk/keys/keygen.ts';
import { maskCount } from '../../sdk/src/plonk/prove/quotient.ts';
import { platformRandom } from '../../sdk/src/plonk/prove/randomness.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';
import {
  callData,
  connectChain,
  deployToyVerifier,
  honestCall,
  makeToyProof,
  outcome,
} from '../chain/fixture.ts';
import { SYSTEM } from '../machine/chips/harness.ts';
import { evaluate, IndexedChip } from '../machine/chips/rows.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type Toy } from '../plonk/toy.ts';
import { placesOf } from './lib/corpus.ts';
import { program } from './lib/programs.ts';
import { figure } from './lib/report.ts';
import { objections, tell } from './lib/story.ts';

const CHIPS = ['alu', 'mem', 'memx', 'wide', 'ctl', 'boundary'] as const;

describe('checklist: circuits', () => {
  it('two selectors in one row are refused in padding rows too', () => {
    for (const name of CHIPS) {
      const { chip } = new IndexedChip(name);
      const one = chip.constraints.find((constraint) => constraint.name === 'at most one selector')!;
      const real = chip.main.filter((column) => {
        const cells = chip.main.map((other) => (other === column ? 2n : 0n));
        return evaluate(one.expression, cells) !== 0n;
      });
      assert.ok(real.length >= 3, name);
      for (const a of real) {
        for (const b of real) {
          if (a === b) continue;
          const cells = chip.main.map((column) => (column === a || column === b ? 1n : 0n));
          assert.notEqual(evaluate(one.expression, cells), 0n, `${name}: ${a.name}, ${b.name}`);
        }
      }
    }
  });

  it('every tuple of the byte tables is true, each of the 2^16 of a kind stands once, and nobody else provides limbs', () => {
    const { chip } = new IndexedChip('tables');
    const fixed = machineTables()['tables']!;
    const height = 2 ** TABLES_LOG;
    const seen = new Map<bigint, Set<bigint>>();
    for (const { sign, multiplicity, tuple } of chip.interactions) {
      assert.equal(sign, 1);
      assert.equal(multiplicity.op, 'column', 'a multiplicity of its own');
      for (let row = 0; row < height; row++) {
        // The fields are of fixed columns alone.
        const cells = fixed.map((values) => valueAt(values, row));
        const [code, x, y, and] = tuple.map((field) => evaluate(field, cells)) as [
          bigint,
          bigint,
          bigint,
          bigint,
        ];
        const limb = code === BigInt(RANGE16.code);
        if (!limb) assert.ok(x < 256n && y < 256n, `row ${row}`);
        if (code === BigInt(AND8.code)) assert.equal(and, x & y, `row ${row}`);
        const kind = seen.get(code) ?? new Set();
        kind.add(limb ? x : 256n * x + y);
        seen.set(code, kind);
      }
    }
    const multiplicities = new Set(chip.interactions.map(({ multiplicity }) => multiplicity));
    assert.equal(multiplicities.size, chip.main.length);
    assert.deepEqual(
      [...seen.keys()],
      [RANGE16, BYTES, AND8].map(({ code }) => BigInt(code)),
    );
    assert.equal(4 * height, 65536);
    for (const kind of seen.values()) {
      assert.equal(kind.size, 65536);
      assert.ok([...kind].every((pair) => pair < 65536n));
    }
    const providers = SYSTEM.chips.flatMap((chip) =>
      chip.interactions
        .filter(({ sign, tuple }) => {
          const [code] = tuple;
          return sign === 1 && (code!.op !== 'constant' || code!.value === BigInt(RANGE16.code));
        })
        .map(({ name }) => `${chip.name}: ${name}`),
    );
    // The image's tag is a fixed column, and no image has that kind.
    assert.deepEqual(providers, [
      'image: image',
      ...['00', '01', '10', '11'].map((bits) => `tables: limbs ${bits}`),
    ]);
    const image = imageColumns(program([['local.get', 0]]));
    for (let row = 0; row < 2 ** image.log; row++) {
      assert.notEqual(valueAt(image.columns[0]!, row), BigInt(RANGE16.code));
    }
  });

  it('the maximum of the memory is in the program, and so in its id', () => {
    const grown = (max: number) =>
      program([['local.get', 0], 'memory.grow'], { memories: [{ min: 1, max }] });
    const [two, three] = [2, 3].map((max) => {
      const { log, columns } = imageColumns(grown(max));
      return columns.map((column) => Array.from({ length: 2 ** log }, (_, row) => valueAt(column, row)));
    });
    assert.notDeepEqual(two, three);
    const result = (max: number, by: bigint): bigint =>
      tell(grown(max), { args: [by] }).statement.publicOutputs[0]!;
    assert.equal(result(2, 1n), 1n);
    assert.equal(result(2, 2n), 0xffff_ffffn);
    assert.equal(result(3, 2n), 1n);
  });

  it('remainders and quotients at the edges of signed integers can be proven', async () => {
    const cases = [
      ['i32', 'rem_s', -(2n ** 31n), -1n, 0n],
      ['i64', 'rem_s', -(2n ** 63n), -1n, 0n],
      ['i32', 'rem_s', -7n, 2n, -1n],
      ['i64', 'rem_s', 7n, -2n, 1n],
      ['i32', 'div_s', -(2n ** 31n), 1n, -(2n ** 31n)],
      ['i64', 'div_s', -7n, 2n, -3n],
      ['i64', 'div_s', 2n ** 63n - 1n, -1n, -(2n ** 63n - 1n)],
      ['i32', 'div_u', 2n ** 32n - 1n, 2n ** 32n - 1n, 1n],
    ] as const;
    for (const [type, operation, x, y, expected] of cases) {
      const bits = type === 'i32' ? 32 : 64;
      const wasm = moduleBytes({
        types: [`${type} ${type} -> ${type}`],
        functions: [{ type: 0, code: [['local.get', 0], ['local.get', 1], `${type}.${operation}`] }],
        exports: [['main', 'func', 0]],
      });
      const args = [x, y].map((value) => BigInt.asUintN(bits, value));
      const { ok, failures } = await check({ wasm, invoke: 'main', args });
      assert.ok(ok, `${type}.${operation}(${x}, ${y}): ${failures}`);
      assert.deepEqual((await run({ wasm, invoke: 'main', args })).results, [BigInt.asUintN(bits, expected)]);
    }
  });

  it('an indirect call compares structures: two types of one form are one type', () => {
    const types = ['i32 -> i64', 'i64 ->', 'i32 ->', 'i32 -> i32', 'i64 -> i64', 'i32 -> i32'] as const;
    const made = program(
      [
        ['i32.const', 5],
        ['local.get', 0],
        ['call_indirect', 3, 0],
      ],
      {
        types,
        others: [{ type: 5, code: [['local.get', 0], ['i32.const', 1], 'i32.add'] }],
        tables: [{ type: 'funcref', limits: { min: 1, max: 1 } }],
        elements: [{ offset: [['i32.const', 0]], functions: [4] }],
      },
    );
    const story = tell(made, { args: [0n] });
    assert.deepEqual(objections(story), []);
    assert.deepEqual(story.statement.publicOutputs, [6n]);
  });
});

describe('checklist: transcript', () => {
  let toy: Toy;
  let proof: Uint8Array;
  before(async () => {
    toy = await makeToy();
    ({ proof } = await proveToy(toy));
  });

  /** The challenges that the verifier draws, as far as it gets. */
  function challengesOf(
    bytes: Uint8Array,
    statement: Statement = DEFAULT_RUN.statement,
    key = toy.program.key,
  ) {
    const manifest: ManifestEntry[] = [];
    try {
      verifyProof({ key: toy.key.key, program: key, statement, proof: bytes, manifest });
    } catch (error) {
      assert.ok(
        (['PROOF_IDENTITY', 'PROOF_INVERSE', 'PROOF_PAIRING'] as const).some((code) =>
          isWattestError(error, code),
        ),
        String(error),
      );
    }
    return manifest
      .filter(({ label }) => label.startsWith('challenge '))
      .map(({ bytes: hash }) => Fr.from(bytesToNumberBE(hash)));
  }

  it('no two challenges of a proof are equal', () => {
    const drawn = challengesOf(proof);
    assert.equal(drawn.length, 6);
    assert.equal(new Set(drawn).size, 6);
  });

  it('every item of a proof changes every challenge behind it and none before it', () => {
    const honest = challengesOf(proof);
    const { rounds } = toy.key.schedule;
    const drawnBefore = new Map<string, number>();
    let drawn = 0;
    for (const { items, challenges } of rounds) {
      for (const { label } of items) drawnBefore.set(label, drawn);
      drawn += challenges.length;
    }
    for (const { label, kind, at } of placesOf(toy.key.schedule)) {
      const bent = proof.slice();
      // Another valid item of its kind: the next height, the negative of a point, the next scalar.
      if (kind === 'heights') bent[at]!++;
      else if (kind === 'point') {
        const [x, y] = [0, 32].map((i) => bytesToNumberBE(proof.subarray(at + i, at + i + 32))) as [
          bigint,
          bigint,
        ];
        const negative = negateG1({ x, y })!;
        bent.set(Buffer.from(negative.y.toString(16).padStart(64, '0'), 'hex'), at + 32);
      } else {
        const next = Fr.add(bytesToNumberBE(proof.subarray(at, at + 32)), 1n);
        bent.set(Buffer.from(next.toString(16).padStart(64, '0'), 'hex'), at);
      }
      const changed = challengesOf(bent);
      honest.forEach((challenge, i) => {
        if (i < drawnBefore.get(label)!) assert.equal(changed[i], challenge, `${label}: challenge ${i}`);
        else assert.notEqual(changed[i], challenge, `${label}: challenge ${i}`);
      });
    }
    figure(
      `${placesOf(toy.key.schedule).length} items of a proof: each changes every challenge behind it, no other`,
    );
    assert.equal(drawnBefore.get('W'), 5, "W comes before the last challenge, W' behind it");
  });

  it('statement and program change every challenge', () => {
    const honest = challengesOf(proof);
    const { statement } = DEFAULT_RUN;
    const { key } = toy.program;
    const others = [
      challengesOf(proof, { ...statement, status: statement.status + 1n }),
      challengesOf(proof, { ...statement, publicInputs: [...statement.publicInputs, 0n] }),
      challengesOf(proof, { ...statement, publicOutputs: statement.publicOutputs.toReversed() }),
      challengesOf(proof, statement, { ...key, entry: key.entry + 1n }),
      challengesOf(proof, statement, { ...key, commitments: key.commitments.map(negateG1) }),
    ];
    for (const other of others) assert.ok(other.every((challenge, i) => challenge !== honest[i]));
  });

  it('every committed column takes two fresh scalars of 384 bits, φ three, the quotient its masks', async () => {
    const asked: number[] = [];
    const random = (count: number): Uint8Array => {
      asked.push(count);
      return platformRandom(count);
    };
    await proveToy(toy, DEFAULT_RUN, { random });
    const columns = toy.key.layout.shape.chips.reduce((sum, { main, helpers }) => sum + main + helpers, 0);
    assert.equal(asked.length, 2 * columns + 3 + maskCount(toy.key.layout.system.maxDegree));
    assert.ok(asked.every((count) => count === 48));
    figure(
      `${asked.length} scalars of 384 bits drawn for ${columns} columns, φ and the masks of a toy proof`,
    );
  });

  it('a commitment to columns of zeros is infinity, legitimate in a key, and honest proofs with it are accepted', async () => {
    const packing = packByChip({ squares: 4, io: 2, exit: 4, image: 1, table: 2 });
    const shape = { ...DEFAULT_SHAPE, packing };
    const empty = await makeToy(shape, { image: [] });
    const key = await programKeygen({ ...empty, log: 3, entry: 77n, columns: [[0n], [0n], [0n]] });
    assert.deepEqual(key.key.commitments, [null, null, null]);
    const zeros: Toy = { ...empty, program: key };
    const statement = { publicInputs: [], publicOutputs: [], status: 1n };
    const { proof: made } = await proveToy(zeros, { ...DEFAULT_RUN, statement });
    verifyProof({ key: zeros.key.key, program: key.key, statement, proof: made });
  });
});

describe('checklist: contract', () => {
  it('nothing but verify and the constants can be called, and calldata cut anywhere reverts without a panic', async () => {
    const chain = await connectChain();
    try {
      const made = await makeToyProof();
      const { address } = await deployToyVerifier(chain, made.toy);
      const data = callData(honestCall(made));
      for (const other of ['0x', '0x00', '0xdeadbeef', concatHex(['0xdeadbeef', slice(data, 4)])] as const) {
        await assert.rejects(chain.client.call({ to: address, data: other as Hex }), other);
      }
      // The head of the arguments cut everywhere, the rest now and then; four bytes are the selector.
      let cuts = 0;
      for (let length = 4; length < size(data); length += length < 400 ? 4 : 211) {
        cuts++;
        // The decoder of the arguments refuses without data; what it lets through has a name.
        const refusal = await outcome(chain, address, slice(data, 0, length)).catch((error: Error) => {
          assert.doesNotMatch(error.message, /panic|out of gas|invalid opcode/i, `${length} bytes`);
          assert.match(error.message, /revert/i, `${length} bytes`);
          return 'reverted';
        });
        assert.notEqual(refusal, 'accepted', `${length} bytes`);
      }
      figure(`calldata cut at ${cuts} lengths: refused by the contract, without a panic`);
    } finally {
      await chain.close();
    }
  });

  it('the repository has no verifier that accepts without verifying but the mock, which development chains alone run, and the contracts take no verifier from a caller', () => {
    const sources = globSync('contracts/**/*.sol', { cwd: ROOT }).sort();
    assert.deepEqual(
      sources.map((path) => path.split(/[\\/]/).at(-1)),
      [
        'AttestationRegistry.sol',
        'WattestConsumer.sol',
        'WattestGateway.sol',
        'WattestResolver.sol',
        'ResultConsumer.sol',
        'IAttestationRegistry.sol',
        'IWattestGateway.sol',
        'IWattestVerifier.sol',
        'MockRegistry.sol',
        'MockVerifier.sol',
      ],
    );
    const textOf = (name: string): string =>
      readFileSync(join(ROOT, sources.find((path) => path.endsWith(name))!), 'utf8');
    const mock = textOf('MockVerifier.sol');
    assert.match(mock, /constructor\(\) \{\s+_requireDevelopmentChain\(\);/);
    assert.match(mock, /function verify\([^)]*\) external view \{\s+_requireDevelopmentChain\(\);/);
    // Nothing but the mock registry and tests knows it.
    const importing = sources.filter((path) =>
      /import [^;]*Mock/.test(readFileSync(join(ROOT, path), 'utf8')),
    );
    assert.deepEqual(
      importing.map((path) => path.split(/[\\/]/).at(-1)),
      ['MockRegistry.sol'],
    );
    const text = sources.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
    assert.doesNotMatch(text, /\b(fallback|receive)\s*\(/);
    assert.match(text, /function addRoute\([^)]*\) external onlyOwner/);
    // The only address that comes with a proof is that of who is to be on record.
    assert.doesNotMatch(text, /function (?:verify|attest|attestBatch|stopByProof)\([^)]*address/);
    assert.match(text, /function attestFor\([^)]*address submitter,[^)]*\)/);
  });
});
