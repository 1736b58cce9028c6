/** Contracts of this repository, compiled and put on a chain. */
import type { Abi, Account, Chain, Hex, PublicActions, Transport, WalletClient } from 'viem';
import { compileContract } from './contracts.ts';

/** Signs with its account. */
export type Deployer = Pick<WalletClient<Transport, Chain, Account>, 'deployContract'>;

/** @param file relative to the repository */
export async function deployCompiled(
  deployer: Deployer,
  reader: Pick<PublicActions, 'waitForTransactionReceipt'>,
  { file, name, args }: { readonly file: string; readonly name: string; readonly args: readonly unknown[] },
): Promise<{ readonly address: Hex; readonly abi: Abi }> {
  const { abi: compiled, evm } = compileContract(file, name);
  const abi = compiled as Abi;
  const hash = await deployer.deployContract({ abi, bytecode: `0x${evm.bytecode.object}`, args });
  return { abi, address: (await reader.waitForTransactionReceipt({ hash })).contractAddress! };
}
