/**
 * Keys as data: everything the verifiers (TypeScript and Solidity) know, nothing of how a proof is made. A verifying key
 * serves every program and every height the SRS allows; a program adds its program key.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { decodeG1, encodeG1, G1_BYTES, type G1Point } from '../../curve/g1.ts';
import { encodeG2, type G2Point } from '../../curve/g2.ts';
import { ByteWriter, word } from '../../transcript/encode.ts';
import { digestOf } from '../../transcript/transcript.ts';
import { structureDigest } from '../declare/encoding.ts';
import { type Hex, MAX_PROGRAM_CHIPS, type Shape } from '../declare/shape.ts';

export type { Hex } from '../declare/shape.ts';

export interface VerifyingKey {
  readonly shape: Shape;
  /** D, the number of powers of τ that commitments may use: bounds every height. */
  readonly powers: number;
  /** `[τ]_2` */
  readonly tau2: NonNullable<G2Point>;
  /** Made from a development SRS whose τ is known: proofs under this key prove nothing. */
  readonly insecure: boolean;
  /** Packs of the fixed columns of chips that have their height from the key, in the order of `Shape.packs`. */
  readonly commitments: readonly G1Point[];
  /** See `keyDigest`. */
  readonly digest: Hex;
  /** First four bytes of the digest; proofs start with it. */
  readonly selector: Hex;
}

/** What is known of a key before its tables are committed: all that program ids need. */
export type Circuit = Pick<VerifyingKey, 'shape' | 'powers' | 'tau2'>;

/** What a program adds to a verifying key: its image. */
export interface ProgramKey {
  /**
   * log2 of the height of the chip whose fixed columns are the image; 0 in a system that has no such chip. Of a system with several such chips a byte
   * for each, the first one lowest (`programLogs`).
   */
  readonly log: number;
  /** Entry program counter, below 2^64. */
  readonly entry: bigint;
  /** Packs of the image's fixed columns; infinity is the commitment to zero columns and allowed here. */
  readonly commitments: readonly G1Point[];
}

/**
 * What a key shares with all others of its machine: `keccak256(machine structure ‖ [τ]_2)`. It gives program ids their meaning. Of a key whose
 * proofs are about runs of another machine, that one's.
 */
export function machineDigest({ shape, tau2 }: Pick<VerifyingKey, 'shape' | 'tau2'>): Hex {
  return hex(
    keccak_256(
      new ByteWriter()
        .bytes(hexToBytes((shape.recursion?.subject?.machine ?? shape.machine).slice(2)))
        .bytes(encodeG2(tau2))
        .done(),
    ),
  );
}

/**
 * `keccak256(machineDigest ‖ abi.encode(programKey))`, the key as a static struct of words: log, entry, then x and y of every
 * commitment ((0, 0) for infinity). The same program has the same id under all keys of one machine.
 */
export function programId(machine: Hex, key: ProgramKey): Hex {
  const head = hexToBytes(machine.slice(2));
  return hex(keccak_256(new ByteWriter().bytes(head).bytes(encodeProgramKey(key)).done()));
}

/**
 * The same for circuits, of programs of a key whose proofs are about other proofs alone: Poseidon2 of log and commitments, an element. The entry, which such proofs do not
 * speak of, is not in it.
 */
export function programDigest({ log, commitments }: Pick<ProgramKey, 'log' | 'commitments'>): Uint8Array {
  return digestOf('poseidon2', PROGRAM, [
    ['word', word(log)],
    ...commitments.map((point) => ['point', encodeG1(point)] as const),
  ]);
}

/** The domain of {@link programDigest}. */
export const PROGRAM = 'wattest recursion program 1';

export function encodeProgramKey(key: ProgramKey): Uint8Array {
  const out = new ByteWriter().word(BigInt(key.log)).word(key.entry);
  for (const point of key.commitments) out.bytes(encodeG1(point));
  return out.done();
}

/** Strict inverse of {@link encodeProgramKey}; `POINT_INVALID`, or `RangeError` for bytes of another length or a log or entry that no key has. */
export function decodeProgramKey(bytes: Uint8Array): ProgramKey {
  const word = (at: number): bigint => bytesToNumberBE(bytes.subarray(at, at + 32));
  const [log, entry] = [word(0), word(32)];
  if (
    bytes.length % G1_BYTES !== 0 ||
    bytes.length === 0 ||
    log >> BigInt(8 * MAX_PROGRAM_CHIPS) !== 0n ||
    entry >> 64n !== 0n
  )
    throw new RangeError('these bytes are no program key');
  const commitments = Array.from({ length: bytes.length / G1_BYTES - 1 }, (_, i) =>
    decodeG1(bytes.subarray(G1_BYTES * (i + 1), G1_BYTES * (i + 2)), {
      where: `commitment ${i} of a program key`,
      infinity: 'allow',
    }),
  );
  return { log: Number(log), entry, commitments };
}

/** Most commitments of a verifying key or a program key that are read from a file; real keys have a few. */
export const MAX_COMMITMENTS = 1024;

/**
 * Digest of a key in two steps, so that a contract can recompute it from its own constants:
 * `keccak256(structureDigest ‖ D ‖ insecure ‖ [τ]_2 ‖ fixed commitments)`, all words of 32 bytes big-endian, `[τ]_2` as
 * EIP-197 orders it (x imaginary, x real, y imaginary, y real), commitments x ‖ y in order of packs.
 */
export function keyDigest(key: Omit<VerifyingKey, 'digest' | 'selector'>): Hex {
  const out = new ByteWriter()
    .bytes(structureDigest(key.shape))
    .word(BigInt(key.powers))
    .word(key.insecure ? 1n : 0n)
    .bytes(encodeG2(key.tau2));
  for (const point of key.commitments) out.bytes(encodeG1(point));
  return hex(keccak_256(out.done()));
}

/** A key with its digest and selector. */
export function sealKey(key: Omit<VerifyingKey, 'digest' | 'selector'>): VerifyingKey {
  const digest = keyDigest(key);
  return { ...key, digest, selector: digest.slice(0, 10) as Hex };
}

function hex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
