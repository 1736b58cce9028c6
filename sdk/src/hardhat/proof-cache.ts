/**
 * Proofs of a project's runs, in its cache folder (which `hardhat clean` empties): a suite of tests pays for each once. What is found there is verified like any
 * proof that somebody sends.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { type ProofDocument, readProofDocument, writeProofDocument } from '../attest/proof/document.ts';
import { verify } from '../attest/proof/verify.ts';
import type { Keys } from '../attest/session/session.ts';
import { readProofText } from '../cli/files.ts';
import { MOST_BYTES } from '../cli/proofs.ts';
import { isWattestError } from '../errors/index.ts';
import { cacheDirectory, ownFile, writeWhole } from '../platform/node-storage.ts';
import type { Hex } from '../plonk/keys/key.ts';

/** What a proof is found by. */
export interface CachedRun {
  readonly programId: Hex;
  readonly publicInputs: readonly bigint[];
  readonly privateInputs: readonly bigint[];
  readonly wrap: boolean;
}

/**
 * Path of a run's proof; undefined where it cannot be kept. Whoever sees the folder could try private inputs against a plain hash of them, so runs that have some are
 * named under a secret of this user, which lies elsewhere: their proofs are found on this machine alone.
 */
export async function cachePath(folder: string, keys: Keys, run: CachedRun): Promise<string | undefined> {
  const secret = run.privateInputs.length === 0 ? new Uint8Array(32) : await userSecret();
  if (secret === undefined) return undefined;
  const about = JSON.stringify([
    keys.verifyingKey.digest,
    run.programId,
    run.wrap,
    run.publicInputs.map(String),
    run.privateInputs.map(String),
  ]);
  return join(folder, `${bytesToHex(hmac(sha256, secret, utf8ToBytes(about)))}.json`);
}

/**
 * The proof of a run, verified; undefined where there is none, or none that is accepted.
 * @param onRefused hears why one that is there does not count
 */
export async function readCached(
  path: string,
  keys: Keys,
  run: CachedRun,
  onRefused: (reason: string) => void,
): Promise<ProofDocument | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const document = readProofDocument(await readProofText(path, MOST_BYTES), path);
    await verify(keys, { document, programId: run.programId });
    const { publicInputs } = document.statement;
    const same =
      publicInputs.length === run.publicInputs.length &&
      publicInputs.every((word, i) => word === run.publicInputs[i]);
    if (same) return document;
    onRefused(`${path} is a proof of other inputs`);
  } catch (error) {
    if (!isWattestError(error)) throw error;
    onRefused(`${error.message} [${error.code}]`);
  }
  return undefined;
}

/** A folder that cannot be written costs time at the next run and nothing else. */
export async function writeCached(path: string, document: ProofDocument): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
    .then(() => writeWhole(path, [utf8ToBytes(writeProofDocument(document))]))
    .catch(() => {});
}

async function userSecret(): Promise<Uint8Array | undefined> {
  const folder = cacheDirectory();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = ownFile(join(folder, 'proof-names.key'));
    if ((await file.read()) === undefined)
      await file.write(bytesToHex(crypto.getRandomValues(new Uint8Array(32))));
    // Another process may have written its own in between.
    return hexToBytes((await file.read()) ?? '');
  } catch {
    return undefined;
  }
}
