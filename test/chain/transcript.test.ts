/**
 * What is hashed, item by item: by the prover, by the TypeScript verifier, and by the contract, changed to return the preimage of
 * every hash that it takes (`recorded.ts`).
 */
import assert from 'node:assert/strict';
import { concatBytes, numberToBytesBE } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { encodeFunctionData, hexToBytes } from 'viem';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import { traceRun } from '../../sdk/src/attest/run/trace.ts';
import { identify } from '../../sdk/src/attest/session/identify.ts';
import { VERIFIER_ABI } from '../../sdk/src/chain/calls.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { openSession } from '../../sdk/src/index.ts';
import { fillWitness } from '../../sdk/src/machine/witness.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { ITEM_BYTES, type Item, type Round, schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import {
  machineDigest,
  type ProgramKey,
  programId,
  type VerifyingKey,
} from '../../sdk/src/plonk/keys/key.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { challengeNames } from '../../sdk/src/solidity/layout.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy } from '../plonk/toy.ts';
import { makeWrapToy, proveWrap, wrapRun } from '../plonk/toy-wrap.ts';
import { figure } from '../soundness/lib/report.ts';
import { connectChain, type TestChain } from './fixture.ts';
import { recorded } from './recorded.ts';

interface Proven {
  readonly key: VerifyingKey;
  readonly program: ProgramKey;
  readonly statement: Statement;
  readonly proof: Uint8Array;
  /** The prover's. */
  readonly manifest: readonly ManifestEntry[];
}

async function provenToy(shape: Partial<typeof DEFAULT_SHAPE>): Promise<Proven> {
  const toy = await makeToy({ ...DEFAULT_SHAPE, ...shape });
  const manifest: ManifestEntry[] = [];
  const { proof } = await proveToy(toy, DEFAULT_RUN, { manifest });
  const { statement } = DEFAULT_RUN;
  return { key: toy.key.key, program: toy.program.key, statement, proof, manifest };
}

async function provenWrap(): Promise<Proven> {
  const toy = await makeWrapToy();
  const manifest: ManifestEntry[] = [];
  const proof = await proveWrap(toy, wrapRun(toy), { manifest });
  return { key: toy.key.key, program: toy.program.key, statement: DEFAULT_RUN.statement, proof, manifest };
}

/** A program with arguments, public inputs, private inputs and outputs. */
async function provenProgram(): Promise<Proven> {
  const wasm = moduleBytes({
    types: ['i32 -> i64', 'i64 ->', 'i32 -> i32'],
    imports: [
      ['env', 'wasm_input', { kind: 'func', type: 0 }],
      ['env', 'wasm_output', { kind: 'func', type: 1 }],
    ],
    functions: [
      {
        type: 2,
        // The sum of the public words, changed by the private one.
        code: [
          ['i32.const', 1],
          ['call', 0],
          ['i32.const', 1],
          ['call', 0],
          'i64.add',
          ['i32.const', 0],
          ['call', 0],
          'i64.xor',
          ['call', 1],
          ['local.get', 0],
          'i32.popcnt',
        ],
      },
    ],
    exports: [['main', 'func', 2]],
  });
  await using session = await openSession({ onWarning: () => {} });
  const { engine, srs, provingKey } = session;
  const { program } = loadProgram(wasm);
  const inputs = parseInputs({ args: [77], publicInputs: [5n, 1n << 63n], privateInputs: [9n] }, program);
  const { trace } = await traceRun(program, inputs, {});
  const { proving } = await identify(session, program);
  const { publicInputs, publicOutputs, status } = trace;
  const statement = { publicInputs, publicOutputs, status };
  const witness = fillWitness(engine, provingKey.layout.system, program, trace);
  const manifest: ManifestEntry[] = [];
  const { proof } = await prove({
    engine,
    srs,
    key: provingKey,
    program: proving,
    witness,
    statement,
    manifest,
  });
  return { key: provingKey.key, program: proving.key, statement, proof, manifest };
}

