/** The last step: a contract takes what was proven. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';
import type { Hex } from 'viem';
import type { ProofDocument } from 'wattest';
import type { ChainContext } from './chain.tsx';
import { mined } from './mined.ts';
import { CONTRACT_STATE, type PageProgram } from './page-program.ts';
import { Facts, Failure, Notice, Short, Step } from './ui.tsx';
import { useWallet } from './wallet.tsx';
import { WalletGate } from './wallet-menu.tsx';

export function UseResult({
  number,
  page,
  chain,
  document,
  children,
}: {
  readonly number: number;
  readonly page: PageProgram;
  readonly chain: ChainContext;
  /** Undefined as long as the contract would not take it. */
  readonly document: ProofDocument | undefined;
  /** What there is to say of the record. */
  readonly children?: ReactNode;
}): ReactElement {
  const { client, account } = useWallet();
  const queries = useQueryClient();
  const [sent, setSent] = useState<Hex>();
  const call = useMutation({
    mutationFn: async (proven: ProofDocument) => {
      setSent(undefined);
      const { functionName, args } = page.use(page.program.read(proven), proven);
      const address = chain.contract(page.contract);
      const request = { address, abi: page.abi, functionName, args, account: client!.account };
      // What it would revert with, before anybody pays.
      await chain.client.simulateContract(request);
      const hash = await client!.writeContract({ ...request, chain: chain.viem });
      setSent(hash);
      const receipt = await mined(chain.client, hash);
      return { of: proven, receipt };
    },
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: [CONTRACT_STATE] }),
        queries.invalidateQueries({ queryKey: ['wattest'] }),
      ]),
  });
  const done = document !== undefined && call.data?.of === document ? call.data.receipt : undefined;
  return (
    <Step
      number={number}
      title={page.takesProof ? 'Attest and use it at once' : 'Use it'}
      state={done !== undefined ? 'done' : document === undefined ? 'waiting' : 'open'}
    >
      {document === undefined ? (
        <p className="empty">{page.takesProof ? 'A proof comes first.' : 'A record comes first.'}</p>
      ) : done !== undefined ? (
        <div data-testid="used">
          <Notice kind="good">The contract took it.</Notice>
          <Facts
            facts={[
              [
                'Transaction',
                <Short key="hash" value={done.transactionHash} label="hash of the transaction" />,
              ],
              ['In block', String(done.blockNumber)],
              ['Gas', done.gasUsed.toLocaleString('en')],
            ]}
          />
          {children}
        </div>
      ) : (
        <WalletGate chain={chain}>
          <button
            type="button"
            className="main"
            disabled={call.isPending || account === undefined}
            onClick={() => call.mutate(document)}
          >
            {page.use(page.program.read(document), document).label}
          </button>
          {call.isPending && (
            <p className="note" role="status">
              {sent === undefined ? (
                'Confirm in the wallet.'
              ) : (
                <>
                  Sent as <Short value={sent} label="hash of the transaction" />, waiting for a block.
                </>
              )}
            </p>
          )}
          {call.error !== null && call.variables === document && (
            <Failure error={call.error} reverts={page.reverts} />
          )}
        </WalletGate>
      )}
    </Step>
  );
}
