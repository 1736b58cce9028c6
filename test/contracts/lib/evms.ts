/** The same transactions on three EVMs: Hardhat's (EDR, revm in this process), anvil (revm, in a process of its own), ethereumjs (TypeScript). */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createBlock } from '@ethereumjs/block';
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { createLegacyTx } from '@ethereumjs/tx';
import { Account, bytesToHex, createAddressFromPrivateKey, hexToBytes } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import { network } from 'hardhat';
import type { Hex } from 'viem';
import { ROOT } from '../../structure/sources.ts';

/** First account of the mnemonic that Hardhat and anvil begin with. */
export const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const SENDER_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
/** The most that a transaction may take (EIP-7825). */
const GAS_LIMIT = 2 ** 24;

export interface Sent {
  readonly gasUsed: bigint;
  readonly succeeded: boolean;
  /** Of a contract that was made. */
  readonly address?: Hex;
}

export interface Evm {
  send(transaction: { readonly to?: Hex; readonly data: Hex }): Promise<Sent>;
  close(): Promise<void>;
}

type Request = (method: string, params: readonly unknown[]) => Promise<unknown>;

function overRpc(request: Request, close: () => Promise<void>): Evm {
  return {
    send: async (transaction) => {
      const gas = `0x${GAS_LIMIT.toString(16)}`;
      const hash = await request('eth_sendTransaction', [{ from: SENDER, ...transaction, gas }]);
      for (;;) {
        const receipt = (await request('eth_getTransactionReceipt', [hash])) as {
          gasUsed: Hex;
          status: Hex;
          contractAddress: Hex | null;
        } | null;
        if (receipt !== null) {
          const made = receipt.contractAddress === null ? {} : { address: receipt.contractAddress };
          return { gasUsed: BigInt(receipt.gasUsed), succeeded: receipt.status === '0x1', ...made };
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close,
  };
}

async function hardhatEvm(): Promise<Evm> {
  const { provider, close } = await network.connect();
  const request: Request = (method, params) => provider.request({ method, params: [...params] });
  return overRpc(request, close);
}

async function ethereumjsEvm(): Promise<Evm> {
  const common = createCustomCommon({ chainId: 31337 }, Mainnet, { hardfork: Hardfork.Osaka });
  const vm = await createVM({ common });
  // Block 0 would be no block of a record.
  const header = { number: 1n, gasLimit: 30_000_000n, baseFeePerGas: 7n };
  const block = createBlock({ header }, { common });
  const key = hexToBytes(SENDER_KEY);
  await vm.stateManager.putAccount(createAddressFromPrivateKey(key), new Account(0n, 10n ** 22n));
  let nonce = 0n;
  return {
    send: async ({ to, data }) => {
      const fields = { nonce: nonce++, gasLimit: GAS_LIMIT, gasPrice: 10n ** 9n, to, data };
      const tx = createLegacyTx(fields, { common }).sign(key);
      const { totalGasSpent, execResult, createdAddress } = await runTx(vm, { tx, block });
      const made = createdAddress === undefined ? {} : { address: bytesToHex(createdAddress.bytes) };
      return { gasUsed: totalGasSpent, succeeded: execResult.exceptionError === undefined, ...made };
    },
    close: () => Promise.resolve(),
  };
}

/** Of the package of this platform, if npm has one: its installer is not run. */
const ANVIL: string = join(
  ROOT,
  `node_modules/@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`,
  `bin/anvil${process.platform === 'win32' ? '.exe' : ''}`,
);

async function anvilEvm(): Promise<Evm> {
  const arguments_ = ['--port', '0', '--hardfork', 'osaka', '--chain-id', '31337', '--enable-tx-gas-limit'];
  const child = spawn(ANVIL, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await listening(child);
  let id = 0;
  const request: Request = async (method, params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
    const headers = { 'content-type': 'application/json' };
    const answer = await (await fetch(url, { method: 'POST', headers, body })).json();
    const { result, error } = answer as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return overRpc(request, async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await ended;
  });
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const [, address] = /Listening on (\S+)/.exec(printed) ?? [];
      if (address !== undefined) resolve(`http://${address}`);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code}: ${printed}`)));
  });
}

/** By name; those that this platform has. */
export const EVMS: Readonly<Record<string, (() => Promise<Evm>) | undefined>> = {
  hardhat: hardhatEvm,
  ethereumjs: ethereumjsEvm,
  anvil: existsSync(ANVIL) ? anvilEvm : undefined,
};
