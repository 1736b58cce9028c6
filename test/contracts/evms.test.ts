/** Real proofs against the code that is deployed, on three EVMs: equal gas, and the gas that is committed. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hexToBytes } from '@noble/hashes/utils.js';
import { type Abi, encodeFunctionData, type Hex } from 'viem';
import { compileContract } from '../../scripts/lib/contracts.ts';
import { proofPath, readKind } from '../../scripts/lib/fixtures.ts';
import { type ContractKind, contractKey } from '../../sdk/src/attest/session/contract-kinds.ts';
import { REGISTRY_ABI } from '../../sdk/src/chain/contracts.generated.ts';
import { registryInitcode } from '../../sdk/src/chain/create.ts';
import {
  cannotReturn,
  generateVerifier,
  openKeys,
  type ProofDocument,
  readProofDocument,
} from '../../sdk/src/index.ts';
import { abiWord } from '../../sdk/src/solidity/abi.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { ROOT } from '../structure/sources.ts';
import { EVMS, type Evm, SENDER } from './lib/evms.ts';

const SNAPSHOT = join(ROOT, 'test/contracts/gas.json');

describe('contracts: three EVMs', () => {
  const evms: Record<string, Evm> = {};
  const measured: Record<string, Record<string, number>> = {};
  const consumer = compileContract('contracts/examples/ResultConsumer.sol', 'ResultConsumer');
  const abi = REGISTRY_ABI as Abi;
  const verifiers = {} as Record<ContractKind, Hex>;
  let impossible: Hex;
  let proven: ProofDocument;
  let other: ProofDocument;
  /** Of runs of one proof and of several. */
  const small = {} as Record<'small' | 'joined', ProofDocument>;

  before(async () => {
    const keys = await openKeys({ onWarning: () => {} });
    for (const kind of ['direct', 'small', 'joined'] as const)
      verifiers[kind] = (await compileVerifier(generateVerifier(await contractKey(keys, kind)))).bytecode;
    for (const kind of ['small', 'joined'] as const) small[kind] = await readKind(kind);
    impossible = await cannotReturn(keys);
    [proven, other] = ['fibonacci', 'sudoku'].map((name) =>
      readProofDocument(readFileSync(proofPath(name), 'utf8'), name),
    ) as [ProofDocument, ProofDocument];
    for (const [name, start] of Object.entries(EVMS)) if (start !== undefined) evms[name] = await start();
  });
  after(async () => {
    for (const evm of Object.values(evms)) await evm.close();
  });

  const request = (document: ProofDocument) => ({
    programId: document.programId,
    statement: encodeStatement(document.statement),
    proof: encodeCallProof(hexToBytes(document.proof.slice(2)), document.programKey),
  });
  const word = (value: string): string => Buffer.from(abiWord(value as Hex)).toString('hex');

  /** Gas of each step; all of them must succeed. */
  async function steps(evm: Evm): Promise<Record<string, number>> {
    const gas: Record<string, number> = {};
    const send = async (name: string, data: Hex, to?: Hex): Promise<Hex | undefined> => {
      const { gasUsed, succeeded, address } = await evm.send({ ...(to === undefined ? {} : { to }), data });
      assert.ok(succeeded, name);
      gas[name] = Number(gasUsed);
      return address;
    };
    const at = (await send('deploy verifier', verifiers.direct))!;
    const registry = (await send(
      'deploy registry',
      registryInitcode([SENDER, SENDER, at.toLowerCase() as Hex, impossible]),
    ))!;
    const call = (name: string, functionName: string, args: readonly unknown[]): Promise<unknown> =>
      send(name, encodeFunctionData({ abi, functionName, args }), registry);
    const [first, second] = [request(proven), request(other)];
    await call('attest', 'attest', [first.programId, first.statement, first.proof]);
    await call('attest what is on record', 'attest', [first.programId, first.statement, first.proof]);
    await call('attestBatch, one of two on record', 'attestBatch', [[first, second], true]);
    for (const kind of ['small', 'joined'] as const) {
      const added = (await send(`deploy verifier, ${kind}`, verifiers[kind]))!;
      await call(`addRoute, ${kind}`, 'addRoute', [added, impossible]);
      const { programId, statement, proof } = request(small[kind]);
      // The small one says what the direct one did: a record under a second key looks at the first.
      const also = kind === 'small' ? ', under a second key' : '';
      await call(`attest, ${kind}${also}`, 'attest', [programId, statement, proof]);
      await call(`attest what is on record, ${kind}`, 'attest', [programId, statement, proof]);
    }
    const inputs = (proven.statement.publicInputs.length as number).toString(16);
    const made = `0x${consumer.evm.bytecode.object}${word(registry)}${word(first.programId)}${word(`0x${inputs}`)}`;
    const base = (await send('deploy ResultConsumer', made as Hex))!;
    const { publicInputs, publicOutputs } = first.statement;
    const accept = { abi: consumer.abi as Abi, functionName: 'accept', args: [publicInputs, publicOutputs] };
    await send('ResultConsumer.accept', encodeFunctionData(accept), base);
    const selector = first.proof.slice(0, 10);
    await call('freeze', 'freeze', [selector]);
    await call('stop', 'stop', [selector]);
    return gas;
  }

  for (const [name, start] of Object.entries(EVMS)) {
    it(`${name} takes real proofs${start === undefined ? ' (skipped: no binary for this platform)' : ''}`, async function () {
      if (start === undefined) return this.skip();
      measured[name] = await steps(evms[name]!);
    });
  }

  it('all of them take the same gas', () => {
    const [first, ...rest] = Object.values(measured);
    assert.deepEqual(Object.keys(measured), Object.keys(evms));
    assert.ok(rest.length > 0);
    for (const each of rest) assert.deepEqual(each, first);
  });

  it('and the gas that is committed (after a change that is meant: WATTEST_WRITE_GAS=1)', () => {
    const text = `${JSON.stringify(measured.hardhat, null, 2)}\n`;
    if (process.env.WATTEST_WRITE_GAS === '1') writeFileSync(SNAPSHOT, text);
    assert.deepEqual(measured.hardhat, JSON.parse(readFileSync(SNAPSHOT, 'utf8')));
  });

  for (const kind of ['direct', 'small', 'joined'] as const) {
    it(`a forged output is refused by all of them: ${kind}`, async () => {
      const { programId, statement, proof } = request(kind === 'direct' ? proven : small[kind]);
      const publicOutputs = `${statement.publicOutputs.slice(0, -1)}${statement.publicOutputs.endsWith('1') ? '2' : '1'}`;
      for (const [name, evm] of Object.entries(evms)) {
        const { address } = await evm.send({ data: verifiers[kind] });
        const made = registryInitcode([SENDER, SENDER, address!.toLowerCase() as Hex, impossible]);
        const registry = (await evm.send({ data: made })).address!;
        const args = [programId, { ...statement, publicOutputs }, proof];
        const data = encodeFunctionData({ abi, functionName: 'attest', args });
        const refused = await evm.send({ to: registry, data }).catch((error: Error) => error);
        const verdict = refused instanceof Error ? refused.message : `succeeded: ${refused.succeeded}`;
        assert.match(verdict, /revert|succeeded: false/, name);
      }
    });
  }
});
