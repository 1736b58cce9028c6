/** Verifies a proof file against a key, and against the module it is about. */
import { fail, isWattestError } from '../errors/index.ts';
import { describeStatus, type StatusDescription } from '../machine/status.ts';
import type { Statement } from '../plonk/declare.ts';
import { type Hex, programId as idOf, type VerifyingKey } from '../plonk/key.ts';
import { verifyProof } from '../plonk/verifier.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { programIdOf } from './identify.ts';
import type { Session } from './session.ts';

export interface VerifyParameters {
  readonly document: ProofDocument;
  /** The module that the proof must be about. Give this or `programId`. */
  readonly wasm?: Uint8Array;
  /** The program id that the proof must be about, from somewhere you trust. */
  readonly programId?: Hex;
  /** The export that must have been entered. With `wasm`; default: the one the proof file names, returned as `entry`. */
  readonly invoke?: string;
  /** How the run must have ended. Default: `returned`; everything else says that the program failed. */
  readonly expect?: ExpectedStatus;
}

/** The kind of a status, the status itself, or `any`, which leaves the judging of `Accepted.status` to the caller. */
export type ExpectedStatus = 'returned' | 'exited' | 'trapped' | 'any' | bigint;

/** What was accepted, from the key and the module, nothing of it on the word of the proof file. */
export interface Accepted {
  readonly programId: Hex;
  /** The export that was entered, where the module was given. */
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
 * @throws PROOF_FOREIGN_KEY, PROOF_PROGRAM, PROOF_STATUS, the PROOF_… errors of the verifier, the errors of loading the
 *   module
 */
export async function verify(session: Session, parameters: VerifyParameters): Promise<Accepted> {
  const { document, wasm } = parameters;
  if (typeof document?.programKey?.entry !== 'bigint' || typeof document.statement?.status !== 'bigint') {
    fail('PROOF_MALFORMED', 'the document is not what `readProofDocument` returns', {
      where: 'verify',
      fix: 'Read the text of the file with readProofDocument, not with JSON.parse',
    });
  }
  const invoke = parameters.invoke ?? document.entry;
  requireKey(document, session.verifyingKey);
  const expected =
    parameters.programId ?? (wasm === undefined ? undefined : await idOfExport(session, wasm, invoke));
  if (expected === undefined) {
    fail('INPUT_MISSING', 'nothing says which program the proof must be about', {
      where: 'verify',
      fix: 'Give the module or its program id',
    });
  }
  // The key is what the proof is verified with; an id that stands beside it in the document proves nothing.
  const actual = idOf(document.programKey);
  if (expected !== actual || document.programId !== actual) {
    fail('PROOF_PROGRAM', `the proof is about program ${actual}, not ${expected} (export ${invoke})`, {
      fix: 'Use the module and the export that were proven, byte for byte',
    });
  }
  verifyProof({
    key: session.verifyingKey,
    program: document.programKey,
    statement: document.statement,
    proof: bytesOf(document.proof),
  });
  const { statement } = document;
  const status = describeStatus(statement.status);
  requireStatus(statement.status, status, parameters.expect ?? 'returned');
  return {
    programId: actual,
    entry: wasm === undefined ? undefined : invoke,
    statement,
    status,
    insecure: session.verifyingKey.insecure,
  };
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

/** The proof is genuine, and what it shows is not what was asked for. */
function requireStatus(word: bigint, { kind, text }: StatusDescription, expect: ExpectedStatus): void {
  if (expect === 'any' || expect === kind || expect === word) return;
  const wanted = typeof expect === 'bigint' ? describeStatus(expect).text : expect;
  fail('PROOF_STATUS', `the proof is genuine, of a run that ${text}; expected is one that ${wanted}`, {
    fix:
      kind === 'returned'
        ? 'Ask for a proof of the failure, or expect a run that returned'
        : 'Do not take its outputs for results; ask for a proof of a run that returned, or say that this one is welcome (--expect)',
  });
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
