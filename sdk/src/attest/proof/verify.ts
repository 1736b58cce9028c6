/** Verifies a proof file against a key, and against the module it is about. */
import { fail } from '../../errors/index.ts';
import type { Program } from '../../machine/program.ts';
import { parseEntry } from '../../machine/signature.ts';
import {
  describeStatus,
  type ExpectedStatus,
  requireStatus,
  type StatusDescription,
} from '../../machine/status.ts';
import { translate } from '../../machine/translate/translate.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { type Hex, programId as idOf, machineDigest, type VerifyingKey } from '../../plonk/keys/key.ts';
import {
  decodeRun,
  type RunKeys,
  runDigest,
  type VerifyRunParameters,
  verifyingKeys,
  verifyRun,
} from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import { exportedFunction, type Module, quote } from '../../wasm/types.ts';
import { loadModule } from '../module/load.ts';
import { publicArgumentWords } from '../run/arguments.ts';
import { idOfProgram } from '../session/identify.ts';
import type { Keys } from '../session/session.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { copyDocument } from './document-copy.ts';

export interface VerifyParameters {
  readonly document: ProofDocument;
  /** The module that the proof must be about. Give this or `programId`, or both, and the proof must agree with both. */
  readonly wasm?: Uint8Array;
  /** The program id that the proof must be about, from somewhere you trust. It stands for one export of one module. */
  readonly programId?: Hex;
  /** The export of `wasm` that must have been entered; default: the one that the proof file names, whichever that is. */
  readonly invoke?: string;
  /** How the run must have ended. Default: `returned`; everything else says that the program failed. */
  readonly expect?: ExpectedStatus;
}

/** What was accepted, from the key and the module, nothing of it on the word of the proof file. */
export interface Accepted {
  readonly programId: Hex;
  /**
   * The export of the given module that was entered; undefined where only an id was given. Where `invoke` was left out, it is for the
   * caller to look at: the prover chose it.
   */
  readonly entry: string | undefined;
  readonly statement: Statement;
  /** How the run ended: `statement.status` in words. */
  readonly status: StatusDescription;
  /** How many proofs the run took; a contract takes one. */
  readonly shards: number;
  /** The verifying key stands on a development SRS: anyone can make such a proof of anything. */
  readonly insecure: boolean;
}

/**
 * Returns if the proof is accepted: the named program, entered at this export, with these public words, ended as expected.
 * Throws otherwise, with the reason by name.
 * @throws INPUT_MISSING where nothing names the program, or an export without its module; EXPORT_MISSING where the module lacks the
 *   export `invoke`; PROOF_MALFORMED for a document that `readProofDocument` would not return; PROOF_FOREIGN_KEY, PROOF_PROGRAM,
 *   PROOF_ARGUMENTS where the module is given and the statement has fewer words than the export has parameters, PROOF_STATUS, the
 *   PROOF_… errors of the verifier, TRACE_TOO_TALL where the key is too small for the module, the errors of loading the module
 */
export async function verify(keys: Keys, parameters: VerifyParameters): Promise<Accepted> {
  const { wasm, programId, invoke, expect } = parameters;
  // Read once: what is verified, also behind what is awaited, is what is returned, whatever object was given.
  const document = copyDocument(parameters.document, 'verify');
  const { programKey, statement } = document;
  if (wasm === undefined && invoke !== undefined) {
    fail('INPUT_MISSING', 'an export is named, but not its module', {
      where: 'verify',
      fix: 'Give the module, or leave the export out: the program id covers it',
    });
  }
  if (wasm === undefined && programId === undefined) {
    fail('INPUT_MISSING', 'nothing says which program the proof must be about', {
      where: 'verify',
      fix: 'Give the module or the program id',
    });
  }
  const key = keys.verifyingKey;
  const shardKeys = await runKeysOf(keys, document);
  requireKey(document, key, shardKeys === undefined ? key.digest : runDigest(shardKeys));
  // The key is what the proof is verified with; an id that stands beside it in the document proves nothing.
  const actual = idOf(document.machine, programKey);
  if (programId !== undefined && programId !== actual) refuseProgram(actual, programId);
  if (document.programId !== actual) refuseProgram(actual, document.programId);
  const entered =
    wasm === undefined
      ? undefined
      : await requireModule(keys, actual, { wasm, invoke, named: document.entry });
  const proof = bytesOf(document.proof);
  if (shardKeys === undefined) verifyProof({ key, program: programKey, statement, proof });
  else verifyShards({ keys: shardKeys, program: programKey, statement, proof }, document.shards);
  if (entered !== undefined) requireArguments(entered, statement);
  const status = describeStatus(statement.status);
  requireStatus(statement.status, expect);
  const { shards } = document;
  return {
    programId: actual,
    entry: entered?.entryName,
    statement,
    status,
    shards,
    insecure: key.insecure,
  };
}

