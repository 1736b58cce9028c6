/** The hooks rendered without a page: what they ask and answer. In a page they are in `test/browser/example.test.ts`. */
import assert from 'node:assert/strict';
import { onlineManager, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { ProverProvider, useAttest, useAttestation, useProver } from '../../sdk/src/react.ts';
import type { ProvenStatement } from '../../sdk/src/viem.ts';
import { WattestError } from '../../sdk/src/worker.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { refused } from '../lib/verdict.ts';

/** What a hook returns when it is rendered once, inside of what is around it. */
function rendered<T>(
  hook: () => T,
  around = (inner: ReactNode): ReactNode => inner,
  client = new QueryClient(),
): T {
  let returned: { readonly value: T } | undefined;
  const Inner = (): ReactNode => {
    returned = { value: hook() };
    return null;
  };
  const inner = around(createElement(Inner));
  renderToString(createElement(QueryClientProvider, { client }, inner));
  return returned!.value;
}

const ID = { programId: `0x${'11'.repeat(32)}`, statementHash: `0x${'22'.repeat(32)}` } as const;

describe('hooks of React', () => {
  it('says what is missing around it', async () => {
    assert.throws(() => rendered(useProver), { code: 'INPUT_INVALID', where: 'useProver' });
    const inside = rendered(useProver, (inner) => createElement(ProverProvider, { threads: 1 }, inner));
    assert.deepEqual([inside.proof.status, inside.progress], ['idle', undefined]);
    const { attestation } = rendered(() => useAttest(undefined));
    await refused(attestation.mutateAsync({} as ProvenStatement), 'INPUT_INVALID', /no wallet/);
    const sent: unknown[] = [];
    const submitted = { outcome: 'recorded' } as never;
    const wattest = {
      ...{ chainId: 1, registry: ID.programId },
      read: async () => undefined,
      submit: async (proof: unknown) => {
        sent.push(proof);
        return { transactionHash: undefined, statementHash: ID.statementHash, wait: async () => submitted };
      },
    } as const;
    const connected = rendered(() => useAttest(wattest));
    assert.equal(await connected.attestation.mutateAsync('the proof' as never), submitted);
    assert.deepEqual(sent, ['the proof']);
  });

  describe('whatever an application does with its mutations', () => {
    /** Retries what failed. */
    const client = (): QueryClient =>
      new QueryClient({ defaultOptions: { mutations: { retry: 3, retryDelay: 0 } } });
    const within = (inner: ReactNode): ReactNode => createElement(ProverProvider, { threads: 1 }, inner);
    afterEach(() => onlineManager.setOnline(true));

    it('a proof begins without a network, so its private inputs are kept for no later time', async () => {
      const queries = client();
      onlineManager.setOnline(false);
      const { proof, prover } = rendered(useProver, within, queries);
      const wasm = await assembleWat('(module (func (export "add") (result i32) (i32.const 5)))');
      try {
        const proving = proof.mutateAsync({ wasm, invoke: 'nothing', privateInputs: [7n] });
        const [mutation] = queries.getMutationCache().getAll();
        assert.equal(mutation!.state.isPaused, false);
        await refused(proving, 'EXPORT_MISSING');
      } finally {
        await prover().dispose();
      }
    });

    it('what is cancelled stays so, whichever of several it is', async () => {
      const { proof, cancel, prover } = rendered(useProver, within, client());
      const wasm = await assembleWat('(module (func (export "run") (loop (br 0))))');
      try {
        const calls = [proof.mutateAsync({ wasm }), proof.mutateAsync({ wasm })];
        const outcomes = Promise.all(calls.map((call) => refused(call, 'ABORTED', /interrupted/)));
        // They begin some time after they were asked for.
        await new Promise((resolve) => setTimeout(resolve));
        cancel();
        await outcomes;
      } finally {
        await prover().dispose();
      }
    });

    it('a transaction is sent once, and the record is asked for again where waiting for it failed', async () => {
      let sent = 0;
      const wattest = {
        ...{ chainId: 1, registry: ID.programId },
        read: async () => undefined,
        submit: async () => {
          sent++;
          const late = new WattestError('TRANSACTION_PENDING', 'not in a block yet', { fix: 'Wait' });
          return {
            ...{ transactionHash: ID.programId, statementHash: ID.statementHash },
            wait: () => Promise.reject(late),
          };
        },
      } as const;
      const queries = client();
      queries.setQueryData(['wattest', 1, ID.programId], 'a record');
      onlineManager.setOnline(false);
      const { attestation } = rendered(() => useAttest(wattest), undefined, queries);
      await refused(attestation.mutateAsync('the proof' as never), 'TRANSACTION_PENDING');
      assert.equal(sent, 1);
      assert.equal(queries.getQueryState(['wattest', 1, ID.programId])?.isInvalidated, true);
    });
  });

  it('asks for a record when there is something to ask, and somebody to be asked', () => {
    const wattest = { chainId: 1, registry: ID.programId, read: async () => undefined };
    const status = (...args: Parameters<typeof useAttestation>): string =>
      rendered(() => useAttestation(...args)).fetchStatus;
    assert.equal(status(undefined, ID), 'idle');
    assert.equal(status(wattest, undefined), 'idle');
    assert.equal(status(wattest, ID, { enabled: false }), 'idle');
    assert.equal(status(wattest, ID), 'fetching');
  });
});
