/** Kinds of proofs that contracts take, in one place: a kind is a key, so a verifier and a route of the gateway. */
import type { Hex, VerifyingKey } from '../../plonk/keys/key.ts';
import { programIdOf } from './identify.ts';
import type { Keys } from './session.ts';
import type { SmallKind } from './small-kinds.ts';

export const CONTRACT_KINDS = ['direct', 'small', 'joined'] as const;
/** `direct`: a proof of a run as it is; `small`: one that was wrapped; `joined`: one of a run that took several. */
export type ContractKind = (typeof CONTRACT_KINDS)[number];

const KEYS: Readonly<Record<ContractKind, (keys: Keys) => VerifyingKey | Promise<VerifyingKey>>> = {
  direct: (keys) => keys.verifyingKey,
  small: async (keys) => (await keys.wrapKey()).key.key,
  joined: async (keys) => (await keys.joins()).wrap.key.key,
};

/** The key of proofs of a kind. */
export async function contractKey(keys: Keys, kind: ContractKind): Promise<VerifyingKey> {
  return KEYS[kind](keys);
}

/** What a proof file calls its proof, which names none that is as the prover made it. */
export function contractKind({ kind }: { readonly kind?: SmallKind | undefined }): ContractKind {
  if (kind === 'joined') return kind;
  return kind === 'wrap' ? 'small' : 'direct';
}

/** `(module (func (export "cannot_return") unreachable))` */
const CANNOT_RETURN = Uint8Array.from([
  ...[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01,
    0x00,
  ],
  ...[0x07, 0x11, 0x01, 0x0d, ...new TextEncoder().encode('cannot_return'), 0x00, 0x00],
  ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b],
]);

/**
 * Id of a program that traps whatever it is given, the same under every key of a machine. An accepted proof that it returned shows that
 * the key is broken, and stops the route of the gateway that it was accepted by.
 */
export function cannotReturn(keys: Keys): Promise<Hex> {
  return programIdOf(keys, { wasm: CANNOT_RETURN });
}
