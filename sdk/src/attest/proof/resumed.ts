/** A run that is gone on with: what is kept of it, and what an interruption leaves. */
import { isWattestError, WattestError } from '../../errors/index.ts';
import type { AskedWord } from '../../machine/execute/execute.ts';
import type { PrivateFile } from '../../platform/storage.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import { inputsDigest, readKept, wordsWithGiven } from '../jobs/kept.ts';
import { mismatch, requireTerms, termsOf } from '../jobs/open.ts';
import type { RunTerms } from '../jobs/order.ts';
import type { ProveRunParameters } from '../jobs/walk.ts';
import type { ImportParameters } from '../module/imports.ts';
import { fileWords } from '../run/given-files.ts';
import type { InputParameters, Inputs } from '../run/inputs.ts';
import { encodeStream, privateWords } from '../run/streams.ts';
import type { Session } from '../session/session.ts';

/** Of the parameters of `prove`; the file is this run's alone. */
interface ResumeParameters extends InputParameters, ImportParameters {
  readonly wasm: Uint8Array;
  readonly resume?: PrivateFile | undefined;
  readonly transcript?: TranscriptHash | undefined;
}

type Resumed = NonNullable<ProveRunParameters['resume']> & {
  readonly terms: RunTerms;
  /** What the run asked for before. */
  readonly words: readonly AskedWord[] | undefined;
};

/** What is kept of the run, which must be this one, and what to keep it by; undefined where nothing is to be kept. */
export async function resumed(
  session: Session,
  parameters: ResumeParameters,
  entry: string,
  { args, publicInputs, privateInputs }: Inputs,
): Promise<Resumed | undefined> {
  const { wasm, resume: file, privateStdin, files = {}, transcript } = parameters;
  if (file === undefined) return undefined;
  const kept = await readKept(file);
  const terms = termsOf(await session.shardKeys(transcript), wasm, entry, parameters);
  const given = { args, publicInputs, privateInputs };
  const stream = encodeStream(privateStdin ?? '');
  const inputs = inputsDigest(given, stream);
  if (kept !== undefined) {
    requireTerms(kept.terms, terms, file.location);
    if (kept.inputs !== inputs) mismatch('the run was begun with other inputs', file.location);
  }
  return {
    file,
    kept,
    inputs,
    terms,
    words: kept && wordsWithGiven(kept, privateWords({ privateStdin }, fileWords(files))),
  };
}

/** Of an interruption that leaves something to go on with: where that is. */
export async function howToGoOn(error: unknown, file: PrivateFile | undefined): Promise<unknown> {
  if (!isWattestError(error, 'ABORTED') || (await file?.read()) === undefined) return error;
  return new WattestError('ABORTED', 'proving was interrupted; what is done is kept', {
    where: file!.location,
    fix: 'Prove again in the same way to go on, or delete this file: it is as secret as the private inputs',
    cause: error,
  });
}
