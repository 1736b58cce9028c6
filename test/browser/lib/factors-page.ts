/** The page that templates of `npm create wattest` have, and the chain that it is for. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { settled, type Tab } from './tabs.ts';

/** `npm run chain` of a project, on a free port, once it is ready. @param home the project's folder */
export async function startProjectChain(home: string): Promise<{ stop(): Promise<void> }> {
  const chain = spawn(process.execPath, ['node_modules/hardhat/dist/src/cli.js', 'run', 'scripts/chain.ts'], {
    cwd: home,
    env: { ...process.env, CHAIN_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(chain, 'exit').then(([code]) => assert.fail(`the chain ended with ${code}`));
  const ready = (async () => {
    for await (const line of createInterface(chain.stdout)) if (/Ctrl-C/.test(line)) return;
  })();
  await Promise.race([ready, ended]);
  ended.catch(() => {});
  return {
    stop: async () => {
      if (chain.exitCode !== null) return;
      chain.kill('SIGINT');
      await once(chain, 'exit');
    },
  };
}

/** What a user does: connects, gives the factors, proves, attests and claims, until the contract names the solver. @param proven between proof and attestation */
export async function proveAndClaim(
  tab: Tab,
  url: string,
  proven: () => Promise<void> = async () => {},
): Promise<void> {
  await tab.goto(url);
  await tab.click('.menu summary');
  await tab.press('Connect account of the node');
  await tab.until("document.querySelector('input[name=solver]')?.value.length === 42");
  await tab.fill('input[name=first]', '83');
  await tab.fill('input[name=second]', '97');
  await tab.press('Prove');
  await settled(tab, '[data-testid="outcome"]');
  await proven();
  await tab.press('Attest');
  await settled(tab, '[data-testid="record"]');
  await tab.press('Claim');
  await settled(tab, '[data-testid="used"]');
  await tab.until("document.querySelector('.table tr.own td')?.textContent === '8051'");
}
