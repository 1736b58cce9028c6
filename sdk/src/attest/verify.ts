/** Verifies a proof file against a key, and against the module it is about. */
import { fail, isWattestError } from '../errors/index.ts';
import {
  describeStatus,
  type ExpectedStatus,
  requireStatus,
  type StatusDescription,
} from '../machine/status.ts';
import type { Statement } from '../plonk/declare.ts';
import { type Hex, programId as idOf, type VerifyingKey } from '../plonk/key.ts';
import { verifyProof } from '../plonk/verifier.ts';
import { quote } from '../wasm/types.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { programIdOf } from './identify.ts';
import { defaultEntry, loadModule } from './load.ts';
import type { Session } from './session.ts';

export interface VerifyParameters {
  readonly document: ProofDocument;
  /** The module that the proof must be about. Give this or `programId`, or both, and the proof must agree with both. */
  readonly wasm?: Uint8Array;
  /** The program id that the proof must be about, from somewhere you trust. It stands for one export of one module. */
  readonly programId?: Hex;
  /** The export of `wasm` that must have been entered; default: `_start`, or the only one. */
  readonly invoke?: string;
  /** How the run must have ended. Default: `returned`; everything else says that the program failed. */
  readonly expect?: ExpectedStatus;
}

/** What was accepted, from the key and the module, nothing of it on the word of the proof file. */
export interface Accepted {
  readonly programId: Hex;
  /** The export of the given module that was entered; undefined where only an id was given. */
  readonly entry: string | undefined;
  readonly statement: Statement;
  /** How the run ended: `statement.status` in words. */
  readonly status: StatusDescription;
  /** The verifying key stands on a development SRS: anyone can make such a proof of anything. */
  readonly insecure: boolean;
}

/**
 * Returns if the proof is accepted: the named program, entered at this export, with these public words, ended as expected.
 * Throws otherwise, with the reason by name.
 * @throws INPUT_MISSING where nothing names the program, or an export without its module; EXPORT_MISSING where nothing names one of several exports; PROOF_FOREIGN_KEY, PROOF_PROGRAM,
 *   PROOF_STATUS, the PROOF_… errors of the verifier, the errors of loading the module
 */
export async function verify(session: Session, parameters: VerifyParameters): Promise<Accepted> {
  const { document, wasm, programId } = parameters;
  // Read once: what is verified is what is returned, whatever object this is.
  const { programKey, statement, proof } = document ?? {};
  if (typeof programKey?.entry !== 'bigint' || typeof statement?.status !== 'bigint') {
    fail('PROOF_MALFORMED', 'the document is not what `readProofDocument` returns', {
      where: 'verify',
      fix: 'Read the text of the file with readProofDocument, not with JSON.parse',
    });
  }
  if (wasm === undefined && (programId === undefined || parameters.invoke !== undefined)) {
    fail('INPUT_MISSING', 'nothing says which program the proof must be about', {
      where: 'verify',
      fix: 'Give the module, or the program id without the name of an export, which the id covers',
    });
  }
  const entry = wasm === undefined ? undefined : (parameters.invoke ?? defaultEntry(loadModule(wasm)));
  requireKey(document, session.verifyingKey);
  // The key is what the proof is verified with; an id that stands beside it in the document proves nothing.
  const actual = idOf(programKey);
  if (programId !== undefined && programId !== actual) refuseProgram(actual, programId);
  if (document.programId !== actual) refuseProgram(actual, document.programId);
  if (wasm !== undefined && entry !== undefined) {
    // The name in the file must be true as well: of the export that is expected, or of the same function.
    for (const name of new Set([entry, document.entry])) {
      const id = await idOfExport(session, wasm, name);
      if (id === actual) continue;
      const assumed = parameters.invoke === undefined && name === entry && name !== document.entry;
      refuseProgram(actual, `${id} (export ${quote(name)})`, assumed ? name : undefined);
    }
  }
  verifyProof({ key: session.verifyingKey, program: programKey, statement, proof: bytesOf(proof) });
  const status = describeStatus(statement.status);
  requireStatus(statement.status, parameters.expect);
  return { programId: actual, entry, statement, status, insecure: session.verifyingKey.insecure };
}

/** `assumed`: the export that was taken because none was named. */
function refuseProgram(actual: Hex, other: string, assumed?: string): never {
  fail('PROOF_PROGRAM', `the proof is about program ${actual}, not ${other}`, {
    fix:
      assumed === undefined
        ? 'Use the module and the export that were proven, byte for byte'
        : `Use the module that was proven, or say with --invoke that another export than ${quote(assumed)} is meant`,
  });
}

/** A module without the export is another module than the one that was proven. */
async function idOfExport(session: Session, wasm: Uint8Array, invoke: string): Promise<Hex> {
  try {
    return await programIdOf(session, { wasm, invoke });
  } catch (error) {
    if (!isWattestError(error, 'EXPORT_MISSING')) throw error;
    return fail('PROOF_PROGRAM', `the module has no export of the name that the proof is about`, {
      fix: 'Use the module and the export that were proven, byte for byte',
      cause: error,
    });
  }
}

/** A proof under another key is a mismatch of versions or SRS, not a forgery: say which. */
export function requireKey(document: ProofDocument, key: VerifyingKey): void {
  if (document.verifyingKey === key.digest) {
    if (document.insecure === key.insecure) return;
    fail(
      'PROOF_MALFORMED',
      `the proof file says that its key is ${document.insecure ? '' : 'not '}insecure`,
      {
        fix: 'Give a file that `wattest prove` wrote, unchanged',
      },
    );
  }
  const { version } = key.shape;
  const what =
    document.system === version
      ? `the proof is for verifying key ${document.verifyingKey}, this is ${key.digest} (another SRS or size limit)`
      : `the proof was made by machine version ${document.system}, this is ${version}`;
  fail('PROOF_FOREIGN_KEY', what, { fix: 'Use the release, SRS and limits that the proof was made with' });
}
