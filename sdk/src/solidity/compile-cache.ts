/** The last compiled verifier, kept in the cache: the compiler takes seconds to load and run, for the same source each time. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { BlobStore } from '../platform/storage.ts';
import { type CompiledContract, compileVerifier, type VerifierSource } from './compile.ts';
import { COMPILER_SETTINGS, SOLC_VERSION } from './settings.ts';

export const COMPILED_FILE = 'verifier-compiled.json';

/**
 * As `compileVerifier`, from the store where the same source was compiled last with the same compiler and settings. What is found there is
 * as trustworthy as the store (docs/srs.md): compile anew to check a deployment.
 * @param compile another compiler of the same version
 */
export async function compileCached(
  verifier: VerifierSource,
  store: BlobStore | undefined,
  compile: (verifier: VerifierSource) => Promise<CompiledContract> = compileVerifier,
): Promise<CompiledContract> {
  if (store === undefined) return compile(verifier);
  const input = digest([
    SOLC_VERSION,
    COMPILER_SETTINGS,
    verifier.name,
    verifier.source,
    verifier.evaluators,
  ]);
  const known = await read(store, input).catch(() => undefined);
  if (known !== undefined) return known;
  const contract = await compile(verifier);
  const bytes = new TextEncoder().encode(JSON.stringify({ input, check: digest(contract), contract }));
  // A store that cannot be written costs time at the next deployment and nothing else.
  await store.write(COMPILED_FILE, [bytes]).catch(() => {});
  return contract;
}

async function read(store: BlobStore, input: string): Promise<CompiledContract | undefined> {
  const source = await store.open(COMPILED_FILE);
  if (source === undefined) return undefined;
  try {
    const text = new TextDecoder().decode(await source.read(0, source.size));
    const kept = JSON.parse(text) as { input: string; check: string; contract: CompiledContract };
    return kept.input === input && kept.check === digest(kept.contract) ? kept.contract : undefined;
  } finally {
    await source.close();
  }
}

function digest(value: unknown): string {
  return bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(value))));
}
