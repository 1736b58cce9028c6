/** A wallet for tests, injected into pages (EIP-1193): it sends what it is given to a node that signs, and refuses when it is told to. */

/** What it does in the page. `window.testWallet` says whether it refuses; it begins on another chain, and does not know that of the node. */
function inject({ rpcUrl, account, announced }: Given): void {
  const chain = { now: '0x1', known: ['0x1'] };
  const listeners: Record<string, ((value: unknown) => void)[]> = {};
  const state = { refuses: false, asked: [] as string[] };
  const refusal = (): Error => Object.assign(new Error('User rejected the request.'), { code: 4001 });
  const unknownChain = (): Error => Object.assign(new Error('Unrecognized chain'), { code: 4902 });
  const enter = (chainId: string): null => {
    chain.now = chainId;
    for (const listener of listeners['chainChanged'] ?? []) listener(chainId);
    return null;
  };
  const request = async ({ method, params }: { method: string; params?: unknown[] }): Promise<unknown> => {
    state.asked.push(method);
    const asksUser = /^(?:eth_requestAccounts|eth_sendTransaction|wallet_)/.test(method);
    if (asksUser && state.refuses) throw refusal();
    const [first] = (params ?? []) as { chainId: string }[];
    if (method === 'eth_chainId') return chain.now;
    if (/^eth_(?:requestA|a)ccounts$/.test(method)) return [account];
    if (method === 'wallet_addEthereumChain') {
      chain.known.push(first!.chainId);
      return enter(first!.chainId);
    }
    if (method === 'wallet_switchEthereumChain') {
      if (!chain.known.includes(first!.chainId)) throw unknownChain();
      return enter(first!.chainId);
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? [] });
    const headers = { 'Content-Type': 'application/json' };
    const { result, error } = await (await fetch(rpcUrl, { method: 'POST', headers, body })).json();
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return result;
  };
  const provider = {
    request,
    on: (name: string, listener: (value: unknown) => void) => {
      listeners[name] = [...(listeners[name] ?? []), listener];
    },
    removeListener: (name: string, listener: (value: unknown) => void) => {
      listeners[name] = (listeners[name] ?? []).filter((each) => each !== listener);
    },
  };
  Object.assign(window, { testWallet: state, ethereum: provider });
  if (!announced) return;
  const info = {
    uuid: 'f4a5c0de-0000-4000-8000-000000000000',
    name: 'Test Wallet',
    icon: '',
    rdns: 'test.wallet',
  };
  const announce = (): void => {
    window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { info, provider } }));
  };
  window.addEventListener('eip6963:requestProvider', announce);
  announce();
}

interface Given {
  readonly rpcUrl: string;
  /** One that the node signs for. */
  readonly account: string;
  /** As EIP-6963 has it; else it stands in `window.ethereum` alone, as older ones do. */
  readonly announced: boolean;
}

/** A script for pages. */
export function walletScript(given: Given): string {
  return `(${inject})(${JSON.stringify(given)})`;
}
