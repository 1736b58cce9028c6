/** What the parts of the runtime share: the manifest, the keys, compiled verifiers. */
import { join } from 'node:path';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { type ContractKind, cannotReturn, contractKey } from '../attest/session/contract-kinds.ts';
import { type Keys, openKeys } from '../attest/session/session.ts';
import type { VerifierOfKind } from '../chain/calls.ts';
import { type ManifestFile, readManifestFile } from '../cli/bind/manifest-file.ts';
import { ProgressBar } from '../cli/progress.ts';
import { optionsOf } from '../cli/session.ts';
import { namedStore } from '../platform/files.ts';
import { compileCached } from '../solidity/compile-cache.ts';
import { generateVerifier } from '../solidity/generate.ts';
import { readManifestObject } from '../typed/manifest.ts';
import type { ManifestProgram } from '../typed/program.ts';
import { compileWithHardhat } from './solc.ts';

/** What whoever finds generated files stale should do. */
export const STALE_FIX =
  'Run `npx hardhat wattest bind`, look at what changed, and deploy contracts that hold an id again';

/** What the parts of the runtime share. */
export interface Shared {
  readonly hre: HardhatRuntimeEnvironment;
  manifest(): Promise<ManifestFile>;
  /** A program of the manifest; undefined where there is none of the name. */
  typed(name: string): Promise<ManifestProgram | undefined>;
  /** Opened once, when they are first asked for. */
  keys(): Promise<Keys>;
  /** The verifier of a kind of proofs, compiled by Hardhat's compiler; made once, or found in the user's cache. */
  verifier(kind: ContractKind): Promise<VerifierOfKind & { readonly kind: ContractKind }>;
  /** The same, compiled anew: what must stand on chain follows from the key alone, and from no cache. */
  readonly anew: Shared['verifier'];
}

export function share(hre: HardhatRuntimeEnvironment): Shared & { dispose(): Promise<void> } {
  const { manifest: path, declared } = hre.config.wattest;
  let opened: Promise<Keys> | undefined;
  const verifiers = new Map<ContractKind, ReturnType<Shared['verifier']>>();
  const keys = (): Promise<Keys> => {
    opened ??= openShared(optionsOf(hre.config.wattest));
    // Tried again when it is asked for again.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  const verifier: Shared['verifier'] = async (kind) => {
    const open = await keys();
    const generated = generateVerifier(await contractKey(open, kind));
    return {
      kind,
      generated,
      contract: await compileCached(generated, await namedStore(), (source) =>
        compileWithHardhat(hre, source),
      ),
      cannotReturn: await cannotReturn(open),
    };
  };
  const known: Shared['verifier'] = (kind) => {
    const there = verifiers.get(kind);
    if (there !== undefined) return there;
    const made = verifier(kind);
    verifiers.set(kind, made);
    made.catch(() => verifiers.delete(kind));
    return made;
  };
  const manifest: Shared['manifest'] = async () => {
    if (declared === undefined) return readManifestFile(path);
    const { root, config = join(root, 'hardhat.config.ts') } = hre.config.paths;
    return {
      path: config,
      folder: root,
      manifest: readManifestObject(declared, `${config}: wattest`),
    };
  };
  return {
    hre,
    keys,
    manifest,
    typed: async (name) => (await manifest()).manifest.programs.find((program) => program.name === name),
    verifier: known,
    anew: async (kind) => {
      const made = await known(kind);
      return { ...made, contract: await compileWithHardhat(hre, made.generated) };
    },
    dispose: async () => {
      const open = opened;
      opened = undefined;
      if (open !== undefined) await (await open.catch(() => undefined))?.dispose();
    },
  };
}

async function openShared(options: Parameters<typeof openKeys>[0]): Promise<Keys> {
  const bar = new ProgressBar();
  try {
    return await openKeys({
      ...options,
      onProgress: bar.update,
      onWarning: (message) => {
        bar.done();
        process.stderr.write(`${message}\n`);
      },
    });
  } finally {
    bar.done();
  }
}
