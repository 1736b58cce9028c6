/** Verifies a proof document with verifying keys alone: nothing of the machine but what a status means. */
import { fail } from '../../errors/index.ts';
import {
  describeStatus,
  type ExpectedStatus,
  requireStatus,
  type StatusDescription,
} from '../../machine/status.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { type Hex, programId as idOf, machineDigest, type VerifyingKey } from '../../plonk/keys/key.ts';
import {
  decodeRun,
  MAX_SHARDS,
  type RunKeys,
  runDigest,
  type VerifyRunParameters,
  verifyRun,
} from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { copyDocument } from './document-copy.ts';
import { greatestWords } from './document-limits.ts';

/** What proofs are verified with. */
export interface VerifierKeys {
  /** Of proofs that stand alone. */
  readonly verifyingKey: VerifyingKey;
  /** Of runs whose proofs share a bus, asked for where the document does not name the key above; undefined where it is none of those. Left out: such runs are refused. */
  runKeys?(document: ProofDocument): Promise<RunKeys | undefined>;
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

/** The export that was entered, and how many words of the statement are its arguments. */
export interface Entered {
  readonly entryName: string;
  requireArguments(statement: Statement): void;
}

export interface VerifyDocumentParameters {
  readonly document: ProofDocument;
  /** The program id that the proof must be about; undefined: of any, for the caller to look at in what is accepted. */
  readonly programId: Hex | undefined;
  /** How the run must have ended; default: returned. */
  readonly expect?: ExpectedStatus | undefined;
  /** Of a module at hand: must be of the program `actual`; `named` is the export that the document names. */
  readonly enter?: ((actual: Hex, named: string) => Promise<Entered>) | undefined;
}

/**
 * Verifies a proof file with a key at hand. Nothing of it is taken on the file's word.
 * @throws PROOF_MALFORMED, PROOF_FOREIGN_KEY for another key, PROOF_PROGRAM for another program, PROOF_STATUS for a run that ended otherwise, PROOF_… for what does not verify
 */
export async function verifyDocument(
  keys: VerifierKeys,
  { document: given, programId, expect, enter }: VerifyDocumentParameters,
): Promise<Accepted> {
  // Read once: what is verified, also behind what is awaited, is what is returned, whatever object was given.
  const document = copyDocument(given, 'verify');
  const { programKey, statement, shards } = document;
  const key = keys.verifyingKey;
  // Before the keys of shards, which may have to be made.
  requireMachine(document, key);
  requireWords(document, key);
  const alone = shards === 1 && document.verifyingKey === key.digest;
  const shardKeys = alone ? undefined : await keys.runKeys?.(document);
  requireKey(document, key, shardKeys === undefined ? key.digest : runDigest(shardKeys));
  if (shardKeys === undefined && shards !== 1)
    malformed(`the proof file says ${shards} shards, and its key is that of one proof`);
  // The key is what the proof is verified with; an id that stands beside it in the document proves nothing.
  const actual = idOf(document.machine, programKey);
  if (programId !== undefined && programId !== actual) refuseProgram(actual, programId);
  if (document.programId !== actual) refuseProgram(actual, document.programId);
  const entered = await enter?.(actual, document.entry);
  const proof = bytesOf(document.proof);
  if (shardKeys === undefined) verifyProof({ key, program: programKey, statement, proof });
  else verifyShards({ keys: shardKeys, program: programKey, statement, proof }, shards);
  entered?.requireArguments(statement);
  requireStatus(statement.status, expect);
  return {
    programId: actual,
    entry: entered?.entryName,
    statement,
    status: describeStatus(statement.status),
    shards,
    insecure: key.insecure,
  };
}

export const UNCHANGED = 'Give a file that `wattest prove` wrote, unchanged';

export function refuseProgram(
  actual: Hex,
  other: string,
  fix = 'Use the module and the export that were proven, byte for byte',
): never {
  fail('PROOF_PROGRAM', `the proof is about program ${actual}, not ${other}`, { fix });
}

const malformed = (problem: string): never => fail('PROOF_MALFORMED', problem, { fix: UNCHANGED });

/** A proof under another key is a mismatch of versions or SRS, not a forgery: say which. */
function refuseKey(what: string): never {
  fail('PROOF_FOREIGN_KEY', what, { fix: 'Use the release, SRS and limits that the proof was made with' });
}

/** A proof of another machine is of none of its keys. */
function requireMachine({ system, machine: named, verifyingKey }: ProofDocument, key: VerifyingKey): void {
  // A key that wraps has a version of its own, and the machine that it is about in its digest.
  const version = key.shape.recursion === undefined ? key.shape.version : system;
  if (system !== version) refuseKey(`the proof was made by machine version ${system}, this is ${version}`);
  const machine = machineDigest(key);
  if (named === machine) return;
  if (verifyingKey === key.digest)
    malformed(`the proof file names machine ${named}, its key is of ${machine}`);
  refuseKey(`the proof is of machine ${named}, this is ${machine} (another release or SRS)`);
}

function requireWords({ statement, shards, kind }: ProofDocument, key: VerifyingKey): void {
  const words = statement.publicInputs.length + statement.publicOutputs.length;
  const most = greatestWords(key, kind === 'joined' ? MAX_SHARDS : shards);
  if (words > most) malformed(`the proof file has ${words} public words, more than the ${most} of any run`);
}

function requireKey(document: ProofDocument, key: VerifyingKey, digest: Hex): void {
  if (document.verifyingKey !== digest) {
    refuseKey(
      `the proof is for verifying key ${document.verifyingKey}, this is ${digest} (another SRS or size limit)`,
    );
  }
  if (document.insecure !== key.insecure)
    malformed(`the proof file says that its key is ${document.insecure ? '' : 'not '}insecure`);
}

/** The proofs of all shards, as many as the file says. */
function verifyShards(
  { keys, proof, ...about }: Omit<VerifyRunParameters, 'proofs'> & { readonly proof: Uint8Array },
  shards: number,
): void {
  const proofs = decodeRun(keys, proof);
  if (proofs.length !== shards)
    malformed(`the proof file says ${shards} shards, its proof has ${proofs.length}`);
  verifyRun({ keys, proofs, ...about });
}
