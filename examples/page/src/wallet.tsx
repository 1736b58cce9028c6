/** Injected wallets (EIP-1193), found as EIP-6963 has it or, of older ones, in `window.ethereum`. */
import {
  createContext,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import {
  type Account,
  type Chain,
  createWalletClient,
  custom,
  type EIP1193Provider,
  getAddress,
  type Hex,
  numberToHex,
  type Transport,
  type WalletClient,
} from 'viem';

export interface WalletChoice {
  readonly id: string;
  readonly name: string;
  /** A data URL. */
  readonly icon: string | undefined;
  readonly provider: EIP1193Provider;
}

export interface Wallet {
  readonly choices: readonly WalletChoice[];
  readonly account: Hex | undefined;
  readonly chainId: number | undefined;
  /** What sends: undefined until a wallet is connected. */
  readonly client: WalletClient<Transport, Chain | undefined, Account> | undefined;
  readonly connected: WalletChoice | undefined;
  /** Asks for an account. @throws what the wallet answers */
  connect(choice: WalletChoice): Promise<void>;
  /** Of this page alone: a wallet keeps its own list of pages. */
  forget(): void;
  /** Asks the wallet to change to this chain, and to add it where it does not know it. */
  switchTo(chain: Chain): Promise<void>;
}

const WalletContext = createContext<Wallet | undefined>(undefined);

export function useWallet(): Wallet {
  const wallet = useContext(WalletContext);
  if (wallet === undefined) throw new Error('useWallet stands outside of a WalletProvider');
  return wallet;
}

interface Announcement {
  readonly info: { readonly uuid: string; readonly name: string; readonly icon?: string };
  readonly provider: EIP1193Provider;
}

/** Wallets as they announce themselves. */
function useChoices(): readonly WalletChoice[] {
  const [choices, setChoices] = useState<readonly WalletChoice[]>([]);
  useEffect(() => {
    const add = ({ detail }: CustomEvent<Announcement>): void => {
      const { info, provider } = detail;
      // An image of another origin would tell it who is here.
      const icon = info.icon?.startsWith('data:image/') === true ? info.icon : undefined;
      setChoices((known) =>
        known.some(({ id }) => id === info.uuid)
          ? known
          : [...known, { id: info.uuid, name: info.name, icon, provider }],
      );
    };
    window.addEventListener('eip6963:announceProvider', add as EventListener);
    window.dispatchEvent(new Event('eip6963:requestProvider'));
    return () => window.removeEventListener('eip6963:announceProvider', add as EventListener);
  }, []);
  return useMemo(() => {
    const { ethereum } = window as { readonly ethereum?: EIP1193Provider };
    if (ethereum === undefined || choices.some((each) => each.provider === ethereum)) return choices;
    return [
      ...choices,
      { id: 'injected', name: 'wallet of this browser', icon: undefined, provider: ethereum },
    ];
  }, [choices]);
}

interface State {
  readonly choice: WalletChoice;
  readonly account: Hex;
  readonly chainId: number;
}

export function WalletProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const choices = useChoices();
  const [state, setState] = useState<State>();
  const current = useRef<State>(undefined);
  current.current = state;

  const connect = useCallback(async (choice: WalletChoice): Promise<void> => {
    const { provider } = choice;
    const [first] = await provider.request({ method: 'eth_requestAccounts' });
    if (first === undefined) throw new Error('The wallet gave no account');
    const chainId = Number(await provider.request({ method: 'eth_chainId' }));
    setState({ choice, account: getAddress(first), chainId });
  }, []);

  const provider = state?.choice.provider;
  useEffect(() => {
    if (provider === undefined) return;
    const onAccounts = ([first]: readonly Hex[]): void =>
      setState((known) => (known && first ? { ...known, account: getAddress(first) } : undefined));
    const onChain = (chainId: string): void =>
      setState((known) => known && { ...known, chainId: Number(chainId) });
    const onEnd = (): void => setState(undefined);
    // Of old, some providers have no events.
    provider.on?.('accountsChanged', onAccounts);
    provider.on?.('chainChanged', onChain);
    provider.on?.('disconnect', onEnd);
    return () => {
      provider.removeListener?.('accountsChanged', onAccounts);
      provider.removeListener?.('chainChanged', onChain);
      provider.removeListener?.('disconnect', onEnd);
    };
  }, [provider]);

  const switchTo = useCallback(async (chain: Chain): Promise<void> => {
    const known = current.current;
    if (known === undefined) return;
    const asked = known.choice.provider;
    const chainId = numberToHex(chain.id);
    try {
      await asked.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] });
    } catch (error) {
      // The wallet does not know the chain (EIP-3326).
      if ((error as { readonly code?: number }).code !== 4902) throw error;
      const { name, nativeCurrency, rpcUrls } = chain;
      const added = { chainId, chainName: name, nativeCurrency, rpcUrls: [...rpcUrls.default.http] };
      await asked.request({ method: 'wallet_addEthereumChain', params: [added] });
    }
    setState({ ...known, chainId: Number(await asked.request({ method: 'eth_chainId' })) });
  }, []);

  const account = state?.account;
  const client = useMemo(
    () =>
      provider === undefined || account === undefined
        ? undefined
        : createWalletClient({ account, transport: custom(provider) }),
    [provider, account],
  );
  const value = useMemo(
    (): Wallet => ({
      choices,
      client,
      account,
      chainId: state?.chainId,
      connected: state?.choice,
      connect,
      forget: () => setState(undefined),
      switchTo,
    }),
    [choices, client, account, state, connect, switchTo],
  );
  return <WalletContext value={value}>{children}</WalletContext>;
}
