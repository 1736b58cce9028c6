/** Small proofs of runs that took several: from the façade to a record on a chain, and what is refused. */
import assert from 'node:assert/strict';
import type { OpenJoinEngine } from '../../sdk/src/attest/jobs/engine.ts';
import type { KeptParts } from '../../sdk/src/attest/jobs/ledger.ts';
import {
  bytesOf,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from '../../sdk/src/attest/proof/document.ts';
import { prove } from '../../sdk/src/attest/proof/prove.ts';
import { verify } from '../../sdk/src/attest/proof/verify.ts';
import { wrap, wrapKept } from '../../sdk/src/attest/proof/wrap.ts';
import { openSession, type Session, type SessionProgress } from '../../sdk/src/attest/session/session.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { CODE_LIMIT, generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { attest, deploy, verifyOnChain } from '../../sdk/src/viem.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from '../chain/fixture.ts';
import { assertKind } from '../fixtures/kinds.ts';
import { itInPython } from '../independent/judge.ts';
import { judgeKind } from '../independent/kinds.ts';
import { refused } from '../lib/verdict.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';
import { figure } from '../soundness/lib/report.ts';

/** Five shards or more, of the least heights: two leaves at least, and a join. */
const LONG = { wasm: ROUNDS, args: [15_000n], privateInputs: [7n], maxMemoryBytes: 340 * 2 ** 20 } as const;

describe('small proofs of long runs', () => {
  let session: Session;
  /** Of the run in the hash that circuits evaluate, and what it becomes. */
  let document: ProofDocument;
  let small: ProofDocument;
  let told: SessionProgress[];
  /** Proofs of its parts, as they were kept. */
  const parts: Uint8Array[] = [];
  const keeping = (
    kept: readonly (Uint8Array | undefined)[],
    onKept = (i: number, proof: Uint8Array): unknown => (parts[i] = proof),
  ): KeptParts => ({
    part: (i) => kept[i],
    joined: async (i, proof) => void onKept(i, proof),
  });
  let chain: TestChain;

  before(async () => {
    session = await openSession({ onWarning: () => {} });
    ({ document } = await prove(session, { ...LONG, transcript: 'poseidon2' }));
    told = [];
    small = await wrapKept(session, {
      document,
      onProgress: (progress) => void told.push(progress),
      kept: keeping(parts),
    });
    chain = await connectChain();
  });
  after(async () => {
    await chain?.close();
    await session?.dispose();
  });

  const verdict = (change: Partial<ProofDocument>): Promise<unknown> =>
    verify(session, { document: { ...small, ...change }, wasm: LONG.wasm });

  it('say what the proofs of the run say together, in one of constant size, and nothing of their number', async () => {
    assert.ok(document.shards >= 5, `${document.shards} shards`);
    const accepted = await verify(session, { document: small, wasm: LONG.wasm });
    const whole = await verify(session, { document, wasm: LONG.wasm });
    assert.equal(accepted.programId, whole.programId);
    assert.deepEqual(accepted.statement, whole.statement);
    const bytes = (small.proof.length - 2) / 2;
    figure(`${document.shards} shards, ${(document.proof.length - 2) / 2} bytes; joined ${bytes}`);
    assert.equal(bytes, 2_852);
    assert.deepEqual([small.kind, small.shards], ['joined', 1]);
    assert.deepEqual(readProofDocument(writeProofDocument(small), 'small'), small);
  });

  it('that were made earlier still verify, under the key, the inner one and the programs that were written down', () =>
    assertKind(session, 'joined'));

  itInPython('that were made earlier are read by the verifier in Python, as calldata of attest too', () =>
    judgeKind(session, 'joined'),
  );

  it('progress counts the joins and goes up', () => {
    const fractions = told.map(({ fraction }) => fraction);
    assert.deepEqual(
      fractions,
      fractions.toSorted((a, b) => a - b),
    );
    assert.equal(fractions.at(-1), 1);
    const joins = new Set(told.flatMap(({ phase }) => /^joining (\d+ of \d+):/.exec(phase)?.[1] ?? []));
    // Two leaves and the join of both.
    assert.deepEqual([...joins], ['1 of 3', '2 of 3', '3 of 3']);
  });

  it('are refused with another statement, program, kind or key', async () => {
    const { statement } = small;
    for (const other of [
      { ...statement, status: statement.status + (1n << 32n) },
      { ...statement, publicInputs: [...statement.publicInputs, 0n] },
      { ...statement, publicOutputs: [...statement.publicOutputs, 0n] },
    ]) {
      await refused(verdict({ statement: other }), 'PROOF_SUM');
    }
    await refused(verdict({ kind: 'wrap' }), 'PROOF_FOREIGN_KEY');
    await refused(verdict({ proof: document.proof }), 'PROOF_SELECTOR');
    const wrapDigest = (await session.wrapKey()).key.key.digest;
    await refused(verdict({ kind: 'wrap', verifyingKey: wrapDigest }), 'PROOF_SELECTOR');
  });

  it('a false shard is named before anything is joined, and one small proof is not wrapped again', async () => {
    // The last word of the last shard is an inverse.
    const bent: `0x${string}` = `${document.proof.slice(0, -2) as `0x${string}`}00`;
    assert.notEqual(bent, document.proof);
    const joined: string[] = [];
    const onProgress = ({ phase }: SessionProgress): void => {
      if (/ of /.test(phase)) joined.push(phase);
    };
    await refused(wrap(session, { document: { ...document, proof: bent }, onProgress }), 'PROOF_INVERSE');
    assert.deepEqual(joined, []);
    await refused(wrap(session, { document: small }), 'PROOF_UNWRAPPABLE', /small one already/);
    await refused(
      wrap(session, { document: { ...document, shards: document.shards - 1 } }),
      'PROOF_MALFORMED',
    );
    const aborted = AbortSignal.abort();
    await refused(wrap(session, { document, signal: aborted }), 'ABORTED');
  });

  it('a join that comes back wrong is asked for once more, then refused by the name of who made it', async () => {
    let asked = 0;
    let disposed = 0;
    // A proof of another kind, at no cost.
    const engine: OpenJoinEngine = async () => ({
      concurrency: 1,
      join: async ({ below: [proof] }) => {
        asked++;
        return { proof: proof! };
      },
      wrap: () => assert.fail('nothing is wrapped'),
      workerOf: () => 'liar',
      dispose: async () => {
        disposed++;
      },
    });
    await refused(wrap(session, { document, engine }), 'JOIN_REFUSED', /^join 0, liar: /);
    assert.deepEqual([asked, disposed], [2, 1]);
  });

  it('parts that were kept are verified and not made again, one that does not convince is', async () => {
    assert.equal(parts.length, 3);
    const asked: number[] = [];
    const kept: number[] = [];
    let wraps = 0;
    // Which has all of them, at no cost.
    const engine: OpenJoinEngine = async () => ({
      concurrency: 1,
      join: async ({ part, below }) => {
        asked.push(part);
        assert.ok(below.every((proof) => proof.length > 0));
        return { proof: parts[part]! };
      },
      wrap: async ({ last }) => {
        assert.equal(last, parts[2]);
        // The first one is another proof.
        return { proof: wraps++ === 0 ? last : bytesOf(small.proof) };
      },
      dispose: async () => {},
    });
    const again = (before: readonly (Uint8Array | undefined)[]): Promise<ProofDocument> =>
      wrapKept(session, { document, engine, kept: keeping(before, (i) => kept.push(i)) });
    assert.deepEqual(await again(parts), small);
    assert.deepEqual([asked, kept, wraps], [[], [], 2]);
    // Of the other leaf, and none.
    assert.deepEqual(await again([parts[0], parts[0], undefined]), small);
    assert.deepEqual(
      [asked, kept],
      [
        [1, 2],
        [1, 2],
      ],
    );
  });

  for (const [what, kept] of [
    // The quicker one of both leaves.
    ['joining 2 of 3', 1],
    ['wrapping', 3],
  ] as const) {
    it(`an abort in the middle of ${what} ends it by name, and what it took is given back`, async () => {
      const { used } = session.engine.memory();
      const controller = new AbortController();
      const onProgress = ({ phase }: SessionProgress): void => {
        if (phase === `${what}: computing the quotient`) controller.abort();
      };
      const { signal } = controller;
      await refused(
        wrapKept(session, {
          document,
          kept: keeping(parts.slice(0, kept), assert.fail),
          onProgress,
          signal,
        }),
        'ABORTED',
      );
      assert.ok(signal.aborted);
      assert.equal(session.engine.memory().used, used);
    });
  }

  it('are attested by one contract, whatever the length of the run', async () => {
    const generated = generateVerifier((await session.joins()).wrap.key.key);
    const contract = await compileVerifier(generated);
    const code = contract.deployedBytecode.length / 2 - 1;
    assert.ok(code <= CODE_LIMIT, `${code} bytes`);
    const { deployment } = await deploy(chain.wallet, {
      ...{ network: 'localhost', kind: 'joined', generated, contract },
      cannotReturn: CANNOT_RETURN,
    });
    const {
      verifiers: [verifier],
      registry,
    } = deployment;
    assert.equal(verifier!.kind, 'joined');
    await verifyOnChain(chain.client, { ...small, verifier: verifier!.address });
    const { gasUsed, recorded } = await attest(chain.wallet, { ...small, registry: registry.address });
    assert.ok(recorded);
    assert.ok(gasUsed <= 310_000n, `${gasUsed} gas`);
    const statement = { ...small.statement, status: 1n << 32n };
    await refused(
      verifyOnChain(chain.client, { ...small, statement, verifier: verifier!.address }),
      'PROOF_SUM',
    );
    figure(`attested for ${gasUsed} gas, code ${code}`);
  });
});
