import assert from 'node:assert/strict';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { encodeG1, negateG1 } from '../../sdk/src/curve/g1.ts';
import { encodeG2, G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import type { PackShape } from '../../sdk/src/plonk/declare/declare.ts';
import { encodeShape, structureDigest } from '../../sdk/src/plonk/declare/encoding.ts';
import {
  type ChipShape,
  maxLog,
  type PublicTermShape,
  powersNeeded,
  type Shape,
} from '../../sdk/src/plonk/declare/shape.ts';
import { keyDigest, machineDigest, programId, type VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import {
  programKeyFromJson,
  programKeyToJson,
  verifyingKeyFromJson,
  verifyingKeyToJson,
} from '../../sdk/src/plonk/keys/key-json.ts';
import { word } from '../../sdk/src/transcript/encode.ts';
import { makeToy, type Toy } from './toy.ts';

describe('keys', () => {
  let toy: Toy;
  let key: VerifyingKey;
  before(async () => {
    toy = await makeToy();
    key = toy.key.key;
  });

  it('the program id is keccak256 of the digest of the machine and the key as a struct of words', () => {
    const { log, entry, commitments } = toy.program.key;
    const machine = machineDigest(key);
    const bytes = concatBytes(
      hexToBytes(machine.slice(2)),
      word(log),
      word(entry),
      ...commitments.map(encodeG1),
    );
    assert.equal(programId(machine, toy.program.key), `0x${bytesToHex(keccak_256(bytes))}`);
    assert.equal(bytes.length, 32 + 64 + 64);
  });

  it('the digest is that of the structure and of what a contract holds as constants', () => {
    const bytes = concatBytes(
      structureDigest(key.shape),
      word(key.powers),
      word(1),
      encodeG2(key.tau2),
      ...key.commitments.map(encodeG1),
    );
    assert.equal(key.digest, `0x${bytesToHex(keccak_256(bytes))}`);
    assert.equal(key.selector, key.digest.slice(0, 10));
    assert.equal(key.insecure, true);
  });

  it('the digest depends on everything that a verifier does', () => {
    const { shape } = key;
    const chip = (change: Partial<ChipShape>, j = 0): Shape => ({
      ...shape,
      chips: shape.chips.with(j, { ...shape.chips[j]!, ...change }),
    });
    const term = (change: Partial<PublicTermShape>, i = 0): Shape => ({
      ...shape,
      publicTerms: shape.publicTerms.with(i, { ...shape.publicTerms[i]!, ...change }),
    });
    const pack = (change: Partial<PackShape>): Shape => ({
      ...shape,
      packs: shape.packs.with(0, { ...shape.packs[0]!, ...change }),
    });
    const { program } = shape.chips[0]!;
    const shapes: Shape[] = [
      { ...shape, version: 'toy-2' },
      { ...shape, transcript: 'poseidon2' as 'keccak256' },
      { ...shape, machine: `0x${'11'.repeat(32)}` },
      { ...shape, maxDegree: 5 },
      { ...shape, tPhi: 2 },
      { ...shape, tQuotient: 3 },
      { ...shape, chips: shape.chips.toReversed() },
      { ...shape, tags: shape.tags.slice(1) },
      { ...shape, tags: shape.tags.with(0, { ...shape.tags[0]!, fields: 2 }) },
      { ...shape, tags: shape.tags.with(0, { ...shape.tags[0]!, code: 99 }) },
      pack({ t: 5 }),
      pack({ stage: 'helper' }),
      pack({ columns: shape.packs[0]!.columns.toReversed() }),
      pack({ columns: shape.packs[0]!.columns.slice(1) }),
      pack({ columns: shape.packs[0]!.columns.map(([j, i]) => [j + 1, i] as const) }),
      pack({ columns: shape.packs[0]!.columns.map(([j, i]) => [j, i + 1] as const) }),
      { ...shape, packs: shape.packs.toReversed() },
      chip({ main: 5 }),
      chip({ helpers: 2 }),
      chip({ constraints: 7 }),
      chip({ height: { from: 'proof', minLog: 4 } }),
      chip({ height: { from: 'key', log: 6 } }, 4),
      chip({ height: { from: 'program', minLog: 5 } }, 4),
      chip({ program: { ...program, constants: program.constants.with(0, 17n) } }),
      chip({ program: { ...program, operations: program.operations.slice(1) } }),
      chip({ program: { ...program, outputs: [0] } }),
      term({ sign: -1 }),
      term({ tag: 1 }),
      term({ each: 'inputs' }),
      term({ each: 'outputs' }, 1),
      term({ fields: [{ from: 'status' }, { from: 'entry' }] }),
      term({ fields: [{ from: 'entry' }, { from: 'constant', value: 0n }] }),
      term({ fields: [{ from: 'entry' }, { from: 'constant', value: 1n }] }),
    ];
    const keys: VerifyingKey[] = [
      ...shapes.map((changed) => ({ ...key, shape: changed })),
      { ...key, powers: key.powers + 1 },
      { ...key, insecure: false },
      { ...key, tau2: G2_GENERATOR },
      { ...key, commitments: key.commitments.map(negateG1) },
    ];
    const digests = new Set([key, ...keys].map(keyDigest));
    assert.equal(digests.size, keys.length + 1);
  });

  it('and not on names, but for the version', () => {
    const { shape } = key;
    const renamed = {
      ...shape,
      name: 'other',
      chips: shape.chips.map((chip, j) => ({ ...chip, name: `chip ${j}` })),
    };
    assert.deepEqual(encodeShape(renamed), encodeShape(shape));
  });

  it('bounds heights by what the SRS holds: the packs that a chip has columns in, φ and the quotient', () => {
    const { shape } = key;
    // Packs of (table, squares) at 2, (squares, io, exit) at 4, (exit, image) at 8, and so on.
    const factors = shape.chips.map((_, j) =>
      Math.max(
        ...shape.packs.filter(({ columns }) => columns.some(([chip]) => chip === j)).map(({ t }) => t),
      ),
    );
    assert.deepEqual(new Set(factors), new Set([4, 8, 2]));
    for (let j = 0; j < shape.chips.length; j++) {
      for (const powers of [40, 519, 520, 531, 532, 600, 5000]) {
        const log = maxLog(shape, powers, j);
        const need = (k: number): number =>
          Math.max(
            powersNeeded.pack(factors[j]!, 2 ** k),
            powersNeeded.phi(shape.tPhi, 2 ** k),
            powersNeeded.quotient(shape.tQuotient, shape.maxDegree, 2 ** k),
          );
        assert.ok(log < 0 || need(log) <= powers);
        assert.ok(need(log + 1) > powers);
      }
    }
  });
});

function put(json: unknown, [name, ...rest]: readonly string[], value: unknown): void {
  const members = json as Record<string, unknown>;
  if (rest.length === 0) members[name!] = value;
  else put(members[name!], rest, value);
}

describe('keys as JSON', () => {
  let toy: Toy;
  let text: string;
  before(async () => {
    toy = await makeToy();
    text = verifyingKeyToJson(toy.key.key);
  });

  it('come back as they were', () => {
    assert.deepEqual(verifyingKeyFromJson(text), toy.key.key);
    const program = { ...toy.program.key, commitments: [...toy.program.key.commitments, null] };
    assert.deepEqual(programKeyFromJson(programKeyToJson(program)), program);
  });

  it('are refused, with the place, where anything was changed', () => {
    const generator: unknown = JSON.parse(
      JSON.stringify(G2_GENERATOR, (_, value: unknown) =>
        typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
      ),
    );
    // What is put where (undefined: removed), and the place that the message names.
    const program = 'shape.chips.0.program';
    const changes: readonly (readonly [path: string, value: unknown, message: RegExp])[] = [
      ['digest', `0x${'00'.repeat(32)}`, /verifying key: digest is not that of the key/],
      ['insecure', false, /digest/],
      ['insecure', undefined, /insecure is missing/],
      ['format', 'wattest-verifying-key-0', /format/],
      [`${program}.constants.0`, '0x7', /digest/],
      [`${program}.constants.0`, `0x${(2n ** 255n).toString(16)}`, /constants\[0\] is not a hexadecimal/],
      [`${program}.operations.0.1`, 10_000, /operations\[0\]\[1\]/],
      [`${program}.operations.0.0`, 3, /operations\[0\] is not an operation/],
      ['commitments.0.x', '0x1', /commitments\[0\] is not a point/],
      ['commitments.1', null, /has not 1 entries/],
      ['tau2', generator, /tau2 is the generator/],
      ['tau2.x.real', '0x5', /tau2 is not a point of G2/],
      ['shape', undefined, /shape/],
      ['powers', '600', /powers is not an integer/],
    ];
    for (const [path, value, message] of changes) {
      const json: unknown = JSON.parse(text);
      put(json, path.split('.'), value);
      assert.throws(() => verifyingKeyFromJson(JSON.stringify(json)), { code: 'KEY_INVALID', message }, path);
    }
    for (const garbage of ['', 'null', '[]', '{}', '7', text.slice(0, -1)]) {
      assert.throws(() => verifyingKeyFromJson(garbage), { code: 'KEY_INVALID' });
      assert.throws(() => programKeyFromJson(garbage), { code: 'KEY_INVALID' });
    }
  });
});

describe('a key from a file', () => {
  it('is refused with a challenge of another name, which its digest would not show', async () => {
    const text = verifyingKeyToJson((await makeToy()).key.key);
    const forged = text.replaceAll('"y"]', '"beta9"]');
    assert.notEqual(forged, text);
    assert.throws(() => verifyingKeyFromJson(forged), { code: 'KEY_INVALID', message: /challenges/ });
  });
});
