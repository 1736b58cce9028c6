/**
 * Keys as data: everything the verifiers (TypeScript and Solidity) know, nothing of how a proof is made. A verifying key
 * serves every program and every height the SRS allows; a program adds its program key.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeG1, type G1Point } from '../../curve/g1.ts';
import { encodeG2, type G2Point } from '../../curve/g2.ts';
import type { FlatProgram } from '../../expr/program.ts';
import { ByteWriter } from '../../transcript/encode.ts';
import { quotientChunks, type Shape } from '../declare/shape.ts';

export type Hex = `0x${string}`;

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
  /** See {@link keyDigest}. */
  readonly digest: Hex;
  /** First four bytes of the digest; proofs start with it. */
  readonly selector: Hex;
}

/** What a program adds to a verifying key: its image. */
export interface ProgramKey {
  /** log2 of the height of the chip whose fixed columns are the image; 0 in a system that has no such chip. */
  readonly log: number;
  /** Entry program counter, below 2^64. */
  readonly entry: bigint;
  /** Packs of the image's fixed columns; infinity is the commitment to zero columns and allowed here. */
  readonly commitments: readonly G1Point[];
}

/**
 * `keccak256(abi.encode(programKey))`, the key as a static struct of words: log, entry, then x and y of every
 * commitment ((0, 0) for infinity).
 */
export function programId(key: ProgramKey): Hex {
  return hex(keccak_256(encodeProgramKey(key)));
}

export function encodeProgramKey(key: ProgramKey): Uint8Array {
  const out = new ByteWriter().word(BigInt(key.log)).word(key.entry);
  for (const point of key.commitments) out.bytes(encodeG1(point));
  return out.done();
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

/** keccak256 of {@link encodeShape}. */
export function structureDigest(shape: Shape): Uint8Array {
  return keccak_256(encodeShape(shape));
}

const HEIGHT_KIND = { proof: 0, key: 1, program: 2 } as const;
const STAGE_KIND = { main: 0, fixed: 1, helper: 2 } as const;
const EACH_KIND = { inputs: 1, outputs: 2 } as const;
const FIELD_KIND = { constant: 0, entry: 1, status: 2, index: 3, word: 4 } as const;

/**
 * Canonical bytes of a shape: counts and small numbers as 32-bit big-endian, field elements as 32 bytes, lists behind
 * their length. Everything that a verifier does is in here and no name of anything but the version:
 *
 *     "wattest-vk-2" · version · maxDegree · tPhi · tQuotient · chunk rule (count, offset beyond N, masks)
 *     tags: (code, fields)… · chips: (height kind, height log, main, fixed, helpers, constraints, program)…
 *     packs: (stage, t, columns: (chip, column)…)…
 *     public terms: (tag, sign, each, fields: (kind, value)…)…
 *     program: columns, challenges, constants…, operations (op, a, b)…, outputs…
 */
export function encodeShape(shape: Shape): Uint8Array {
  const out = new ByteWriter();
  out.text('wattest-vk-2').text(shape.version);
  out.u32(shape.maxDegree).u32(shape.tPhi).u32(shape.tQuotient);
  out.u32(quotientChunks(shape.maxDegree)).u32(0).u32(2);
  out.list(shape.tags, (tag) => out.u32(tag.code).u32(tag.fields));
  out.list(shape.chips, (chip) => {
    const { height } = chip;
    out.u32(HEIGHT_KIND[height.from]).u32(height.from === 'key' ? height.log : height.minLog);
    out.u32(chip.main).u32(chip.fixed).u32(chip.helpers).u32(chip.constraints);
    encodeProgram(out, chip.program);
  });
  out.list(shape.packs, ({ stage, t, columns }) => {
    out.u32(STAGE_KIND[stage]).u32(t);
    out.list(columns, ([chip, column]) => out.u32(chip).u32(column));
  });
  out.list(shape.publicTerms, (term) => {
    out
      .u32(term.tag)
      .u32(term.sign === 1 ? 1 : 0)
      .u32(term.each === undefined ? 0 : EACH_KIND[term.each]);
    out.list(term.fields, (field) =>
      out.u32(FIELD_KIND[field.from]).word(field.from === 'constant' ? field.value : 0n),
    );
  });
  return out.done();
}

function encodeProgram(out: ByteWriter, program: FlatProgram): void {
  out.u32(program.columns).u32(program.challenges.length);
  out.list(program.constants, (value) => out.word(value));
  out.list(program.operations, ([op, a, b]) => out.u32(op).u32(a).u32(b));
  out.list(program.outputs, (node) => out.u32(node));
}

function hex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
