/** A consumer on a chain of a test, and calls of it that name what they revert with. */
import { decodeErrorResult, type Hex } from 'viem';
import { deployCompiled } from '../../../scripts/lib/put.ts';
import { revertData } from '../../../sdk/src/chain/reverts.ts';
import type { TestChain, Wallet } from '../../chain/fixture.ts';

const VERIFIER_ERRORS = [{ type: 'error', name: 'IdentityFails', inputs: [] }] as const;

export interface PutContract {
  readonly address: Hex;
  read(functionName: string, ...given: readonly unknown[]): Promise<unknown>;
  /** The status of the receipt, or the name of the error. @param sender the second account, where none is given */
  call(functionName: string, given: readonly unknown[], sender?: Wallet): Promise<string>;
}

/** @param file relative to the repository */
export async function putContract(
  chain: TestChain,
  file: string,
  name: string,
  args: readonly unknown[],
): Promise<PutContract> {
  const { address, abi } = await deployCompiled(chain.wallet, chain.client, { file, name, args });
  return {
    address,
    read: (functionName, ...given) => chain.client.readContract({ address, abi, functionName, args: given }),
    call: async (functionName, given, sender = chain.other) => {
      const request = { address, abi, functionName, args: given, account: sender.account };
      try {
        await chain.client.simulateContract(request);
      } catch (error) {
        const data = revertData(error);
        if (data === undefined) throw error;
        return decodeErrorResult({ abi: [...abi, ...VERIFIER_ERRORS], data }).errorName;
      }
      const sent = await sender.writeContract(request);
      const { status, gasUsed } = await chain.client.waitForTransactionReceipt({ hash: sent });
      console.log(`      ${functionName} ${gasUsed} gas`);
      return status;
    },
  };
}
