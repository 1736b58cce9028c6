/** Verifies a proof file against the keys of a session, and against the module it is about. */
import { fail, isWattestError } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { Program } from '../../machine/program.ts';
import { parseCalls } from '../../machine/signature.ts';
import type { ExpectedStatus } from '../../machine/status.ts';
import { bindImports } from '../../machine/translate/imports.ts';
import { translate } from '../../machine/translate/translate.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { type RunKeys, runDigest, verifyingKeys } from '../../plonk/verify/run.ts';
import { exportedFunction, type Module, quote } from '../../wasm/types.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadBound, loadModule } from '../module/load.ts';
import { parametersOf, publicArgumentWords, stringsOf } from '../run/arguments.ts';
import { sameFiles } from '../run/given-files.ts';
import { contractKey, contractKind } from '../session/contract-kinds.ts';
import { idOfProgram } from '../session/identify.ts';
import type { Keys } from '../session/session.ts';
import type { ProofDocument } from './document.ts';
import { copyDocument } from './document-copy.ts';
import { type Accepted, refuseProgram, UNCHANGED, verifyDocument } from './verify-document.ts';

export interface VerifyParameters extends ImportParameters {
  readonly document: ProofDocument;
  /** The module that the proof must be about. Give this or `programId`, or both, and the proof must agree with both. */
  readonly wasm?: Uint8Array;
  /** The program id that the proof must be about, from somewhere you trust. It stands for one export of one module. */
  readonly programId?: Hex;
  /** The export of `wasm` that must have been entered; default: the one that the proof file names, whichever that is. */
  readonly invoke?: string;
  /** The files that the run must have had, all of them: bytes or SHA-256 by name. With `wasm`. Default: any; `Accepted.statement` has them. */
  readonly files?: Readonly<Record<string, Hex | Uint8Array>>;
  /** How the run must have ended. Default: `returned`; everything else says that the program failed. */
  readonly expect?: ExpectedStatus;
}

const NAMES: OptionNames<VerifyParameters> = {
  ...IMPORT_NAMES,
  document: true,
  wasm: true,
  programId: true,
  invoke: true,
  files: true,
  expect: true,
};

/**
 * Returns if the proof is accepted: the named program, entered at this export, with these public words, ended as expected.
 * Throws otherwise, with the reason by name.
 * @throws INPUT_MISSING where nothing names the program, or an export without its module; EXPORT_MISSING where the module lacks the
 *   export `invoke`; PROOF_MALFORMED for a document that `readProofDocument` would not return; PROOF_FOREIGN_KEY, PROOF_PROGRAM,
 *   PROOF_FILES where the run had other files, PROOF_ARGUMENTS where the module is given and the statement has fewer words than the export has parameters, or strings that are no UTF-8, PROOF_STATUS, the
 *   PROOF_… errors of the verifier, TRACE_TOO_TALL where the key is too small for the module, the errors of loading the module
 */
export async function verify(keys: Keys, parameters: VerifyParameters): Promise<Accepted> {
  requireNames(parameters, NAMES, 'verify');
  const { document, wasm, programId, invoke, files, expect } = parameters;
  if (wasm === undefined && invoke !== undefined) {
    fail('INPUT_MISSING', 'an export is named, but not its module', {
      where: 'verify',
      fix: 'Give the module, or leave the export out: the program id covers it',
    });
  }
  if (wasm === undefined && files !== undefined) {
    fail('INPUT_MISSING', 'files are named, but not the module that says which words are files', {
      where: 'verify',
      fix: 'Give the module too',
    });
  }
  if (wasm === undefined && programId === undefined) {
    fail('INPUT_MISSING', 'nothing says which program the proof must be about', {
      where: 'verify',
      fix: 'Give the module or the program id',
    });
  }
  const own = copyDocument(document, 'verify');
  const verifyingKey = await contractKey(keys, contractKind(own));
  return verifyDocument(
    { verifyingKey, runKeys: async (named) => (own.kind === undefined ? runKeysOf(keys, named) : undefined) },
    {
      document: own,
      programId,
      expect,
      enter:
        wasm &&
        (async (actual, named) => {
          const program = await requireModule(keys, actual, { wasm, invoke, named, imports: parameters });
          return {
            entryName: program.entryName,
            requireArguments: (statement) => {
              requireArguments(program, statement);
              if (files !== undefined) requireFiles(program, statement, files);
            },
          };
        }),
    },
  );
}

/**
 * A run that was not given a word for each parameter was never one of the function: genuine as its proof is, it says nothing of
 * what the function does.
 */
