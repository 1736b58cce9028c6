/** A deployment against its file, against this version's contracts and against the generator. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { CompiledContract } from '../solidity/compile.ts';
import type { RequestParameters } from './bounded.ts';
import type { VerifierOfKind } from './calls.ts';
import { REGISTRY_DEPLOYED_BYTECODE, REGISTRY_IMMUTABLES } from './contracts.generated.ts';
import { createdAddress, registryInitcode } from './create.ts';
import {
  addressWord,
  codeHash,
  type DeployedContract,
  type DeployedVerifier,
  type Deployment,
  immutableValues,
  isArgument,
  isCode,
  verifierOfKind,
} from './deployments.ts';
import { domainImmutables } from './eip712.ts';
import { create2Address } from './factory.ts';
import { verifierIdentity } from './identity.ts';
import type { ChainReader } from './port.ts';
import { readRoutes } from './registry.ts';
import { onChain } from './reverts.ts';

export interface CheckRegistryParameters extends RequestParameters {
  readonly deployment: Deployment;
  /** Take a key that was stopped since: what stands under it counts for nothing, whoever asks hears so, and other keys are as good as they were. */
  readonly allowStopped?: boolean | undefined;
  /** Selector of a verifier that is about to be added, and may have its route already. */
  readonly adding?: Hex | undefined;
}

/** A registry takes what any of its verifiers accepts, so all that the file names are checked against the generator. */
export interface CheckDeploymentParameters extends CheckRegistryParameters, VerifierOfKind {
  /** Those of the other kinds. */
  readonly others?: readonly VerifierOfKind[] | undefined;
  /** Believe the file about verifiers of other kinds: for those who ask for records under the key of this kind alone. */
  readonly trustOthers?: boolean | undefined;
}

export function checkRegistry(
  reader: ChainReader,
  { deployment, allowStopped = false, adding }: CheckRegistryParameters,
): Promise<void> {
  const { where, require } = requirement(deployment);
  return onChain(where, async () => {
    const { verifiers, registry, chainId } = deployment;
    const actual = await reader.chainId();
    require(actual === chainId, `this is chain ${actual}, the file says ${chainId}`);
    for (const verifier of verifiers) await checkVerifier(reader, require, verifier, where);
    await checkCode(reader, require, 'registry', registry, {
      deployedBytecode: REGISTRY_DEPLOYED_BYTECODE,
      immutables: REGISTRY_IMMUTABLES,
      values: domainImmutables(registry.address, chainId).map((word) => ({
        word,
        problem: (value) => `signatures for the registry are bound to ${value}, not ${word}`,
      })),
      source: 'that of this version',
    });
    const given = registry.constructorArguments;
    const words = given.filter(isArgument);
    require(words.length === given.length, 'the file names other constructor arguments of the registry');
    const initcode = registryInitcode(words);
    await checkCreation(reader, require, 'registry', registry, { initcode, constructorArguments: words });
    await checkRoutes(reader, require, { ...deployment, adding }, { where, allowStopped });
  });
}

/** What a verifier says of itself. */
async function checkVerifier(
  reader: ChainReader,
  require: Require,
  verifier: DeployedVerifier,
  where: string,
): Promise<void> {
  const code = await reader.code(verifier.address);
  require(code !== '0x', `there is no contract at ${verifier.address}`);
  require(codeHash(code) === verifier.codeHash, 'the code of the verifier is not that of the file');
  const { vkDigest, selector, insecure } = await verifierIdentity(reader, verifier.address, where);
  require(vkDigest === verifier.vkDigest, `the verifier computes the digest ${vkDigest}`);
  require(selector === verifier.selector, `the verifier has the selector ${selector}`);
  require(insecure === verifier.insecure, 'the file is wrong about whether the SRS is insecure');
}

/** A registry is as good as the worst of its verifiers: it has those of the file and no others. @throws KEY_STOPPED */
async function checkRoutes(
  reader: ChainReader,
  require: Require,
  { registry, verifiers, adding }: Deployment & Pick<CheckRegistryParameters, 'adding'>,
  { where, allowStopped }: { readonly where: string; readonly allowStopped: boolean },
): Promise<void> {
  const routes = await readRoutes(reader, registry.address, where);
  for (const { selector, verifier, vkDigest, cannotReturn, state } of routes) {
    const own = verifiers.find((each) => each.selector === selector);
    if (own === undefined) {
      if (selector === adding) continue;
      require(state ===
        'stopped', `the registry is bound to the verifier ${verifier}, of which the file says nothing`);
      continue;
    }
    require(verifier.toLowerCase() === own.address, `the registry is bound to the verifier ${verifier}`);
    require(vkDigest === own.vkDigest, `the registry is about key ${vkDigest}`);
    require(cannotReturn ===
      own.cannotReturn, `proofs that ${cannotReturn} returned stop the registry's key`);
    if (state !== 'stopped' || allowStopped) continue;
    fail('KEY_STOPPED', `the registry has stopped key ${vkDigest} of ${own.kind} proofs`, {
      where,
      fix: 'Use another key; what was recorded under this one is worth nothing',
    });
  }
  for (const { selector, kind } of verifiers) {
    const known = routes.some((route) => route.selector === selector);
    require(known, `the registry has no route to the verifier of ${kind} proofs`);
  }
}

