/** All of the page, in what it stands in: prover, wallet and chain. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { ProverProvider } from 'wattest/react';
import { App } from './app.tsx';
import { ChainProvider } from './chain.tsx';
import { WalletProvider } from './wallet.tsx';

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1 } } });

export function Page(): ReactElement {
  return (
    <QueryClientProvider client={queries}>
      <ProverProvider>
        <WalletProvider>
          <ChainProvider>{(chain) => <App chain={chain} />}</ChainProvider>
        </WalletProvider>
      </ProverProvider>
    </QueryClientProvider>
  );
}
