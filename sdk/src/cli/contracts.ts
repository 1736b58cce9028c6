/** The verifier of a kind of proofs, generated and compiled for a command. */
import {
  CONTRACT_KINDS,
  type ContractKind,
  cannotReturn,
  contractKey,
} from '../attest/session/contract-kinds.ts';
import type { VerifierOfKind } from '../chain/calls.ts';
import type { CompiledContract } from '../solidity/compile.ts';
import { type GeneratedVerifier, generateVerifier } from '../solidity/generate.ts';
import { withKeys } from './session.ts';
import type { SessionFlags } from './session-options.ts';

/** By the options of `deploy` and `verifier`, which take one of them. */
export function kindOf({
  wrap,
  joined,
}: {
  readonly wrap?: boolean;
  readonly joined?: boolean;
}): ContractKind {
  if (joined === true) return 'joined';
  return wrap === true ? 'small' : 'direct';
}

/** The verifiers of kinds, each compiled by `compile`. */
export async function makeVerifiers(
  flags: SessionFlags,
  kinds: readonly ContractKind[],
  compile: (generated: GeneratedVerifier) => Promise<CompiledContract>,
): Promise<readonly (VerifierOfKind & { readonly kind: ContractKind })[]> {
  const made = await withKeys(flags, async ({ session }) => {
    const id = await cannotReturn(session);
    const list = [];
    for (const kind of CONTRACT_KINDS.filter((each) => kinds.includes(each)))
      list.push({ kind, cannotReturn: id, generated: generateVerifier(await contractKey(session, kind)) });
    return list;
  });
  return Promise.all(made.map(async (one) => ({ ...one, contract: await compile(one.generated) })));
}
