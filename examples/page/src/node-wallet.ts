/** On a development chain an account of the node as a wallet, so that the page can be tried without one. It asks nobody. */
import type { EIP1193Provider } from 'viem';
import type { ChainFile } from './chain-file.ts';

/** Chains on which accounts are worth nothing. */
const DEVELOPMENT: readonly number[] = [31337, 1337];

async function ask(url: string, method: string, params: unknown): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? [] });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  const { result, error } = (await response.json()) as {
    result?: unknown;
    error?: { message: string; code: number };
  };
  if (error !== undefined) throw Object.assign(new Error(error.message), error);
  return result;
}

/** Announces it (EIP-6963), where the node has an account that it signs for. Whoever asks for wallets later is told again. */
export async function announceNodeAccount({ rpcUrl, deployment }: ChainFile): Promise<void> {
  if (!DEVELOPMENT.includes(deployment.chainId)) return;
  const accounts = (await ask(rpcUrl, 'eth_accounts', []).catch(() => [])) as readonly string[];
  if (accounts.length === 0) return;
  const request = ({
    method,
    params,
  }: {
    readonly method: string;
    readonly params?: unknown;
  }): Promise<unknown> => ask(rpcUrl, method === 'eth_requestAccounts' ? 'eth_accounts' : method, params);
  const provider = { request, on() {}, removeListener() {} } as unknown as EIP1193Provider;
  const info = { uuid: crypto.randomUUID(), name: 'account of the node', rdns: 'wattest.node', icon: ICON };
  const announce = (): void => {
    window.dispatchEvent(
      new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }),
    );
  };
  window.addEventListener('eip6963:requestProvider', announce);
  announce();
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#f59e0b"/><path d="M7 8l4 4-4 4M13 16h4" stroke="#fff" stroke-width="2" fill="none" stroke-linecap="round"/></svg>',
)}`;
