import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ProverProvider } from 'wattest/react';
import { App } from './app.tsx';
import { ChainProvider } from './chain.tsx';
import './style.css';
import { WalletProvider } from './wallet.tsx';

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1 } } });

createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ProverProvider>
        <WalletProvider>
          <ChainProvider>{(chain) => <App chain={chain} />}</ChainProvider>
        </WalletProvider>
      </ProverProvider>
    </QueryClientProvider>
  </StrictMode>,
);
