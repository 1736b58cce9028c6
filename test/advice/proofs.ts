/** Advices about proofs, statements and keys. */
import assert from 'node:assert/strict';
import { decodeG1, encodeG1, G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import {
  generateVerifier,
  openKeys,
  type ProofDocument,
  programId,
  prove,
  readProofDocument,
  statementHash,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { verifyingKeyFromJson, verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import type { Follow, Table } from './lib/follow.ts';
import { ADD, BYTES, DIVIDE, proven, session } from './lib/shared.ts';

const lib = async (): Promise<{ document: ProofDocument; wasm: Uint8Array }> => proven();
/** The document with its proof's bytes changed. */
const bent = (document: ProofDocument, change: (bytes: Uint8Array) => Uint8Array): ProofDocument => ({
  ...document,
  proof: `0x${Buffer.from(change(Uint8Array.from(Buffer.from(document.proof.slice(2), 'hex')))).toString('hex')}`,
});
/** What is changed is refused; the proof as it was made, or made again, is accepted. */
const unchanged =
  (...changes: readonly ((document: ProofDocument) => ProofDocument)[]): Follow =>
  async (advised) => {
    const { document, wasm } = await lib();
    const keys = await session();
    for (const change of changes) await advised.by(() => verify(keys, { document: change(document), wasm }));
    await verify(keys, { document, wasm });
  };
const last = (bytes: Uint8Array): Uint8Array => {
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
};

const SHARDED = {
  test: 'test/cli/long-runs.test.ts',
  title: 'a run that is too long for one proof is proven in several',
};
const REFUSED_KEYS = { test: 'test/plonk/shards.test.ts', title: 'keys that do not belong together' };
const LAYERS = 'of the proof system alone, whose keys are declared by the machine; ';

export const PROOFS: Table = {
  'Bind the imports as they were when it was proven: --trap-imports, --global NAME=VALUE (trapImports, globals in the SDK)':
    {
      test: 'test/attest/verify-imports.test.ts',
      title: 'calls that trap: named by the hint, and accepted with it',
    },
  'Make it again from the proofs that it is about, with this release': {
    test: 'test/recursion/join-program.test.ts',
    title: 'a proof that is made for a part is what it should be, by the native verifier',
  },
  'Give the module or the program id': async (advised) => {
    const { document, wasm } = await lib();
    const keys = await session();
    await advised.by(() => verify(keys, { document }));
    await verify(keys, { document, wasm });
    await verify(keys, { document, programId: document.programId });
  },
  'Give the module, or leave the export out: the program id covers it': async (advised) => {
    const { document, wasm } = await lib();
    const keys = await session();
    const { programId } = document;
    await advised.by(() => verify(keys, { document, programId, invoke: 'add' }));
    await verify(keys, { document, programId, wasm, invoke: 'add' });
    await verify(keys, { document, programId });
  },
  'Use the module and the export that were proven, byte for byte': async (advised) => {
    const { document, wasm } = await lib();
    const keys = await session();
    await advised.by(async () =>
      verify(keys, { document, wasm: await assembleWat(ADD.replace('i32.add', 'i32.sub')) }),
    );
    await verify(keys, { document, wasm, invoke: 'add' });
  },
  'Give a file that `wattest prove` wrote, unchanged': unchanged((document) => ({
    ...document,
    insecure: false,
  })),
  'Give a file that `wattest prove` of this version wrote, unchanged': async (advised) => {
    const { document, wasm } = await lib();
    const text = writeProofDocument(document);
    await advised.by(() => readProofDocument(text.slice(1), 'proof.json'));
    await verify(await session(), { document: readProofDocument(text, 'proof.json'), wasm });
  },
  'Use the release of wattest that made the proof, or prove again with this one': async (advised) => {
    const { wasm, document } = await lib();
    const text = writeProofDocument(document);
    await advised.by(() =>
      readProofDocument(text.replace(/"formatVersion": \d+/, '"formatVersion": 1'), 'old.json'),
    );
    const again = await prove(await session(), { wasm, args: [2, 3] });
    readProofDocument(writeProofDocument(again.document), 'new.json');
  },
  'Read the text of the file with readProofDocument, not with JSON.parse': async (advised) => {
    const { document, wasm } = await lib();
    const text = writeProofDocument(document);
    const keys = await session();
    await advised.by(() => verify(keys, { document: JSON.parse(text), wasm }));
    await verify(keys, { document: readProofDocument(text, 'proof.json'), wasm });
  },
  'Use the release, SRS and limits that the proof was made with': async (advised) => {
    const { document, wasm } = await lib();
    await using other = await openKeys({ maxLog: 16, onWarning: () => {} });
    await advised.by(() => verify(other, { document, wasm }));
    await verify(await session(), { document, wasm });
  },
  'Ask for a proof of a run with all arguments; this one shows how the host refuses a call': {
    test: 'test/e2e/refusals.test.ts',
    title: 'fewer words than parameters: refused with the module, and no trap without',
  },
  'Ask for a proof of a run with texts: bytes that are none can look like others': {
    test: 'test/e2e/refusals.test.ts',
    title: 'arguments that are no text: refused with the module, since other bytes would be shown alike',
  },
  'Ask for a proof of the failure, or expect a run that returned': async (advised) => {
    const { document, wasm } = await lib();
    const keys = await session();
    await advised.by(() => verify(keys, { document, wasm, expect: 'trapped' }));
    await verify(keys, { document, wasm, expect: 'returned' });
    const divide = await assembleWat(DIVIDE);
    const failed = await prove(keys, { wasm: divide, invoke: 'divide', args: [1, 0], allowFailure: true });
    await verify(keys, { document: failed.document, wasm: divide, expect: 'trapped' });
  },
  'Do not take its outputs for results; ask for a proof of the run that you expect, or say that this one is welcome (--expect)':
    async (advised) => {
      const keys = await session();
      const wasm = await assembleWat(DIVIDE);
      const proof = (by: number): ReturnType<typeof prove> =>
        prove(keys, { wasm, invoke: 'divide', args: [1, by], allowFailure: true });
      const { document } = await proof(0);
      await advised.by(() => verify(keys, { document, wasm }));
      await verify(keys, { document, wasm, expect: 'trapped' });
      await verify(keys, { document: (await proof(1)).document, wasm });
    },
  'It says nothing of what the program does with proper inputs; ask for a proof of such a run': async (
    advised,
  ) => {
    const keys = await session();
    const wasm = await assembleWat(BYTES);
    const proof = (publicInputs: readonly number[]): ReturnType<typeof prove> =>
      prove(keys, { wasm, invoke: 'open', publicInputs, allowFailure: true });
    const { document } = await proof([]);
    await advised.by(() => verify(keys, { document, wasm }));
    await verify(keys, { document: (await proof([4])).document, wasm });
  },
  'Use it as it is': {
    test: 'test/cli/wrap.test.ts',
    title: 'prove --wrap: a small proof that verify takes like any other',
  },
  'Prove with --wrap, or with --transcript poseidon2 for a proof that can be wrapped later': {
    test: 'test/cli/wrap.test.ts',
    title: 'wrap: of a proof that was made for it, and of no other',
  },
  'Verify it with `wattest verify`; for a chain prove with --wrap, which joins them to one small proof':
    SHARDED,
  'The proof is forged, corrupt, or for another program or statement': unchanged(
    (document) => ({ ...document, statement: { ...document.statement, publicOutputs: [6n] } }),
    (document) => bent(document, last),
  ),
  'The proof is corrupt or forged; obtain or make it again': unchanged((document) =>
    bent(document, (bytes) => bytes.fill(0xff, -64)),
  ),
  'Obtain the whole proof again; nothing may follow it': unchanged((document) =>
    bent(document, (bytes) => bytes.subarray(0, -32)),
  ),
  'Verify with the key (and version) the proof was made for, or prove again': unchanged((document) =>
    bent(document, (bytes) => {
      bytes[0]! ^= 1;
      return bytes;
    }),
  ),
  'Verify with the keys (and version) the proof was made for, or prove again': {
    test: 'test/plonk/shards.test.ts',
    title: 'come back, and are refused cut, longer, with another count or selector',
  },
  'Prove again': {
    because:
      'challenges that void the identity come with probability below 2^-200; test/plonk/dishonest.test.ts forges them',
  },
  'Give unsigned 64-bit words, as bigint': async (advised) => {
    const statement = { publicInputs: [1n], publicOutputs: [2n], status: 0n };
    await advised.by(() => statementHash({ ...statement, publicInputs: [2n ** 64n] }));
    await advised.by(() => statementHash({ ...statement, publicInputs: [1 as never] }));
    statementHash(statement);
  },
  'Give the key of a proof about a program': {
    test: 'test/plonk/recursion.test.ts',
    title: 'a proof about proofs alone has no statement, and gives back its messages',
  },
  'Give the key of a proof about other proofs': {
    test: 'test/plonk/recursion.test.ts',
    title: 'a proof about proofs alone has no statement, and gives back its messages',
  },
  'Give the key of this kind of proof': {
    test: 'test/plonk/shards.test.ts',
    title: 'a key of shards for a proof that stands alone, a contract, and the reverse',
  },
  'Give the keys of one release, SRS and size': REFUSED_KEYS,
  'Delete commitments.json in the cache folder; what it holds is made again': {
    test: 'test/recursion/list.test.ts',
    title: 'a key that is none of the program is refused when that is printed',
  },
  'Make the program key again from the module': {
    test: 'test/plonk/tampered.test.ts',
    title: 'program keys that cannot be are refused',
  },
  'Give the key as this version of wattest made it': async (advised) => {
    const { verifyingKey } = await session();
    const text = verifyingKeyToJson(verifyingKey);
    await advised.by(() => verifyingKeyFromJson(text.replace(/0x[\da-f]{64}/, `0x${'12'.repeat(32)}`)));
    await advised.by(() => verifyingKeyFromJson(text.slice(0, -5)));
    assert.equal(verifyingKeyFromJson(text).digest, verifyingKey.digest);
  },
  'Give a file that `wattest key` wrote': {
    test: 'test/cli/verify-keys.test.ts',
    title: 'accepts what it should, and says the words that were proven',
  },
  'Use letters, digits and _': async (advised) => {
    const { verifyingKey } = await session();
    await advised.by(() => generateVerifier(verifyingKey, { name: 'My Verifier' }));
    assert.match(generateVerifier(verifyingKey, { name: 'My_Verifier2' }).source, /contract My_Verifier2/);
  },
  'Import a ceremony file (.ptau) and make the key from it': {
    test: 'test/kzg/ceremony-machine.test.ts',
    title: 'is accepted, and nothing is marked insecure',
  },
  'Give a key with keccak256; what this one is for is verified by circuits': async (advised) => {
    const keys = await session();
    const { closing } = await keys.shardKeys('poseidon2');
    await advised.by(() => generateVerifier(closing.key));
    assert.ok(generateVerifier(keys.verifyingKey).source.length > 0);
  },
  'Generate the verifier of a key whose proofs are about a program': {
    test: 'test/chain/small-proof.test.ts',
    title: 'no contract is made for proofs about proofs alone',
  },
  'Generate the verifier of a key with one image, or of one that wraps': {
    test: 'test/plonk/program-chips.test.ts',
    title: 'no contract is made of such a key',
  },
  'Generate the verifier again; do not edit it': {
    test: 'test/solidity/generate.test.ts',
    title: 'a source that does not compile is named',
  },
  'Install it beside wattest: npm install solc@…': {
    because: 'solc is there wherever tests run; with it missing nothing but npm would answer',
  },
  'A contract must fit … bytes: split the chip': {
    because: `${LAYERS}the advice is for whoever declares chips: test/solidity/generate.test.ts`,
  },
  'A contract and what it deploys must fit … bytes: simplify the constraints': {
    because: `${LAYERS}the advice is for whoever declares chips: test/solidity/generate.test.ts`,
  },
  'No key allows so many: …': {
    test: 'test/attest/inspect.test.ts',
    title: 'an entry whose code does not fit is refused alone',
  },
  'Allow more with --max-log … (maxLog in the SDK; another key, so another verifier contract), or …': async (
    advised,
  ) => {
    // 2^15 words of data in a key of 2^14 rows.
    const wasm = await assembleWat(
      `(module (memory 8) (data (i32.const 0) "${'abcdefgh'.repeat(2 ** 15)}") (func (export "f")))`,
    );
    await using small = await openKeys({ maxLog: 14, onWarning: () => {} });
    const [log, otherwise] = await advised.by(() => programId(small, { wasm }));
    assert.equal(otherwise, 'make the program smaller');
    await using larger = await openKeys({ maxLog: Number.parseInt(log!, 10), onWarning: () => {} });
    await programId(larger, { wasm });
    await programId(small, { wasm: await assembleWat('(module (memory 8) (func (export "f")))') });
  },
  'Open the session with a larger maxLog (--max-log …), for the proof that is wrapped too, and a ceremony file that has them':
    {
      test: 'test/cli/wrap.test.ts',
      title: 'wrap: of a proof that was made for it, and of no other',
    },
  'Use an SRS of at least … powers, or a shorter run': {
    because: `${LAYERS}a session's keys are never larger than its SRS: test/kzg/srs.test.ts`,
  },
  'Use an SRS of at least … powers': {
    test: 'test/plonk/prover.test.ts',
    title: 'refuses tables and keys that do not fit the SRS',
  },
  'Use a larger SRS or fewer powers': {
    test: 'test/plonk/prover.test.ts',
    title: 'refuses tables and keys that do not fit the SRS',
  },
  'Use a key of at least … powers of τ (packs of up to … columns), or a shorter run': {
    test: 'test/plonk/prover.test.ts',
    title: 'says how many rows are needed where the key is too small',
  },
  'Give the key `whole` of the keys with transcript poseidon2': {
    test: 'test/recursion/wrap.test.ts',
    title: 'a key that is none of whole runs is refused by name',
  },
  'Make both keys from one SRS': {
    test: 'test/plonk/recursion.test.ts',
    title: 'a key under another τ than the proofs that it wraps is refused when it is made',
  },
  'Correct the table': { because: `${LAYERS}tables are generated` },
  'Give the values of every fixed column of the table': { because: `${LAYERS}tables are generated` },
  'Correct the declaration of the chips': {
    test: 'test/plonk/layout.test.ts',
    title: 'a constraint of too high a degree, by name',
  },
  'Correct what prints the program': {
    because:
      'programs of the recursion machine are printed, not given: test/recursion/rules.test.ts breaks each of their rules',
  },
  'Give the program a proof that its key accepts': {
    test: 'test/recursion/wrap-program.test.ts',
    title: 'refuses every tampered proof that the native verifier refuses',
  },
  'Copy it to segment 0': {
    because:
      'programs of the recursion machine are printed, not given: test/recursion/rules.test.ts breaks each of their rules',
  },
  'Verify a key with fewer commitments: larger packing factors': {
    test: 'test/recursion/rules.test.ts',
    title: 'a program that is too long is refused by name',
  },
  'The data is corrupt or not made for BN254; obtain it again': async (advised) => {
    const bytes = encodeG1(G1_GENERATOR);
    await advised.by(() =>
      decodeG1(
        bytes.map((byte, i) => (i === 63 ? byte ^ 1 : byte)),
        { where: 'point', infinity: 'reject' },
      ),
    );
    assert.deepEqual(decodeG1(bytes, { where: 'point', infinity: 'reject' }), G1_GENERATOR);
  },
  'See whether the random source of this platform works, and report it': {
    test: 'test/plonk/prover.test.ts',
    title: 'names blinding that is not random, after three attempts',
  },
  'Prove with less at a time (--max-memory, maxMemoryBytes of prove), or allow the session more (its maxMemoryBytes, at most 4 GiB)':
    async (advised) => {
      const engine = await createEngine({ threads: 1, maxMemoryBytes: 8 * 2 ** 20 });
      await advised.by(() => engine.vector(2 ** 20));
      engine.vector(2 ** 10);
      await engine.dispose();
      const more = await createEngine({ threads: 1, maxMemoryBytes: 128 * 2 ** 20 });
      more.vector(2 ** 20);
      await more.dispose();
    },
  'Prove with less at a time (--max-memory, maxMemoryBytes of prove), or free memory on this machine': {
    because:
      'takes 4 GiB of memory that the platform then does not give; the other half of the condition is followed above',
  },
  'Close other programs or raise the limit of this process': {
    because: 'takes a platform that gives no memory at all',
  },
  'Use Node 20 or later (24 is fastest), or a browser with WebAssembly SIMD': {
    because: 'takes an engine without SIMD, which none that runs the tests is; CI runs Node 24',
  },
  'Report it; a single thread (threads: 1) may work meanwhile': {
    test: 'test/kernels/task-pool.test.ts',
    title: 'names a trap and takes no more work',
  },
};