/**
 * A run that was not given a word for each parameter was never one of the function: genuine as its proof is, it says nothing of
 * what the function does.
 */
function requireArguments(
  { entryName, entryType, typed }: Pick<Program, 'entryName' | 'entryType' | 'typed'>,
  { publicInputs }: Statement,
): void {
  const count = (typed === undefined ? entryType : typed.signature).parameters.length;
  const isWhole =
    typed === undefined
      ? publicInputs.length >= count
      : publicArgumentWords(typed, publicInputs) !== undefined;
  if (isWhole) return;
  fail(
    'PROOF_ARGUMENTS',
    `the proof is genuine, of a run with ${publicInputs.length} public words, and ${quote(entryName)} has ${count} parameters`,
    { fix: 'Ask for a proof of a run with all arguments; this one shows how the host refuses a call' },
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
  }: { readonly wasm: Uint8Array; readonly invoke: string | undefined; readonly named: string },
): Promise<Program> {
  const module = loadModule(wasm);
  const entry = invoke ?? named;
  if (invoke === undefined && !isEntry(module, named)) {
    refuseProgram(actual, `of this module, which exports no function ${quote(named)}`);
  }
  const program = translate(module, { entry });
  const id = await idOfProgram(keys, program);
  if (id !== actual) refuseProgram(actual, `${id} (export ${quote(entry)})`);
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

/** Whether the text is an export, or a typed entry of one. */
function isEntry(module: Module, text: string): boolean {
  if (exportedFunction(module, text) !== undefined) return true;
  const typed = parseEntry(text);
  return typeof typed === 'object' && exportedFunction(module, typed.name) !== undefined;
}

const UNCHANGED = 'Give a file that `wattest prove` wrote, unchanged';

function refuseProgram(actual: Hex, other: string): never {
  fail('PROOF_PROGRAM', `the proof is about program ${actual}, not ${other}`, {
    fix: 'Use the module and the export that were proven, byte for byte',
  });
}

/**
 * The keys of a run whose proofs share a bus; undefined for a proof that stands alone. Of those that could have made such a file the ones that the file
 * names, else the usual ones, for a refusal.
 */
async function runKeysOf(keys: Keys, { shards, verifyingKey }: ProofDocument): Promise<RunKeys | undefined> {
  if (shards === 1 && verifyingKey === keys.verifyingKey.digest) return undefined;
  const usual = shards === 1 ? undefined : verifyingKeys(await keys.shardKeys());
  if (usual !== undefined && runDigest(usual) === verifyingKey) return usual;
  const others = verifyingKeys(await keys.shardKeys('poseidon2'));
  return runDigest(others) === verifyingKey ? others : usual;
}

/** A proof under another key is a mismatch of versions or SRS, not a forgery: say which. */
function requireKey(document: ProofDocument, key: VerifyingKey, digest: Hex): void {
  if (document.verifyingKey === digest) {
    const malformed = (problem: string): never => fail('PROOF_MALFORMED', problem, { fix: UNCHANGED });
    if (document.insecure !== key.insecure)
      malformed(`the proof file says that its key is ${document.insecure ? '' : 'not '}insecure`);
    const machine = machineDigest(key);
    if (document.machine !== machine)
      malformed(`the proof file names machine ${document.machine}, its key is of ${machine}`);
    return;
  }
  const { version } = key.shape;
  const what =
    document.system === version
      ? `the proof is for verifying key ${document.verifyingKey}, this is ${digest} (another SRS or size limit)`
      : `the proof was made by machine version ${document.system}, this is ${version}`;
  fail('PROOF_FOREIGN_KEY', what, { fix: 'Use the release, SRS and limits that the proof was made with' });
}

/** The proofs of all shards, as many as the file says. */
function verifyShards(
  { keys, proof, ...about }: Omit<VerifyRunParameters, 'proofs'> & { readonly proof: Uint8Array },
  shards: number,
): void {
  const proofs = decodeRun(keys, proof);
  if (proofs.length !== shards) {
    fail('PROOF_MALFORMED', `the proof file says ${shards} shards, its proof has ${proofs.length}`, {
      fix: UNCHANGED,
    });
  }
  verifyRun({ keys, proofs, ...about });
}
