import { type ReactElement, useEffect, useState } from 'react';
import type { ChainContext } from './chain.tsx';
import { Flow } from './flow.tsx';
import type { PageProgram } from './page-program.ts';
import { PROGRAMS } from './programs.ts';
import { Facts, Notice, Short, Step } from './ui.tsx';
import { useWallet } from './wallet.tsx';
import { WalletMenu } from './wallet-menu.tsx';

/** The program that the address names (`#Game`), so that it can be linked to and the back button works. */
function useProgram(): readonly [PageProgram, (page: PageProgram) => void] {
  const read = (): string => window.location.hash.slice(1);
  const [id, setId] = useState(read);
  useEffect(() => {
    const onChange = (): void => setId(read());
    window.addEventListener('hashchange', onChange);
    return () => window.removeEventListener('hashchange', onChange);
  }, []);
  const page = PROGRAMS.find((each) => each.id === id) ?? PROGRAMS[0]!;
  return [
    page,
    (chosen) => {
      window.location.hash = chosen.id;
    },
  ];
}

export function App({ chain }: { readonly chain: ChainContext }): ReactElement {
  const [page, choose] = useProgram();
  const { account } = useWallet();
  return (
    <div className="app">
      <header className="top">
        <span className="brand">
          <Logo /> wattest
        </span>
        <WalletMenu chain={chain} />
      </header>
      <main>
        <div className="intro">
          <h1>Prove it here, show it there</h1>
          <p>
            A WebAssembly program runs in this page, on inputs that stay in it. What comes out is a proof, and
            a contract that checks it.
          </p>
        </div>
        <Warnings chain={chain} />
        <div className="columns">
          <div className="steps">
            <Step number={1} title="Pick a program" state="done">
              <div className="choices" role="radiogroup" aria-label="Program">
                {PROGRAMS.map((each) => (
                  <label key={each.id} className="choice">
                    <input
                      type="radio"
                      name="program"
                      checked={each === page}
                      onChange={() => choose(each)}
                    />
                    <span className="choice-title">{each.title}</span>
                    <span className="choice-about">{each.about}</span>
                  </label>
                ))}
              </div>
            </Step>
            <Flow key={page.id} page={page} chain={chain} />
          </div>
          <aside className="side" aria-label="On the chain">
            <section className="card state" aria-live="polite">
              <page.State chain={chain} account={account} />
            </section>
            <section className="card">
              <h3>Where this happens</h3>
              <Facts
                facts={[
                  ['Chain', `${chain.file.name} (${chain.id})`],
                  [
                    'Registry',
                    <Short key="registry" value={chain.wattest.registry} label="address of the registry" />,
                  ],
                  [
                    page.contract,
                    <Short
                      key="contract"
                      value={chain.contract(page.contract)}
                      label="address of the contract"
                    />,
                  ],
                  ['Program', <Short key="program" value={page.program.id} label="id of the program" />],
                  ['Threads', crossOriginIsolated ? String(navigator.hardwareConcurrency) : '1'],
                ]}
              />
            </section>
          </aside>
        </div>
      </main>
      <footer>
        Proven by <code>wattest/worker</code>, on the chain by <code>wattest/viem</code>, in React by{' '}
        <code>wattest/react</code>.
      </footer>
    </div>
  );
}

function Warnings({ chain }: { readonly chain: ChainContext }): ReactElement {
  return (
    <>
      {chain.wattest.insecure && (
        <Notice>
          <strong>For trying out.</strong> The key of this deployment comes from a secret that is published,
          so anybody could forge what is on record here.
        </Notice>
      )}
      {!crossOriginIsolated && (
        <Notice kind="warning">
          <strong>Slow: one thread.</strong> This page is not cross-origin isolated, so its threads share no
          memory. Its server has to send <code>Cross-Origin-Opener-Policy: same-origin</code> and{' '}
          <code>Cross-Origin-Embedder-Policy: require-corp</code>.
        </Notice>
      )}
    </>
  );
}

function Logo(): ReactElement {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="currentColor" />
      <path
        d="M8 10l4 12 4-9 4 9 4-12"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
