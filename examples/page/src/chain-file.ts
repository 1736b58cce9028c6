import type { Hex } from 'viem';

/** What a deployment leaves for the page. */
export interface ChainFile {
  /** For people. */
  readonly name: string;
  readonly rpcUrl: string;
  /** `deployments/<network>.json`. */
  readonly deployment: { readonly format: string; readonly chainId: number };
  /** Addresses of contracts that rely on proofs, by name. */
  readonly contracts: Readonly<Record<string, Hex>>;
}
