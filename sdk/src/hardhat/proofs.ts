/** Proofs of typed programs, kept in the project's cache. */
import { join } from 'node:path';
import type { ProofDocument } from '../attest/proof/document.ts';
import { type ProveParameters, prove } from '../attest/proof/prove.ts';
import { type Keys, startKernels } from '../attest/session/session.ts';
import { hostBindings, requireFresh } from '../cli/bind/bind.ts';
import { moduleFile, programOf } from '../cli/bind/manifest-file.ts';
import { readBytes } from '../cli/files.ts';
import { warn } from '../cli/options.ts';
import { ProgressBar } from '../cli/progress.ts';
import { encodeInputs, type TypedProgram, typedProgram } from '../typed/typed-program.ts';
import { cachePath, readCached, writeCached } from './proof-cache.ts';
import { type Shared, STALE_FIX } from './shared.ts';
import type { ProgramName, ProgramProof, ProgramValues, ProveSettings } from './types.ts';

/** See `WattestRuntime.prove`. */
export async function proveProgram<N extends ProgramName>(
  shared: Shared,
  name: N,
  values: ProgramValues<N>,
  settings: ProveSettings = {},
): Promise<ProgramProof<N>> {
  const { wrap = false, fresh = false } = settings;
  const file = await shared.manifest();
  const program = programOf(file, name);
  const { inputs = {}, privateInputs = {} } = values as {
    readonly inputs?: unknown;
    readonly privateInputs?: unknown;
  };
  // Before anything takes time.
  const encoded = encodeInputs(program, inputs, privateInputs);
  const wasm = await readBytes(moduleFile(file, program));
  const keys = await shared.keys();
  const { id, files } = await hostBindings(file, program, wasm, keys);
  await requireFresh(files, STALE_FIX);
  const run = { programId: id, wrap, ...encoded };
  const path = await cachePath(join(shared.hre.config.paths.cache, 'wattest', 'proofs'), keys, run);
  const kept =
    path === undefined || fresh
      ? undefined
      : await readCached(path, keys, run, (reason) => warn(`proving again: ${reason}`));
  const document = kept ?? (await proveNow(keys, { wasm, ...encoded, wrap }, settings));
  if (kept === undefined && path !== undefined) await writeCached(path, document);
  const codec = typedProgram(name, id, program.declaration) as TypedProgram<
    ProgramProof<N>['inputs'],
    unknown,
    ProgramProof<N>['outputs']
  >;
  return { program: name, programId: id, document, ...codec.read(document), cached: kept !== undefined };
}

async function proveNow(
  keys: Keys,
  parameters: ProveParameters,
  { signal, onProgress, maxInstructions, maxMemoryBytes }: ProveSettings,
): Promise<ProofDocument> {
  const session = await startKernels(keys);
  const bar = new ProgressBar();
  try {
    const { document } = await prove(session, {
      ...parameters,
      onProgress: onProgress ?? bar.update,
      ...(signal === undefined ? {} : { signal }),
      ...(maxInstructions === undefined ? {} : { maxInstructions }),
      ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
    });
    return document;
  } finally {
    bar.done();
  }
}
