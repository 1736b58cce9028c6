/** What it costs to have a proof checked on an in-process chain, as a whole transaction: the call of another prover's contract, ours attested. */
import hre from 'hardhat';
import solc from 'solc';
import { type Hex, keccak256, toHex } from 'viem';
import type { ProveParameters } from '../../../sdk/src/index.ts';
import { cannotReturn, openSession, prove } from '../../../sdk/src/index.ts';
import { compileVerifier } from '../../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../../sdk/src/solidity/generate.ts';
import { attest, deployRegistry, deployVerifier } from '../../../sdk/src/viem.ts';
import type { PeerOutput } from './worker.ts';

const FILE = 'verifier.sol';

interface Compiled {
  readonly abi: readonly { readonly name?: string }[];
  readonly evm: { readonly bytecode: { readonly object: string } };
}

/** Every contract and library of a source of one file; for size, since UltraHonk's hardly fits into what a chain takes. */
function compile(source: string): Readonly<Record<string, Compiled>> {
  const input = {
    language: 'Solidity',
    sources: { [FILE]: { content: source } },
    settings: {
      optimizer: { enabled: true, runs: 1 },
      outputSelection: { [FILE]: { '*': ['abi', 'evm.bytecode'] } },
    },
  };
  const { contracts, errors } = JSON.parse(solc.compile(JSON.stringify(input))) as {
    contracts?: Readonly<Record<string, Readonly<Record<string, Compiled>>>>;
    errors?: readonly { severity: string; formattedMessage: string }[];
  };
  const bad = errors?.find(({ severity }) => severity === 'error');
  if (bad !== undefined) throw new Error(bad.formattedMessage);
  return contracts![FILE]!;
}

/** Gas of a transaction that calls `verifyProof` (snarkjs) or `verify` (bb.js). The contract must say that the proof is right. */
export async function verifierGas({ solidity, callData }: PeerOutput): Promise<number> {
  const name = [...solidity.matchAll(/^contract (\w+)/gm)].at(-1)?.[1];
  if (name === undefined) throw new Error('no contract in the source');
  const contracts = compile(solidity);
  const { viem } = await hre.network.create();
  const [client] = await viem.getWalletClients();
  const reader = await viem.getPublicClient();
  const deploy = async (which: string): Promise<Hex> => {
    let bytecode = contracts[which]!.evm.bytecode.object;
    for (const library of Object.keys(contracts)) {
      const place = `__$${keccak256(toHex(`${FILE}:${library}`)).slice(2, 36)}$__`;
      if (!bytecode.includes(place)) continue;
      bytecode = bytecode.replaceAll(place, (await deploy(library)).slice(2));
    }
    const hash = await client!.deployContract({
      abi: contracts[which]!.abi as never,
      bytecode: `0x${bytecode}`,
    });
    return (await reader.waitForTransactionReceipt({ hash })).contractAddress!;
  };
  const { abi } = contracts[name]!;
  const call = {
    address: await deploy(name),
    abi: abi as never,
    functionName: (abi.some((entry) => entry.name === 'verifyProof') ? 'verifyProof' : 'verify') as never,
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
  const registry = await deployRegistry(client!, {
    verifier: verifier.address,
    cannotReturn: await cannotReturn(session),
  });
  return Number((await attest(client!, { ...document, registry: registry.address })).gasUsed);
}
