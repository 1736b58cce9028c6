/** What it costs to have a proof checked on an in-process chain, as a whole transaction: the call of another prover's contract, ours attested. */
import hre from 'hardhat';
import type { ProveParameters } from '../../../sdk/src/index.ts';
import { openSession, prove } from '../../../sdk/src/index.ts';
import { compileVerifier } from '../../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../../sdk/src/solidity/generate.ts';
import { attest, deployRegistry, deployVerifier } from '../../../sdk/src/viem.ts';
import type { PeerOutput } from './worker.ts';

/** Gas of a transaction that calls `verifyProof` (snarkjs) or `verify` (bb.js). The contract must say that the proof is right. */
export async function verifierGas({ solidity, callData }: PeerOutput): Promise<number> {
  if (solidity === undefined) throw new Error('no contract');
  const name = [...solidity.matchAll(/^contract (\w+)/gm)].at(-1)?.[1];
  if (name === undefined) throw new Error('no contract in the source');
  const { abi, bytecode } = await compileVerifier({ name, source: solidity });
  const { viem } = await hre.network.create();
  const [client] = await viem.getWalletClients();
  const reader = await viem.getPublicClient();
  const hash = await client!.deployContract({ abi: abi as never, bytecode });
  const { contractAddress: address } = await reader.waitForTransactionReceipt({ hash });
  const functionName = abi.some((entry) => entry['name'] === 'verifyProof') ? 'verifyProof' : 'verify';
  const call = {
    address: address!,
    abi: abi as never,
    functionName: functionName as never,
    args: callData as never,
  };
  if ((await reader.readContract(call)) !== true) throw new Error('the contract refuses the proof');
  return Number(await reader.estimateContractGas({ ...call, account: client!.account }));
}

export async function attestGas(parameters: ProveParameters, result: bigint): Promise<number> {
  await using session = await openSession({ threads: 2 });
  const { document, results } = await prove(session, parameters);
  if (results[0] !== result) throw new Error(`wattest: another result, ${results[0]}`);
  const { viem } = await hre.network.create();
  const [client] = await viem.getWalletClients();
  const contract = await compileVerifier(generateVerifier(session.verifyingKey));
  const verifier = await deployVerifier(client!, { contract });
  const registry = await deployRegistry(client!, { verifier: verifier.address });
  return Number((await attest(client!, { ...document, registry: registry.address })).gasUsed);
}