/** What the contract hashed, in order, and the challenges that it drew. */
async function askContract(
  chain: TestChain,
  { key, program, statement, proof }: Proven,
): Promise<{ preimages: Uint8Array[]; challenges: Uint8Array }> {
  const compiled = await compileVerifier(recorded(generateVerifier(key), key));
  const hash = await chain.wallet.deployContract({ abi: [], bytecode: compiled.bytecode });
  const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash });
  const args = [
    programId(machineDigest(key), program),
    encodeStatement(statement),
    encodeCallProof(proof, program),
  ] as const;
  const data = encodeFunctionData({ abi: VERIFIER_ABI, functionName: 'verify', args });
  const { data: returned } = await chain.client.call({ to: contractAddress!, data });
  const records: Uint8Array[] = [];
  for (let rest = hexToBytes(returned!); rest.length > 0; ) {
    const length = Number(BigInt(`0x${Buffer.from(rest.subarray(0, 32)).toString('hex')}`));
    records.push(rest.slice(32, 32 + length));
    rest = rest.subarray(32 + length);
  }
  const challenges = records.pop()!;
  return { preimages: records, challenges };
}

/** Where nothing is drawn behind the last round, the contract does not hash it. */
const isHashed = ({ name, challenges }: Round): boolean => name !== 'final' || challenges.length > 0;

/** The preimages cut into the items of the schedule, in the form of a manifest; that they chain is asserted. */
function streamOf(preimages: readonly Uint8Array[], { key, statement }: Proven): ManifestEntry[] {
  const bytesOf = ({ kind, label }: Item): number =>
    kind === 'words64'
      ? 8 * statement[label === 'public inputs' ? 'publicInputs' : 'publicOutputs'].length
      : ITEM_BYTES[kind];
  const stream: ManifestEntry[] = [];
  const left = [...preimages];
  let state: Uint8Array | undefined;
  for (const { name, items, challenges } of schedule(key.shape).rounds.filter(isHashed)) {
    const preimage = left.shift()!;
    if (state === undefined) stream.push({ label: 'initial state', bytes: preimage.slice(0, 32) });
    else assert.deepEqual(preimage.slice(0, 32), state, `${name} begins with the state before it`);
    let at = 32;
    for (const item of items) {
      stream.push({ label: item.label, bytes: preimage.slice(at, at + bytesOf(item)) });
      at += bytesOf(item);
    }
    assert.equal(preimage.length, at, `${name} has nothing behind its items`);
    state = keccak_256(preimage);
    for (const [i, challenge] of challenges.entries()) {
      const own = i === 0 ? preimage : left.shift()!;
      if (i > 0) assert.deepEqual(own, concatBytes(state, Uint8Array.of(i)), challenge);
      stream.push({ label: `challenge ${challenge}`, bytes: keccak_256(own) });
    }
  }
  assert.deepEqual(left, [], 'nothing else is hashed');
  return stream;
}

describe('one transcript: prover, verifier, contract', () => {
  let chain: TestChain;
  before(async () => {
    chain = await connectChain();
  });
  after(() => chain.close());

  const keys: readonly (readonly [string, () => Promise<Proven>])[] = [
    ['a toy key', () => provenToy({})],
    [
      'a toy key without packing',
      () =>
        provenToy({ packing: packByChip({ squares: 1, io: 1, exit: 1, image: 1, table: 1 }), tQuotient: 2 }),
    ],
    ['the key of the machine', provenProgram],
    ['a key of proofs about other proofs', provenWrap],
  ];
  for (const [name, make] of keys) {
    it(`the same items and challenges under ${name}`, async () => {
      const proven = await make();
      const { key, program, statement, proof } = proven;
      const manifest: ManifestEntry[] = [];
      verifyProof({ key, program, statement, proof, manifest });
      assert.deepEqual(manifest, proven.manifest, 'prover and verifier');

      const { preimages, challenges } = await askContract(chain, proven);
      const stream = streamOf(preimages, proven);
      const { rounds } = schedule(key.shape);
      const last = rounds.filter((round) => !isHashed(round)).flatMap(({ items }) => items);
      const hashed = manifest.length - last.length;
      assert.deepEqual(
        manifest.slice(hashed).map(({ label }) => label),
        last.map(({ label }) => label),
      );
      assert.deepEqual(stream, manifest.slice(0, hashed), 'contract and verifier');

      const drawn = (challenge: string): bigint => {
        const [, base, power] = /^([A-Z]+)_?(\d*)$/.exec(challenge)!;
        const { bytes } = stream.find(({ label }) => label === `challenge ${base!.toLowerCase()}`)!;
        const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) % FR_MODULUS;
        return Fr.pow(value, BigInt(power === '' ? 1 : power!));
      };
      const words = challengeNames(key.shape).map((challenge) => numberToBytesBE(drawn(challenge), 32));
      assert.deepEqual(challenges, concatBytes(...words), 'the challenges that the contract goes on with');
      figure(`${name}: ${stream.length} items and challenges, the same in prover, verifier and contract`);
    });
  }
});
