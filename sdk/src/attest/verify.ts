/** Verifies a proof file against a key, and against the module it is about. */
import { fail } from '../errors/index.ts';
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
  /** The export that must have been entered; default: the one the proof file names. */
  readonly invoke?: string;
}

/**
 * Returns if the proof is accepted: the named program, entered at this export, with these public words, ended so. Throws
 * otherwise, with the reason by name.
 * @throws PROOF_FOREIGN_KEY, PROOF_PROGRAM, the PROOF_… errors of the verifier, the errors of loading the module
 */
export async function verify(session: Session, parameters: VerifyParameters): Promise<void> {
  const { document, wasm } = parameters;
  const invoke = parameters.invoke ?? document.entry;
  requireKey(document, session.verifyingKey);
  const expected =
    parameters.programId ?? (wasm === undefined ? undefined : await programIdOf(session, { wasm, invoke }));
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
}

/** A proof under another key is a mismatch of versions or SRS, not a forgery: say which. */
export function requireKey(document: ProofDocument, key: VerifyingKey): void {
  if (document.verifyingKey === key.digest) return;
  const { version } = key.shape;
  const what =
    document.system === version
      ? `the proof is for verifying key ${document.verifyingKey}, this is ${key.digest} (another SRS or size limit)`
      : `the proof was made by machine version ${document.system}, this is ${version}`;
  fail('PROOF_FOREIGN_KEY', what, { fix: 'Use the release, SRS and limits that the proof was made with' });
}
