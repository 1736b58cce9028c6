/** A toy key's verifier on Hardhat's in-process chain, and calls that answer with the name of the refusal. */
import { network } from 'hardhat';
import {
  type Account,
  type Chain,
  concatHex,
  encodeFunctionData,
  type Hex,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem';
import { type ProvenStatement, VERIFIER_ABI } from '../../sdk/src/chain/calls.ts';
import { decodeRevert, revertData } from '../../sdk/src/chain/reverts.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import type { Schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { encodeProgramKey, machineDigest, programId } from '../../sdk/src/plonk/keys/key.ts';
import { type CompiledContract, compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { type GenerateOptions, generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { DEFAULT_RUN, makeToy, proveToy, type Toy } from '../plonk/toy.ts';

/** Clients of one in-process network. */
export interface TestChain {
  readonly client: PublicClient;
  readonly wallet: Wallet;
  readonly other: Wallet;
  /** EIP-1193, for other client libraries. */
  readonly provider: { request(arguments_: { method: string; params?: unknown[] }): Promise<unknown> };
  close(): Promise<void>;
}

export type Wallet = WalletClient<Transport, Chain, Account>;

/** Hardhat's default network with viem clients; `close` it in `after`. */
export async function connectChain(chainId = 31337): Promise<TestChain> {
  const connection = await network.connect({ override: { chainId } });
  const client = await connection.viem.getPublicClient();
  const [wallet, other] = await connection.viem.getWalletClients();
  return {
    client: client as PublicClient,
    wallet: wallet as unknown as Wallet,
    other: other as unknown as Wallet,
    provider: connection.provider as TestChain['provider'],
    close: () => connection.close(),
  };
}

/** What stands in tests for a program of the toy that cannot return. */
export const CANNOT_RETURN: Hex = `0x${'ca'.repeat(32)}`;

export interface ToyProof {
  readonly toy: Toy;
  /** As the TypeScript verifier takes it. */
  readonly proof: Uint8Array;
  readonly statement: Statement;
  readonly programId: Hex;
  /** As the contract takes it. */
  readonly callProof: Hex;
  readonly plan: Schedule;
}

export async function makeToyProof(toy?: Toy): Promise<ToyProof> {
  const own = toy ?? (await makeToy());
  const { proof } = await proveToy(own);
  return {
    toy: own,
    proof,
    statement: DEFAULT_RUN.statement,
    programId: programId(machineDigest(own.key.key), own.program.key),
    callProof: encodeCallProof(proof, own.program.key),
    plan: own.key.schedule,
  };
}

/** What actions take of it. */
export function provenOf({ toy, proof, statement, programId }: ToyProof): ProvenStatement {
  return { programId, programKey: toy.program.key, statement, proof };
}

export interface Deployed {
  readonly address: Hex;
  readonly compiled: CompiledContract;
}

export async function deployToyVerifier(
  chain: TestChain,
  toy: Toy,
  options: GenerateOptions = {},
): Promise<Deployed> {
  const compiled = await compileVerifier(generateVerifier(toy.key.key, options));
  const hash = await chain.wallet.deployContract({ abi: [], bytecode: compiled.bytecode });
  const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash });
  return { address: contractAddress!, compiled };
}

export interface Call {
  readonly programId: Hex;
  readonly statement: { readonly publicInputs: Hex; readonly publicOutputs: Hex; readonly status: bigint };
  readonly proof: Hex;
}

export function honestCall({ programId: id, statement, callProof }: ToyProof): Call {
  return { programId: id, statement: encodeStatement(statement), proof: callProof };
}

export function callData({ programId: id, statement, proof }: Call): Hex {
  return encodeFunctionData({ abi: VERIFIER_ABI, functionName: 'verify', args: [id, statement, proof] });
}

/** "accepted", or the name of the verifier's custom error; anything else (a panic, empty data) throws. */
export async function outcome(chain: TestChain, address: Hex, data: Hex, gas?: bigint): Promise<string> {
  try {
    const { data: returned } = await chain.client.call({ to: address, data, gas });
    if (returned !== undefined) throw new RangeError(`verify returned ${returned}`);
    return 'accepted';
  } catch (error) {
    const raw = revertData(error);
    const revert = raw === undefined ? undefined : decodeRevert(raw);
    if (revert === undefined) throw error;
    return revert.name;
  }
}

/** Where the parts of a universal call's proof bytes begin, in bytes. */
export function proofOffsets({ toy, plan }: ToyProof): {
  readonly programKey: number;
  readonly heights: number;
  readonly point: (index: number) => number;
  readonly scalar: (index: number) => number;
} {
  const heights = 4 + encodeProgramKey(toy.program.key).length;
  const inner = plan.points.W;
  const firstScalar = heights + 32 + 64 * inner;
  return {
    programKey: 4,
    heights,
    point: (index) =>
      index < inner ? heights + 32 + 64 * index : firstScalar + 32 * plan.values.count + 64 * (index - inner),
    scalar: (index) => firstScalar + 32 * index,
  };
}

/** The 32 bytes at `offset` replaced by what `change` makes of them. */
export function withWord(proof: Hex, offset: number, change: (word: bigint) => bigint): Hex {
  const [from, to] = [2 + 2 * offset, 2 + 2 * (offset + 32)];
  const changed = change(BigInt(`0x${proof.slice(from, to)}`));
  if (changed < 0n || changed >= 1n << 256n) throw new RangeError('not a word');
  return concatHex([
    proof.slice(0, from) as Hex,
    `0x${changed.toString(16).padStart(64, '0')}`,
    `0x${proof.slice(to)}`,
  ]);
}
