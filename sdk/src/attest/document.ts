/** The proof file: a proof and everything public that belongs to it, as JSON. It holds no private input. */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { G1Point } from '../curve/g1.ts';
import { fail } from '../errors/index.ts';
import type { Statement } from '../plonk/declare.ts';
import { type Hex, MAX_COMMITMENTS, type ProgramKey, programId } from '../plonk/key.ts';

export const PROOF_FORMAT = 'wattest-proof';
export const PROOF_FORMAT_VERSION = 1;

export interface ProofDocument {
  /** Version of the machine: its translation rules and circuit. */
  readonly system: string;
  /** Digest of the verifying key that the proof is for. */
  readonly verifyingKey: Hex;
  /** The key was made from a development SRS: the proof proves nothing to anyone else. */
  readonly insecure: boolean;
  readonly programId: Hex;
  readonly programKey: ProgramKey;
  /** Name of the export that was entered. */
  readonly entry: string;
  readonly statement: Statement;
  /** As the TypeScript verifier takes it; the contract's encoding adds the program key. */
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
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    malformed(where, 'not JSON', cause);
  }
  const top = new Fields(json, where);
  if (top.value('format') !== PROOF_FORMAT) malformed(where, `"format" is not "${PROOF_FORMAT}"`);
  if (top.value('formatVersion') !== PROOF_FORMAT_VERSION) {
    fail(
      'PROOF_VERSION',
      `proof format ${String(top.value('formatVersion'))}, this is ${PROOF_FORMAT_VERSION}`,
      {
        where,
        fix: 'Use the release of wattest that made the proof, or prove again with this one',
      },
    );
  }
  const key = top.object('programKey');
  const statement = top.object('statement');
  const document: ProofDocument = {
    system: top.text('system'),
    verifyingKey: top.hex('verifyingKey', 32),
    insecure: top.value('insecure') === true,
    programId: top.hex('programId', 32),
    programKey: {
      log: Number(key.integer('log', 1n << 8n)),
      entry: key.integer('entry', 1n << 64n),
      commitments: key
        .list('commitments', MAX_COMMITMENTS)
        .map((item, i) => point(item, `${where}: programKey.commitments[${i}]`)),
    },
    entry: top.text('entry'),
    statement: {
      publicInputs: statement.words('publicInputs'),
      publicOutputs: statement.words('publicOutputs'),
      status: statement.integer('status', 1n << 64n),
    },
    proof: top.hex('proof'),
  };
  if (programId(document.programKey) !== document.programId) {
    malformed(where, 'the program key does not have the program id it is given with');
  }
  return document;
}

/**
 * Bytes of a hex string of the document.
 * @throws PROOF_MALFORMED for anything but `0x` and whole bytes in lower-case hexadecimal
 */
export function bytesOf(text: Hex): Uint8Array {
  if (!isHex(text)) malformed('bytesOf', 'not 0x and whole bytes in lower-case hexadecimal');
  return hexToBytes(text.slice(2));
}

/** `0x` and whole bytes in lower case, as documents spell them. */
export function isHex(text: unknown): text is Hex {
  return typeof text === 'string' && /^0x(?:[\da-f]{2})*$/.test(text);
}

const hex = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

function malformed(where: string, what: string, cause?: unknown): never {
  fail('PROOF_MALFORMED', what, {
    where,
    fix: 'Give a file that `wattest prove` wrote, unchanged',
    cause,
  });
}

function point(json: unknown, where: string): G1Point {
  if (json === null) return null;
  const fields = new Fields(json, where);
  const [x, y] = [BigInt(fields.hex('x', 32)), BigInt(fields.hex('y', 32))];
  // One spelling for one key: the id would be the same.
  if (x === 0n && y === 0n) malformed(where, 'infinity is written null, not (0, 0)');
  return { x, y };
}

/** Reads the members of a JSON object by name and type; anything else is PROOF_MALFORMED with its place. */
class Fields {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(json: unknown, where: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) malformed(where, 'not an object');
    this.#members = json as Record<string, unknown>;
    this.#where = where;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  object(name: string): Fields {
    return new Fields(this.value(name), `${this.#where}: ${name}`);
  }

  text(name: string): string {
    const value = this.value(name);
    return typeof value === 'string' ? value : malformed(this.#where, `"${name}" is not a string`);
  }

  list(name: string, most: number = Number.MAX_SAFE_INTEGER): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value)) malformed(this.#where, `"${name}" is not a list`);
    if (value.length > most) malformed(this.#where, `"${name}" has more than ${most} entries`);
    return value;
  }

  /** `0x` and whole bytes; of `length` bytes where that is given. */
  hex(name: string, length?: number): Hex {
    const value = this.text(name);
    if (!isHex(value) || (length !== undefined && value.length !== 2 + 2 * length)) {
      malformed(this.#where, `"${name}" is not ${length ?? 'a number of'} bytes in lower-case hexadecimal`);
    }
    return value;
  }

  /** A canonical decimal in `[0, bound)`, or a small JSON number. */
  integer(name: string, bound: bigint): bigint {
    return decimal(this.value(name), bound, `${this.#where}: ${name}`);
  }

  words(name: string): bigint[] {
    return this.list(name).map((item, i) => decimal(item, 1n << 64n, `${this.#where}: ${name}[${i}]`));
  }
}

function decimal(json: unknown, bound: bigint, where: string): bigint {
  const text = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json;
  if (
    typeof text !== 'string' ||
    !/^(?:0|[1-9]\d*)$/.test(text) ||
    text.length > 80 ||
    BigInt(text) >= bound
  ) {
    malformed(where, `not a decimal integer below ${bound}`);
  }
  return BigInt(text);
}
