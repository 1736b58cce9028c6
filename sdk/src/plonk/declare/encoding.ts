/**
 * Shapes and machines as canonical bytes: counts and small numbers as 32-bit big-endian, field elements as 32 bytes, lists behind
 * their length. Everything that a verifier does is in here and no name of anything but the version.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { FlatProgram } from '../../expr/program.ts';
import { ByteWriter } from '../../transcript/encode.ts';
import type { PackShape, PublicField, Recursion } from './declare.ts';
import { type ChipShape, fixedPacks, type Hex, quotientChunks, type Shape } from './shape.ts';

/** keccak256 of {@link encodeShape}. */
export function structureDigest(shape: Shape): Uint8Array {
  return keccak_256(encodeShape(shape));
}

const BUS_KIND = { closed: 0, shared: 1 } as const;
const HEIGHT_KIND = { proof: 0, key: 1, program: 2 } as const;
const STAGE_KIND = { main: 0, fixed: 1, helper: 2 } as const;
const EACH_KIND = { inputs: 1, outputs: 2 } as const;
const FIELD_KIND = {
  constant: 0,
  entry: 1,
  status: 2,
  index: 3,
  word: 4,
  message: 5,
  pair: 6,
  statement: 7,
  log: 8,
  commitment: 9,
} as const;

/**
 *     "wattest-vk-3" · version · transcript · machine · bus · maxDegree · tPhi · tQuotient · chunk rule (count, offset beyond N, masks)
 *     tags: (code, fields)… · chips: (height kind, height log, main, fixed, helpers, constraints, program)…
 *     packs: (stage, t, columns: (chip, column)…)…
 *     public terms: (tag, sign, each, fields: (kind, value)…)…
 *     program: columns, challenges, constants…, operations (op, a, b)…, outputs…
 *     of a recursion only: messages · with a subject (0, 1) · [machine, minLog, maxLog, commitments, public terms…]
 */
export function encodeShape(shape: Shape): Uint8Array {
  const out = new ByteWriter();
  out
    .text('wattest-vk-3')
    .text(shape.version)
    .text(shape.transcript)
    .bytes(hexToBytes(shape.machine.slice(2)));
  out.u32(BUS_KIND[shape.bus]).u32(shape.maxDegree).u32(shape.tPhi).u32(shape.tQuotient);
  out.u32(quotientChunks(shape.maxDegree)).u32(0).u32(2);
  encodeTags(out, shape.tags);
  out.list(shape.chips, (chip) => encodeChip(out, chip));
  out.list(shape.packs, (pack) => encodePack(out, pack));
  encodeTerms(out, shape.publicTerms);
  if (shape.recursion !== undefined) encodeRecursion(out, shape.recursion);
  return out.done();
}

function encodeRecursion(out: ByteWriter, { messages, subject }: Recursion): void {
  out.u32(messages).u32(subject === undefined ? 0 : 1);
  if (subject === undefined) return;
  out.bytes(hexToBytes(subject.machine.slice(2)));
  out.u32(subject.minLog).u32(subject.maxLog).u32(subject.commitments);
  encodeTerms(out, subject.publicTerms);
}

function encodeProgram(out: ByteWriter, program: FlatProgram): void {
  out.u32(program.columns).u32(program.challenges.length);
  out.list(program.constants, (value) => out.word(value));
  out.list(program.operations, ([op, a, b]) => out.u32(op).u32(a).u32(b));
  out.list(program.outputs, (node) => out.u32(node));
}

function encodeTags(out: ByteWriter, tags: Shape['tags']): void {
  out.list(tags, (tag) => out.u32(tag.code).u32(tag.fields));
}

function encodeChip(out: ByteWriter, chip: ChipShape): void {
  const { height } = chip;
  out.u32(HEIGHT_KIND[height.from]).u32(height.from === 'key' ? height.log : height.minLog);
  out.u32(chip.main).u32(chip.fixed).u32(chip.helpers).u32(chip.constraints);
  encodeProgram(out, chip.program);
}

function encodePack(out: ByteWriter, { stage, t, columns }: PackShape): void {
  out.u32(STAGE_KIND[stage]).u32(t);
  out.list(columns, ([chip, column]) => out.u32(chip).u32(column));
}

function encodeTerms(out: ByteWriter, terms: Shape['publicTerms']): void {
  out.list(terms, (term) => {
    out
      .u32(term.tag)
      .u32(term.sign === 1 ? 1 : 0)
      .u32(term.each === undefined ? 0 : EACH_KIND[term.each]);
    out.list(term.fields, (field) => out.u32(FIELD_KIND[field.from]).word(fieldNumber(field)));
  });
}

/** What tells a field from others of its kind; 0 where there is one. */
function fieldNumber(field: PublicField): bigint {
  switch (field.from) {
    case 'constant':
      return field.value;
    case 'message':
      return BigInt(field.index);
    case 'pair':
      return BigInt((field.point === 'A' ? 0 : 3) + field.part);
    case 'statement':
      return BigInt(field.half);
    case 'commitment':
      return BigInt(3 * field.index + field.part);
    default:
      return 0n;
  }
}

/** What all keys of a machine have in common, whichever of its chips they are for. */
export type MachineShape = Omit<
  Shape,
  'name' | 'transcript' | 'bus' | 'challenges' | 'machine' | 'recursion' | 'tPhi' | 'tQuotient'
>;

/**
 * keccak256 of the declarations of all chips of a machine, and of how its images are committed; of `packs` only those count whose
 * commitments are in a program key. Not of the hash of transcripts: a program has one id, whatever verifies it.
 *
 *     "wattest-machine-2" · version · maxDegree · tags: (code, fields)… · chips… · packs… · public terms…
 */
export function machineStructure(machine: MachineShape): Hex {
  const out = new ByteWriter();
  out.text('wattest-machine-2').text(machine.version).u32(machine.maxDegree);
  encodeTags(out, machine.tags);
  out.list(machine.chips, (chip) => encodeChip(out, chip));
  out.list(fixedPacks(machine, 'program'), (pack) => encodePack(out, pack));
  encodeTerms(out, machine.publicTerms);
  return `0x${bytesToHex(keccak_256(out.done()))}`;
}
