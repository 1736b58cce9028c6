import { VALUE_TYPE_BYTES } from './opcodes.ts';
import { laterValueType } from './proposals.ts';
import { malformed, type Reader, refuseLater } from './reader.ts';
import type { ReferenceType, ValueType } from './types.ts';

const BY_BYTE: ReadonlyMap<number, ValueType> = new Map(
  Object.entries(VALUE_TYPE_BYTES).map(([type, byte]) => [byte, type as ValueType]),
);

/** A value type (5.3.4). Those of later proposals are refused by name, others as malformed. */
export function readValueType(reader: Reader, what: string): ValueType {
  const offset = reader.offset;
  const byte = reader.byte(what);
  const type = BY_BYTE.get(byte);
  if (type !== undefined) return type;
  refuseLater(offset, laterValueType(byte));
  malformed(offset, `malformed value type 0x${byte.toString(16)}, expected ${what}`);
}

/** A reference type (5.3.3). */
export function readReferenceType(reader: Reader): ReferenceType {
  const offset = reader.offset;
  const type = readValueType(reader, 'a reference type');
  if (type !== 'funcref' && type !== 'externref') {
    malformed(offset, `malformed reference type: ${type}, expected funcref or externref`);
  }
  return type;
}
