/** The chain that this page was deployed for, as `chain.json` beside it says: what is read there needs no wallet. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import {
  createPublicClient,
  defineChain,
  type Hex,
  http,
  type PublicClient,
  type Chain as ViemChain,
} from 'viem';
import { createWattest, type Wattest } from 'wattest/viem';
import type { ChainFile } from './chain-file.ts';
import { announceNodeAccount } from './node-wallet.ts';
import { Failure, Loading } from './ui.tsx';
import { useWallet } from './wallet.tsx';

export interface ChainContext {
  readonly file: ChainFile;
  readonly id: number;
  readonly viem: ViemChain;
  readonly client: PublicClient;
  /** Reads, and sends where a wallet is connected. */
  readonly wattest: Wattest;
  contract(name: string): Hex;
}

async function readChainFile(): Promise<ChainFile> {
  const response = await fetch('./chain.json', { cache: 'no-store' });
  const type = response.headers.get('content-type') ?? '';
  // Development servers answer what is not there with the page.
  if (!response.ok || type.includes('html')) {
    throw new Error('There is no chain.json beside this page. Deploy first; the README says how');
  }
  const file = (await response.json()) as ChainFile;
  await announceNodeAccount(file);
  return file;
}

export function ChainProvider({
  children,
}: {
  readonly children: (chain: ChainContext) => ReactNode;
}): ReactNode {
  const {
    data: file,
    error,
    refetch,
  } = useQuery({
    queryKey: ['chain.json'],
    queryFn: readChainFile,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { client: wallet } = useWallet();
  const base = useMemo(() => {
    if (file === undefined) return undefined;
    const viem = defineChain({
      id: file.deployment.chainId,
      name: file.name,
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [file.rpcUrl] } },
    });
    const client: PublicClient = createPublicClient({
      chain: viem,
      transport: http(),
      pollingInterval: 1000,
    });
    return { file, viem, client };
  }, [file]);
  const chain = useMemo((): ChainContext | undefined => {
    if (base === undefined) return undefined;
    const { deployment, contracts } = base.file;
    return {
      ...base,
      id: base.viem.id,
      wattest: createWattest({ deployment, client: { public: base.client, wallet } }),
      contract: (name) => {
        const address = contracts[name];
        if (address === undefined) throw new Error(`chain.json names no contract ${name}`);
        return address;
      },
    };
  }, [base, wallet]);
  if (error !== null) return <Failure className="alone" error={error} onRetry={() => void refetch()} />;
  return chain === undefined ? <Loading>Looking for the chain…</Loading> : children(chain);
}
