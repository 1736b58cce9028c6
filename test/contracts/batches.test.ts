/** What batches take on an EVM, held to what `wattest attest` counts with when it fills transactions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hexToBytes } from '@noble/hashes/utils.js';
import { encodeFunctionData, type Hex } from 'viem';
import { proofPath, readKind } from '../../scripts/lib/fixtures.ts';
import { contractKey } from '../../sdk/src/attest/session/contract-kinds.ts';
import { REGISTRY_ABI } from '../../sdk/src/chain/contracts.generated.ts';
import { registryInitcode } from '../../sdk/src/chain/create.ts';
import { gasOf, TRANSACTION_GAS } from '../../sdk/src/cli/batch.ts';
import {
  cannotReturn,
  generateVerifier,
  type Keys,
  openKeys,
  type ProofDocument,
  readProofDocument,
} from '../../sdk/src/index.ts';
import { DEVELOPMENT_SEED, developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { forge } from '../chain/forger.ts';
import { EVMS, type Evm, SENDER } from './lib/evms.ts';

/** The most that what is counted may lie above what is taken: words without zeros, which few are, aside. */
const MARGIN = 1.12;
/** No byte of it is zero. */
const WORD = 0x0123_4567_89ab_cdefn | 0x0101_0101_0101_0101n;

describe('contracts: batches', () => {
  let evm: Evm;
  let keys: Keys;
  let registry: Hex;
  let fibonacci: ProofDocument;
  const document = (name: string): ProofDocument =>
    readProofDocument(readFileSync(proofPath(name), 'utf8'), name);

  before(async () => {
    keys = await openKeys({ onWarning: () => {} });
    fibonacci = document('fibonacci');
    evm = await EVMS.hardhat!();
    const impossible = await cannotReturn(keys);
    const put = async (kind: 'direct' | 'small' | 'joined'): Promise<Hex> => {
      const { bytecode } = await compileVerifier(generateVerifier(await contractKey(keys, kind)));
      return (await evm.send({ data: bytecode })).address!.toLowerCase() as Hex;
    };
    const made = registryInitcode([SENDER, SENDER, await put('direct'), impossible]);
    registry = (await evm.send({ data: made })).address!;
    for (const kind of ['small', 'joined'] as const) {
      const args = [await put(kind), impossible] as const;
      const data = encodeFunctionData({ abi: REGISTRY_ABI, functionName: 'addRoute', args });
      assert.ok((await evm.send({ to: registry, data })).succeeded);
    }
  });
  after(() => evm?.close());

  let made = 0n;
  /** Of a statement of so many words that no other has, by the secret of the development SRS. */
  function forged(words: number): ProofDocument {
    const publicInputs = Array.from({ length: words }, (_, i) => (i === 0 ? WORD + ++made : WORD));
    const statement = { publicInputs, publicOutputs: [], status: 0n };
    const parts = { key: keys.verifyingKey, program: fibonacci.programKey, statement };
    const proof = forge({ ...parts, tau: developmentTau(DEVELOPMENT_SEED) });
    return { ...fibonacci, statement, proof: `0x${Buffer.from(proof).toString('hex')}` };
  }

  /** Counted gas over that of the batch, which records all of it. */
  async function ratio(documents: readonly ProofDocument[]): Promise<number> {
    const requests = documents.map(({ programId, programKey, statement, proof }) => ({
      programId,
      statement: encodeStatement(statement),
      proof: encodeCallProof(hexToBytes(proof.slice(2)), programKey),
    }));
    const data = encodeFunctionData({
      abi: REGISTRY_ABI,
      functionName: 'attestBatch',
      args: [requests, true],
    });
    const { gasUsed, succeeded } = await evm.send({ to: registry, data });
    assert.ok(succeeded);
    const counted = documents.reduce((sum, each) => sum + gasOf({ document: each }), TRANSACTION_GAS);
    return counted / Number(gasUsed);
  }

  const held = (found: number): void => assert.ok(found >= 1 && found <= MARGIN, `counted: ${found} times`);

  it('of the examples, whose proofs are committed', async () => {
    held(await ratio(['fibonacci', 'sudoku', 'auction', 'payroll', 'quicksort', 'sha256'].map(document)));
  });

  for (const kind of ['small', 'joined'] as const)
    it(`of a proof: ${kind}`, async () => held(await ratio([await readKind(kind)])));

  it('of as many as are sent in one transaction, and of few words', async () => {
    held(await ratio(Array.from({ length: 27 }, () => forged(2))));
  });

  for (const [count, words] of [
    [1, 1000],
    [4, 1000],
    [2, 15_000],
    [1, 35_000],
  ] as const)
    it(`of ${count} with ${words.toLocaleString('en')} words without a zero in them`, async () => {
      held(await ratio(Array.from({ length: count }, () => forged(words))));
    });
});
