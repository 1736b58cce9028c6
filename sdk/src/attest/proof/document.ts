/** The proof file: a proof and everything public that belongs to it, as JSON. It holds no private input. */
import type { G1Point } from '../../curve/g1.ts';
import { fail } from '../../errors/index.ts';
import { Reader, type ReaderErrors } from '../../json/reader.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { type Hex, MAX_COMMITMENTS, type ProgramKey, programId } from '../../plonk/keys/key.ts';
import { MAX_SHARDS } from '../../plonk/verify/run.ts';
import { SMALL_KINDS, type SmallKind } from '../session/small-kinds.ts';

export const PROOF_FORMAT = 'wattest-proof';
export const PROOF_FORMAT_VERSION = 2;

export interface ProofDocument {
  /** Version of the machine: its translation rules and circuit. */
  readonly system: string;
  /** Digest of the machine: what gives the program id its meaning. */
  readonly machine: Hex;
  /** Digest of the verifying key that the proof is for. */
  readonly verifyingKey: Hex;
  /** A small proof (`verifyingKey` is then that of the key that wraps): `wrap` of a run that one proof took, `joined` of one that took several. Undefined for all others. */
  readonly kind?: SmallKind;
  /** Number of proofs that make up `proof`: 1, or those of a run that takes several (`verifyingKey` then stands for their keys). */
  readonly shards: number;
  /** The key was made from a development SRS: the proof proves nothing to anyone else. */
  readonly insecure: boolean;
  readonly programId: Hex;
  readonly programKey: ProgramKey;
  /** Name of the export that was entered. */
  readonly entry: string;
  readonly statement: Statement;
  /** As the TypeScript verifier takes it; the contract's encoding adds the program key. Of several shards, as `encodeRun` writes them. */
  readonly proof: Hex;
}

export function writeProofDocument(document: ProofDocument): string {
  const { statement, programKey } = document;
  const words = (list: readonly bigint[]): string[] => list.map(String);
  const json = {
    format: PROOF_FORMAT,
    formatVersion: PROOF_FORMAT_VERSION,
    ...document,
    programKey: {
      log: programKey.log,
      entry: String(programKey.entry),
      commitments: programKey.commitments.map((p) => (p === null ? null : { x: hex(p.x), y: hex(p.y) })),
    },
    statement: {
      publicInputs: words(statement.publicInputs),
      publicOutputs: words(statement.publicOutputs),
      status: String(statement.status),
    },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * Parses a proof file. Only its form is checked here, and that the program key has the program id it is said to have;
 * `verify` checks the rest.
 * @throws PROOF_MALFORMED, PROOF_VERSION
 */
export function readProofDocument(text: string, where: string): ProofDocument {
  const top = Reader.parse(text, where, ERRORS);
  if (top.at('format').value !== PROOF_FORMAT) top.invalid(`"format" is not "${PROOF_FORMAT}"`);
  const version = top.at('formatVersion').value;
  if (version !== PROOF_FORMAT_VERSION) {
    fail('PROOF_VERSION', `proof format ${String(version)}, this is ${PROOF_FORMAT_VERSION}`, {
      where,
      fix: 'Use the release of wattest that made the proof, or prove again with this one',
    });
  }
  const key = top.at('programKey');
  const statement = top.at('statement');
  const words = (name: string): bigint[] => statement.at(name).list((word) => word.decimal(1n << 64n));
  const document: ProofDocument = {
    system: top.at('system').text(),
    machine: top.at('machine').hex(32),
    verifyingKey: top.at('verifyingKey').hex(32),
    ...kindOf(top),
    shards: top.at('shards').integer(MAX_SHARDS),
    insecure: top.at('insecure').boolean(),
    programId: top.at('programId').hex(32),
    programKey: {
      log: Number(key.at('log').decimal(1n << 8n)),
      entry: key.at('entry').decimal(1n << 64n),
      commitments: key.at('commitments').list(readPoint, MAX_COMMITMENTS),
    },
    entry: top.at('entry').text(),
    statement: {
      publicInputs: words('publicInputs'),
      publicOutputs: words('publicOutputs'),
      status: statement.at('status').decimal(1n << 64n),
    },
    proof: top.at('proof').hex(),
  };
  if (programId(document.machine, document.programKey) !== document.programId) {
    top.invalid('the program key does not have the program id it is given with');
  }
  return document;
}

/** What kind a document says that its proof is. */
export function kindOf(top: Reader): { readonly kind?: SmallKind } {
  const kind = top.at('kind');
  return kind.value === undefined ? {} : { kind: kind.oneOf(SMALL_KINDS) };
}

/**
 * For whoever takes proofs that stand alone, as contracts do.
 * @throws PROOF_SHARDED for one of a run that took several
 */
export function requireOneProof({ shards }: ProofDocument, where: string): void {
  if (shards === 1) return;
  fail('PROOF_SHARDED', `the run took ${shards} proofs, and a contract takes one`, {
    where,
    fix: 'Verify it with `wattest verify`; for a chain prove with --wrap, which joins them to one small proof',
  });
}

/**
 * Bytes of a hex string of the document.
 * @throws PROOF_MALFORMED for anything but `0x` and whole bytes in lower-case hexadecimal
 */
export function bytesOf(text: Hex): Uint8Array {
  return new Reader(text, 'bytesOf', ERRORS).bytes();
}

const ERRORS: ReaderErrors = {
  code: 'PROOF_MALFORMED',
  fix: 'Give a file that `wattest prove` of this version wrote, unchanged',
};

const hex = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

function readPoint(json: Reader): G1Point {
  if (json.value === null) return null;
  const [x, y] = [BigInt(json.at('x').hex(32)), BigInt(json.at('y').hex(32))];
  // One spelling for one key: the id would be the same.
  if (x === 0n && y === 0n) json.invalid('is infinity, which is written null and not (0, 0)');
  return { x, y };
}