function requireArguments(
  { entryName, entryType, typed }: Pick<Program, 'entryName' | 'entryType' | 'typed'>,
  { publicInputs }: Statement,
): void {
  const count = (typed === undefined ? entryType.parameters : parametersOf(typed)).length;
  const isWhole =
    typed === undefined
      ? publicInputs.length >= count
      : publicArgumentWords(typed, publicInputs) !== undefined;
  if (isWhole) {
    if (typed === undefined || stringsOf(typed, publicInputs) !== undefined) return;
    fail(
      'PROOF_ARGUMENTS',
      `the proof is genuine, of a run of ${quote(entryName)} with arguments, environment or files whose names are no UTF-8 text`,
      { fix: 'Ask for a proof of a run with texts: bytes that are none can look like others' },
    );
  }
  fail(
    'PROOF_ARGUMENTS',
    `the proof is genuine, of a run with ${publicInputs.length} public words, and ${quote(entryName)} has ${count} parameters`,
    { fix: 'Ask for a proof of a run with all arguments; this one shows how the host refuses a call' },
  );
}

/** Files that a message names: there may be 256. */
const MAX_SHOWN = 5;

/** @throws PROOF_FILES */
function requireFiles(
  { typed }: Pick<Program, 'typed'>,
  { publicInputs }: Statement,
  files: NonNullable<VerifyParameters['files']>,
): void {
  const stated = (typed && stringsOf(typed, publicInputs)?.files) ?? [];
  if (sameFiles(stated, files)) return;
  const shown = stated
    .slice(0, MAX_SHOWN)
    .map(({ name, digest }) => `${quote(name)}=sha256:${digest.slice(2)}`);
  const more = stated.length > MAX_SHOWN ? ', …' : '';
  fail(
    'PROOF_FILES',
    `the proof is genuine, of a run with ${stated.length === 0 ? 'no files' : `other files: ${shown.join(', ')}${more}`}`,
    { fix: 'Name the files that the run must have had, byte for byte, all of them' },
  );
}

/** What the module is, entered at the export that was; it, and the name that stands in the file, must be of the program `actual`. */
async function requireModule(
  keys: Keys,
  actual: Hex,
  {
    wasm,
    invoke,
    named,
    imports,
  }: {
    readonly wasm: Uint8Array;
    readonly invoke: string | undefined;
    readonly named: string;
    readonly imports: ImportParameters;
  },
): Promise<Program> {
  const module = loadBound(wasm, imports);
  const entry = invoke ?? named;
  if (invoke === undefined && !isEntry(module, named)) {
    refuseProgram(actual, `of this module, which exports no function ${quote(named)}`);
  }
  const program = translateAsBound(module, entry, { wasm, actual });
  const id = await idOfProgram(keys, program);
  if (id !== actual) {
    const bound = module.globals.some((global) => global.import !== undefined);
    refuseProgram(actual, `${id} (export ${quote(entry)})`, bound ? AS_BOUND : undefined);
  }
  if (named === program.entryName) return program;
  // Another name of the same entry is as true.
  if (isEntry(module, named) && (await idOfProgram(keys, translate(module, { entry: named }))) === id)
    return program;
  fail(
    'PROOF_PROGRAM',
    `the proof file names the export ${quote(named)}, which is not the one that was entered`,
    {
      fix: UNCHANGED,
    },
  );
}

const AS_BOUND =
  'Bind the imports as they were when it was proven: --trap-imports, --global NAME=VALUE (trapImports, globals in the SDK)';

/** A module that is no program only because of how its imports are bound here may be that of the proof, bound in another way. */
function translateAsBound(
  module: Module,
  entry: string,
  { wasm, actual }: { readonly wasm: Uint8Array; readonly actual: Hex },
): Program {
  try {
    return translate(module, { entry });
  } catch (error) {
    if (!isWattestError(error, 'MODULE_UNSUPPORTED') || !isProgramWithImports(wasm, entry)) throw error;
    const here = `no program as its imports are bound here: ${error.message}`;
    fail('PROOF_PROGRAM', `the proof is about program ${actual}, and the module is ${here}`, {
      fix: AS_BOUND,
      cause: error,
    });
  }
}

/** Whether the module is a program where every function that it lacks traps and every global has some value. */
function isProgramWithImports(wasm: Uint8Array, entry: string): boolean {
  const module = loadModule(wasm);
  const globals = new Map(module.imports.map((_, index) => [index, 0n]));
  try {
    translate(bindImports(module, { trapImports: true, globals }), { entry });
    return true;
  } catch (error) {
    if (isWattestError(error)) return false;
    throw error;
  }
}

/** Whether the text is an export, or a typed entry of one. */
function isEntry(module: Module, text: string): boolean {
  if (exportedFunction(module, text) !== undefined) return true;
  const calls = parseCalls(text);
  return typeof calls === 'object' && calls.every(({ name }) => exportedFunction(module, name) !== undefined);
}

/**
 * The keys of a run whose proofs share a bus; undefined for a proof that stands alone. Of those that could have made such a file the ones that the file
 * names, else the usual ones, for a refusal.
 */
async function runKeysOf(keys: Keys, { shards, verifyingKey }: ProofDocument): Promise<RunKeys | undefined> {
  const usual = shards === 1 ? undefined : verifyingKeys(await keys.shardKeys());
  if (usual !== undefined && runDigest(usual) === verifyingKey) return usual;
  const others = verifyingKeys(await keys.shardKeys('poseidon2'));
  return runDigest(others) === verifyingKey ? others : usual;
}
