/** Errors name the action that was called, not one that it is made of. */
import assert from 'node:assert/strict';
import type { AttestParameters, SignedAttestation } from '../../sdk/src/chain/calls.ts';
import type { ChainWriter } from '../../sdk/src/chain/port.ts';
import { attest, signAttestation, submit, submitBatch, submitSigned } from '../../sdk/src/chain/submit.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import type { Hex } from '../../sdk/src/plonk/keys/key.ts';
import { abiCall } from '../../sdk/src/solidity/abi.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { empty, endpoint, HASH, REGISTRY } from './blocks.ts';

const statement = { publicInputs: [], publicOutputs: [], status: 0n };
const proven = {
  programId: HASH,
  programKey: { log: 4, entry: 0n, commitments: [] },
  statement,
  proof: `0x${'00'.repeat(64)}`,
  registry: REGISTRY,
} satisfies AttestParameters;
const signed: SignedAttestation = {
  programId: HASH,
  statementHash: statementHash(statement),
  selector: '0x00000000',
  nonce: 0n,
  deadline: 1n,
  submitter: REGISTRY,
  signature: '0x',
  registry: REGISTRY,
  chainId: 31337,
};

describe('errors of submissions', () => {
  const blocks = [empty('0')];
  const never = (): never => assert.fail('not asked here');
  const word = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`;
  const writerWith = (code: Hex, routes: Hex = '0x'): ChainWriter => ({
    ...endpoint(() => blocks, {
      chainId: async () => 31337,
      code: async () => code,
      // Of `nonces` and, as a registry without routes answers, of `selectors`.
      call: async ({ data }) => ({ returned: data === abiCall('selectors()') ? routes : word(0) }),
    }),
    account: async () => REGISTRY,
    signTypedData: never,
    send: never,
    sendSigned: never,
  });
  const ACTIONS: Readonly<Record<string, (writer: ChainWriter) => Promise<unknown>>> = {
    attest: (writer) => attest(writer, proven),
    submit: (writer) => submit(writer, proven),
    submitSigned: (writer) => submitSigned(writer, { ...proven, signed }),
    submitBatch: (writer) => submitBatch(writer, { registry: REGISTRY, requests: [proven] }),
    signAttestation: (writer) => signAttestation(writer, proven),
  };

  for (const [name, action] of Object.entries(ACTIONS)) {
    it(`${name}: an address without code, and one of something else`, async () => {
      for (const code of ['0x', '0x01'] as const)
        await assert.rejects(action(writerWith(code)), (error) => {
          assert.ok(isWattestError(error, 'CHAIN_REJECTED'), String(error));
          assert.equal(error.where, name);
          return true;
        });
    });
  }

  const NO_ROUTES: Hex = `0x${'20'.padStart(64, '0')}${''.padStart(64, '0')}`;
  it('submitBatch: also of one that is refused and spoils no other', async () => {
    const batch = await submitBatch(writerWith('0x01', NO_ROUTES), {
      registry: REGISTRY,
      requests: [proven],
    });
    const [entry] = (await batch.wait()).entries;
    assert.ok(entry?.outcome === 'refused');
    assert.equal(entry.error.where, 'submitBatch: requests[0]');
  });
});
