/** The hooks rendered without a page: what they ask and answer. In a page they are in `test/browser/example.test.ts`. */
import assert from 'node:assert/strict';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { ProverProvider, useAttest, useAttestation, useProver } from '../../sdk/src/react.ts';
import type { ProvenStatement } from '../../sdk/src/viem.ts';
import { refused } from '../lib/verdict.ts';

/** What a hook returns when it is rendered once, inside of what is around it. */
function rendered<T>(hook: () => T, around = (inner: ReactNode): ReactNode => inner): T {
  let returned: { readonly value: T } | undefined;
  const Inner = (): ReactNode => {
    returned = { value: hook() };
    return null;
  };
  const inner = around(createElement(Inner));
  const client = new QueryClient();
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
