import { useMutation } from '@tanstack/react-query';
import { type FocusEvent, type KeyboardEvent, type ReactElement, type ReactNode, useRef } from 'react';
import type { ChainContext } from './chain.tsx';
import { Failure, Notice, Short } from './ui.tsx';
import { useWallet, type WalletChoice } from './wallet.tsx';

/** Wallets that can be connected. */
export function WalletChoices(): ReactElement {
  const { choices, connect } = useWallet();
  const connecting = useMutation({ mutationFn: (choice: WalletChoice) => connect(choice) });
  if (choices.length === 0) {
    return (
      <p className="empty">
        There is no wallet in this browser. Install one (MetaMask, Rabby, …) and load the page again.
      </p>
    );
  }
  return (
    <div className="wallets">
      {choices.map((choice) => (
        <button
          key={choice.id}
          type="button"
          className="wallet"
          disabled={connecting.isPending}
          onClick={() => connecting.mutate(choice)}
        >
          {choice.icon === undefined ? (
            <span className="wallet-icon" />
          ) : (
            <img className="wallet-icon" src={choice.icon} alt="" />
          )}
          Connect {choice.name}
        </button>
      ))}
      {connecting.isPending && <p className="note">Confirm in the wallet.</p>}
      {connecting.error !== null && <Failure error={connecting.error} />}
    </div>
  );
}

/** Who is connected, at the top of the page. */
export function WalletMenu({ chain }: { readonly chain: ChainContext }): ReactElement {
  const { account, chainId, connected, forget } = useWallet();
  const opener = useRef<HTMLElement>(null);
  const onKeyDown = ({ key, currentTarget }: KeyboardEvent<HTMLDetailsElement>): void => {
    if (key !== 'Escape' || !currentTarget.open) return;
    currentTarget.open = false;
    opener.current?.focus();
  };
  // Whoever goes elsewhere has no more need of it; a button that waits for the wallet has no focus, and nothing else has.
  const onBlur = ({ relatedTarget, currentTarget }: FocusEvent<HTMLDetailsElement>): void => {
    if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
  };
  if (account === undefined) {
    return (
      <details className="menu" onKeyDown={onKeyDown} onBlur={onBlur}>
        <summary ref={opener}>Connect wallet</summary>
        <div className="card" tabIndex={-1}>
          <WalletChoices />
        </div>
      </details>
    );
  }
  return (
    <div className="who">
      <span className="status" data-state={chainId === chain.id ? 'good' : 'bad'}>
        {chainId === chain.id ? chain.file.name : `chain ${chainId}`}
      </span>
      <Short value={account} label="account" />
      <button type="button" className="quiet" aria-label={`Disconnect ${connected?.name}`} onClick={forget}>
        Disconnect
      </button>
    </div>
  );
}

/** What has to be so before anything can be sent. */
export function WalletGate({
  chain,
  children,
}: {
  readonly chain: ChainContext;
  readonly children: ReactNode;
}): ReactNode {
  const { account, chainId, switchTo } = useWallet();
  const switching = useMutation({ mutationFn: () => switchTo(chain.viem) });
  if (account === undefined) {
    return (
      <>
        <p>Whoever pays for the transaction connects a wallet.</p>
        <WalletChoices />
      </>
    );
  }
  if (chainId === chain.id) return children;
  return (
    <Notice kind="warning">
      <strong>Wrong network.</strong> The wallet is on chain {chainId}, this page on {chain.file.name} (
      {chain.id}).
      <button type="button" disabled={switching.isPending} onClick={() => switching.mutate()}>
        Switch to {chain.file.name}
      </button>
      {switching.error !== null && <Failure error={switching.error} />}
    </Notice>
  );
}