export function checkDeployment(reader: ChainReader, parameters: CheckDeploymentParameters): Promise<void> {
  const { deployment, others = [], trustOthers = false } = parameters;
  const { where, require } = requirement(deployment);
  return onChain(where, async () => {
    const chainId = await reader.chainId();
    require(chainId === deployment.chainId, `this is chain ${chainId}, the file says ${deployment.chainId}`);
    const given = [parameters, ...others];
    for (const made of given) await checkMade(reader, require, deployment, made);
    const left = deployment.verifiers.find(
      (verifier) => !given.some(({ kind = 'direct' }) => kind === verifier.kind),
    );
    if (left !== undefined && !trustOthers) {
      fail('DEPLOYMENT_MISMATCH', `nothing was given to compare the verifier of ${left.kind} proofs with`, {
        where,
        fix: 'Give it in `others`; or say `trustOthers` and ask for records under one key alone',
      });
    }
    await checkRegistry(reader, { deployment, allowStopped: parameters.allowStopped });
  });
}

/** A verifier against the generator. */
async function checkMade(
  reader: ChainReader,
  require: Require,
  deployment: Deployment,
  { generated, contract, cannotReturn, kind = 'direct' }: VerifierOfKind,
): Promise<void> {
  const verifier = verifierOfKind(deployment, kind);
  if (verifier === undefined) {
    require(false, `the file names no verifier of ${kind} proofs`);
    return;
  }
  require(verifier.vkDigest === generated.digest, `the file is about key ${verifier.vkDigest}`);
  require(verifier.selector === generated.selector, `the file has selector ${verifier.selector}`);
  require(verifier.insecure === generated.insecure, 'the file is wrong about whether the SRS is insecure');
  require(verifier.cannotReturn ===
    cannotReturn, `the file says that ${verifier.cannotReturn} is the program that cannot return`);

  // An evaluator's address follows from that of the contract which created it; its nonce begins at 1 (EIP-161).
  const evaluators = contract.evaluators.map((_, i) => createdAddress(verifier.address, i + 1));
  await checkCode(reader, require, 'verifier', verifier, {
    deployedBytecode: contract.deployedBytecode,
    immutables: contract.immutables,
    values: evaluators.map((address, i) => ({
      word: addressWord(address),
      problem: (value) => `the verifier calls ${shortWord(value)} as evaluator ${i + 1}, not ${address}`,
    })),
    source: 'what the generator makes',
  });
  for (const [i, { name, deployedBytecode }] of contract.evaluators.entries()) {
    const code = await reader.code(evaluators[i]!);
    require(isCode(code, deployedBytecode, []), `the code of ${name} is not what the generator makes`);
  }
  await checkCreation(reader, require, 'verifier', verifier, {
    initcode: contract.bytecode,
    constructorArguments: [],
  });
}

export type Require = (holds: boolean, problem: string) => void;

function requirement({ network }: Deployment): { readonly where: string; readonly require: Require } {
  const where = `deployment on ${network}`;
  const require: Require = (holds, problem) => {
    if (holds) return;
    fail('DEPLOYMENT_MISMATCH', problem, {
      where,
      fix: 'Do not use it: deploy again, or use the version it was deployed with',
    });
  };
  return { where, require };
}

interface ExpectedCode {
  readonly deployedBytecode: Hex;
  readonly immutables: CompiledContract['immutables'];
  /** Of each immutable, in order of declaration. */
  readonly values: readonly { readonly word: Hex; readonly problem: (value: Hex) => string }[];
  /** What the code must be, for the message. */
  readonly source: string;
}

async function checkCode(
  reader: ChainReader,
  require: Require,
  name: string,
  { address, codeHash: hash }: DeployedContract,
  { deployedBytecode, immutables, values, source }: ExpectedCode,
): Promise<void> {
  const code = await reader.code(address);
  require(code !== '0x', `there is no contract at ${address}`);
  require(codeHash(code) === hash, `the code of the ${name} is not that of the file`);
  require(isCode(code, deployedBytecode, immutables), `the code of the ${name} is not ${source}`);
  const found = immutableValues(code, immutables);
  require(found.length === values.length, `the code of the ${name} has ${found.length} immutables`);
  for (const [i, { word, problem }] of values.entries()) {
    const other = found[i]!.find((value) => value !== word);
    require(other === undefined, other === undefined ? '' : problem(other));
  }
}

/** The code of a contract tells nothing of its storage: other initcode may have written records and then returned this code. */
export async function checkCreation(
  reader: ChainReader,
  require: Require,
  name: string,
  { address, salt, transactionHash: hash, constructorArguments: named }: DeployedContract,
  expected: { readonly initcode: Hex; readonly constructorArguments: readonly Hex[] },
): Promise<void> {
  const same = named.join().toLowerCase() === expected.constructorArguments.join();
  require(same, `the file names other constructor arguments of the ${name}`);
  if (salt !== undefined) {
    // EIP-1014: nothing but this initcode can have made a contract at this address.
    const derived = isSameHex(create2Address(salt, expected.initcode), address);
    require(derived, `${address} does not follow from the initcode of the ${name} in this version`);
    return;
  }
  if (hash === undefined) {
    require(false, `the file does not say how the ${name} was made`);
    return;
  }
  const [transaction, receipt] = await Promise.all([reader.transaction(hash), reader.receipt(hash)]);
  if (transaction === undefined || receipt === undefined) {
    require(false, `transaction ${hash}, which created the ${name}, is not on this chain`);
    return;
  }
  const { to, input } = transaction;
  const { contractAddress, succeeded } = receipt;
  require(to ===
    undefined, `transaction ${hash} calls ${to}: how a factory created the ${name} cannot be checked`);
  const own = succeeded && contractAddress !== undefined && isSameHex(contractAddress, address);
  require(own, `transaction ${hash} did not create the ${name} at ${address}`);
  const genuine = isSameHex(input, expected.initcode);
  require(genuine, `the ${name} was created by other initcode than that of this version`);
}

/** An address from its word; other words as they are. */
function shortWord(value: Hex): string {
  return value.startsWith(`0x${'0'.repeat(24)}`) ? checksumAddress(`0x${value.slice(26)}`) : value;
}
