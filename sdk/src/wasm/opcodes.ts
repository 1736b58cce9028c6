/**
 * The instructions of WebAssembly 2.0 without SIMD, and of 3.0 those that programs may use, one row each. Decoder, validator, assembler and printer derive
 * from this table; nothing about an instruction's encoding or type is said anywhere else.
 *
 * Source: WebAssembly Core Specification 3.0, sections 5.4 (encodings, in the order of 2.0) and 3.3 (types). What it has besides:
 * proposals.ts.
 */
import type { FunctionType, ReferenceType, ValueType } from './types.ts';

/** Where an instruction comes from; `float` marks the MVP's floating-point instructions, which a machine may lack. */
export type OpcodeFeature =
  | 'mvp'
  | 'float'
  | 'sign-extension'
  | 'saturating-conversion'
  | 'bulk-memory'
  | 'reference-types'
  | 'tail-calls';

/**
 * Immediates in the order of the binary format. `memarg` is alignment, index of the memory and offset; `labels` is br_table's vector with
 * its default; `i32` and `i64` are signed LEB128; `f32` and `f64` are little-endian bits.
 */
export type Immediate =
  | 'block'
  | 'label'
  | 'labels'
  | 'func'
  | 'type'
  | 'table'
  | 'local'
  | 'global'
  | 'elem'
  | 'data'
  | 'memory'
  | 'memarg'
  | 'reftype'
  | 'types'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64';

export interface Opcode {
  /** The byte, or 0xfc00 + n for the n-th of the 0xfc prefix. */
  readonly id: number;
  readonly name: OpcodeName;
  readonly immediates: readonly Immediate[];
  /** Operand and result types, or undefined where they depend on the context (then the validator has a rule). */
  readonly type: FunctionType | undefined;
  readonly feature: OpcodeFeature;
  /** Loads and stores: bytes of memory accessed, 1, 2, 4 or 8, which is also the natural alignment. Otherwise 0. */
  readonly access: number;
}

type Row = readonly [
  name: string,
  id: number,
  immediates: string,
  type: string,
  feature?: OpcodeFeature,
  access?: number,
];

const ROWS = [
  // Control (5.4.1). "?": the types depend on the context; the validator has a rule for each.
  ['unreachable', 0x00, '', '?'],
  ['nop', 0x01, '', '->'],
  ['block', 0x02, 'block', '?'],
  ['loop', 0x03, 'block', '?'],
  ['if', 0x04, 'block', '?'],
  ['else', 0x05, '', '?'],
  ['end', 0x0b, '', '?'],
  ['br', 0x0c, 'label', '?'],
  ['br_if', 0x0d, 'label', '?'],
  ['br_table', 0x0e, 'labels', '?'],
  ['return', 0x0f, '', '?'],
  ['call', 0x10, 'func', '?'],
  ['call_indirect', 0x11, 'type table', '?'],
  ['return_call', 0x12, 'func', '?', 'tail-calls'],
  ['return_call_indirect', 0x13, 'type table', '?', 'tail-calls'],
  // Reference (5.4.2)
  ['ref.null', 0xd0, 'reftype', '?', 'reference-types'],
  ['ref.is_null', 0xd1, '', '?', 'reference-types'],
  ['ref.func', 0xd2, 'func', '-> funcref', 'reference-types'],
  // Parametric (5.4.3)
  ['drop', 0x1a, '', '?'],
  ['select', 0x1b, '', '?'],
  ['select_t', 0x1c, 'types', '?', 'reference-types'],
  // Variable (5.4.4)
  ['local.get', 0x20, 'local', '?'],
  ['local.set', 0x21, 'local', '?'],
  ['local.tee', 0x22, 'local', '?'],
  ['global.get', 0x23, 'global', '?'],
  ['global.set', 0x24, 'global', '?'],
  // Table (5.4.5)
  ['table.get', 0x25, 'table', '?', 'reference-types'],
  ['table.set', 0x26, 'table', '?', 'reference-types'],
  ['table.init', 0xfc0c, 'elem table', 'i32 i32 i32 ->', 'bulk-memory'],
  ['elem.drop', 0xfc0d, 'elem', '->', 'bulk-memory'],
  ['table.copy', 0xfc0e, 'table table', 'i32 i32 i32 ->', 'bulk-memory'],
  ['table.grow', 0xfc0f, 'table', '?', 'reference-types'],
  ['table.size', 0xfc10, 'table', '-> i32', 'reference-types'],
  ['table.fill', 0xfc11, 'table', '?', 'reference-types'],
  // Memory (5.4.6). The last column is the number of bytes accessed, which is the natural alignment too.
  ['i32.load', 0x28, 'memarg', 'i32 -> i32', 'mvp', 4],
  ['i64.load', 0x29, 'memarg', 'i32 -> i64', 'mvp', 8],
  ['f32.load', 0x2a, 'memarg', 'i32 -> f32', 'float', 4],
  ['f64.load', 0x2b, 'memarg', 'i32 -> f64', 'float', 8],
  ['i32.load8_s', 0x2c, 'memarg', 'i32 -> i32', 'mvp', 1],
  ['i32.load8_u', 0x2d, 'memarg', 'i32 -> i32', 'mvp', 1],
  ['i32.load16_s', 0x2e, 'memarg', 'i32 -> i32', 'mvp', 2],
  ['i32.load16_u', 0x2f, 'memarg', 'i32 -> i32', 'mvp', 2],
  ['i64.load8_s', 0x30, 'memarg', 'i32 -> i64', 'mvp', 1],
  ['i64.load8_u', 0x31, 'memarg', 'i32 -> i64', 'mvp', 1],
  ['i64.load16_s', 0x32, 'memarg', 'i32 -> i64', 'mvp', 2],
  ['i64.load16_u', 0x33, 'memarg', 'i32 -> i64', 'mvp', 2],
  ['i64.load32_s', 0x34, 'memarg', 'i32 -> i64', 'mvp', 4],
  ['i64.load32_u', 0x35, 'memarg', 'i32 -> i64', 'mvp', 4],
  ['i32.store', 0x36, 'memarg', 'i32 i32 ->', 'mvp', 4],
  ['i64.store', 0x37, 'memarg', 'i32 i64 ->', 'mvp', 8],
  ['f32.store', 0x38, 'memarg', 'i32 f32 ->', 'float', 4],
  ['f64.store', 0x39, 'memarg', 'i32 f64 ->', 'float', 8],
  ['i32.store8', 0x3a, 'memarg', 'i32 i32 ->', 'mvp', 1],
  ['i32.store16', 0x3b, 'memarg', 'i32 i32 ->', 'mvp', 2],
  ['i64.store8', 0x3c, 'memarg', 'i32 i64 ->', 'mvp', 1],
  ['i64.store16', 0x3d, 'memarg', 'i32 i64 ->', 'mvp', 2],
  ['i64.store32', 0x3e, 'memarg', 'i32 i64 ->', 'mvp', 4],
  ['memory.size', 0x3f, 'memory', '-> i32'],
  ['memory.grow', 0x40, 'memory', 'i32 -> i32'],
  ['memory.init', 0xfc08, 'data memory', 'i32 i32 i32 ->', 'bulk-memory'],
  ['data.drop', 0xfc09, 'data', '->', 'bulk-memory'],
  ['memory.copy', 0xfc0a, 'memory memory', 'i32 i32 i32 ->', 'bulk-memory'],
  ['memory.fill', 0xfc0b, 'memory', 'i32 i32 i32 ->', 'bulk-memory'],
  // Numeric (5.4.7)
  ['i32.const', 0x41, 'i32', '-> i32'],
  ['i64.const', 0x42, 'i64', '-> i64'],
  ['f32.const', 0x43, 'f32', '-> f32', 'float'],
  ['f64.const', 0x44, 'f64', '-> f64', 'float'],
  ['i32.eqz', 0x45, '', 'i32 -> i32'],
  ['i32.eq', 0x46, '', 'i32 i32 -> i32'],
  ['i32.ne', 0x47, '', 'i32 i32 -> i32'],
  ['i32.lt_s', 0x48, '', 'i32 i32 -> i32'],
  ['i32.lt_u', 0x49, '', 'i32 i32 -> i32'],
  ['i32.gt_s', 0x4a, '', 'i32 i32 -> i32'],
  ['i32.gt_u', 0x4b, '', 'i32 i32 -> i32'],
  ['i32.le_s', 0x4c, '', 'i32 i32 -> i32'],
  ['i32.le_u', 0x4d, '', 'i32 i32 -> i32'],
  ['i32.ge_s', 0x4e, '', 'i32 i32 -> i32'],
  ['i32.ge_u', 0x4f, '', 'i32 i32 -> i32'],
  ['i64.eqz', 0x50, '', 'i64 -> i32'],
  ['i64.eq', 0x51, '', 'i64 i64 -> i32'],
  ['i64.ne', 0x52, '', 'i64 i64 -> i32'],
  ['i64.lt_s', 0x53, '', 'i64 i64 -> i32'],
  ['i64.lt_u', 0x54, '', 'i64 i64 -> i32'],
  ['i64.gt_s', 0x55, '', 'i64 i64 -> i32'],
  ['i64.gt_u', 0x56, '', 'i64 i64 -> i32'],
  ['i64.le_s', 0x57, '', 'i64 i64 -> i32'],
  ['i64.le_u', 0x58, '', 'i64 i64 -> i32'],
  ['i64.ge_s', 0x59, '', 'i64 i64 -> i32'],
  ['i64.ge_u', 0x5a, '', 'i64 i64 -> i32'],
  ['f32.eq', 0x5b, '', 'f32 f32 -> i32', 'float'],
  ['f32.ne', 0x5c, '', 'f32 f32 -> i32', 'float'],
  ['f32.lt', 0x5d, '', 'f32 f32 -> i32', 'float'],
  ['f32.gt', 0x5e, '', 'f32 f32 -> i32', 'float'],
  ['f32.le', 0x5f, '', 'f32 f32 -> i32', 'float'],
  ['f32.ge', 0x60, '', 'f32 f32 -> i32', 'float'],
  ['f64.eq', 0x61, '', 'f64 f64 -> i32', 'float'],
  ['f64.ne', 0x62, '', 'f64 f64 -> i32', 'float'],
  ['f64.lt', 0x63, '', 'f64 f64 -> i32', 'float'],
  ['f64.gt', 0x64, '', 'f64 f64 -> i32', 'float'],
  ['f64.le', 0x65, '', 'f64 f64 -> i32', 'float'],
  ['f64.ge', 0x66, '', 'f64 f64 -> i32', 'float'],
  ['i32.clz', 0x67, '', 'i32 -> i32'],
  ['i32.ctz', 0x68, '', 'i32 -> i32'],
  ['i32.popcnt', 0x69, '', 'i32 -> i32'],
  ['i32.add', 0x6a, '', 'i32 i32 -> i32'],
  ['i32.sub', 0x6b, '', 'i32 i32 -> i32'],
  ['i32.mul', 0x6c, '', 'i32 i32 -> i32'],
  ['i32.div_s', 0x6d, '', 'i32 i32 -> i32'],
  ['i32.div_u', 0x6e, '', 'i32 i32 -> i32'],
  ['i32.rem_s', 0x6f, '', 'i32 i32 -> i32'],
  ['i32.rem_u', 0x70, '', 'i32 i32 -> i32'],
  ['i32.and', 0x71, '', 'i32 i32 -> i32'],
  ['i32.or', 0x72, '', 'i32 i32 -> i32'],
  ['i32.xor', 0x73, '', 'i32 i32 -> i32'],
  ['i32.shl', 0x74, '', 'i32 i32 -> i32'],
  ['i32.shr_s', 0x75, '', 'i32 i32 -> i32'],
  ['i32.shr_u', 0x76, '', 'i32 i32 -> i32'],
  ['i32.rotl', 0x77, '', 'i32 i32 -> i32'],
  ['i32.rotr', 0x78, '', 'i32 i32 -> i32'],
  ['i64.clz', 0x79, '', 'i64 -> i64'],
  ['i64.ctz', 0x7a, '', 'i64 -> i64'],
  ['i64.popcnt', 0x7b, '', 'i64 -> i64'],
  ['i64.add', 0x7c, '', 'i64 i64 -> i64'],
  ['i64.sub', 0x7d, '', 'i64 i64 -> i64'],
  ['i64.mul', 0x7e, '', 'i64 i64 -> i64'],
  ['i64.div_s', 0x7f, '', 'i64 i64 -> i64'],
  ['i64.div_u', 0x80, '', 'i64 i64 -> i64'],
  ['i64.rem_s', 0x81, '', 'i64 i64 -> i64'],
  ['i64.rem_u', 0x82, '', 'i64 i64 -> i64'],
  ['i64.and', 0x83, '', 'i64 i64 -> i64'],
  ['i64.or', 0x84, '', 'i64 i64 -> i64'],
  ['i64.xor', 0x85, '', 'i64 i64 -> i64'],
  ['i64.shl', 0x86, '', 'i64 i64 -> i64'],
  ['i64.shr_s', 0x87, '', 'i64 i64 -> i64'],
  ['i64.shr_u', 0x88, '', 'i64 i64 -> i64'],
  ['i64.rotl', 0x89, '', 'i64 i64 -> i64'],
  ['i64.rotr', 0x8a, '', 'i64 i64 -> i64'],
  ['f32.abs', 0x8b, '', 'f32 -> f32', 'float'],
  ['f32.neg', 0x8c, '', 'f32 -> f32', 'float'],
  ['f32.ceil', 0x8d, '', 'f32 -> f32', 'float'],
  ['f32.floor', 0x8e, '', 'f32 -> f32', 'float'],
  ['f32.trunc', 0x8f, '', 'f32 -> f32', 'float'],
  ['f32.nearest', 0x90, '', 'f32 -> f32', 'float'],
  ['f32.sqrt', 0x91, '', 'f32 -> f32', 'float'],
  ['f32.add', 0x92, '', 'f32 f32 -> f32', 'float'],
  ['f32.sub', 0x93, '', 'f32 f32 -> f32', 'float'],
  ['f32.mul', 0x94, '', 'f32 f32 -> f32', 'float'],
  ['f32.div', 0x95, '', 'f32 f32 -> f32', 'float'],
  ['f32.min', 0x96, '', 'f32 f32 -> f32', 'float'],
  ['f32.max', 0x97, '', 'f32 f32 -> f32', 'float'],
  ['f32.copysign', 0x98, '', 'f32 f32 -> f32', 'float'],
  ['f64.abs', 0x99, '', 'f64 -> f64', 'float'],
  ['f64.neg', 0x9a, '', 'f64 -> f64', 'float'],
  ['f64.ceil', 0x9b, '', 'f64 -> f64', 'float'],
  ['f64.floor', 0x9c, '', 'f64 -> f64', 'float'],
  ['f64.trunc', 0x9d, '', 'f64 -> f64', 'float'],
  ['f64.nearest', 0x9e, '', 'f64 -> f64', 'float'],
  ['f64.sqrt', 0x9f, '', 'f64 -> f64', 'float'],
  ['f64.add', 0xa0, '', 'f64 f64 -> f64', 'float'],
  ['f64.sub', 0xa1, '', 'f64 f64 -> f64', 'float'],
  ['f64.mul', 0xa2, '', 'f64 f64 -> f64', 'float'],
  ['f64.div', 0xa3, '', 'f64 f64 -> f64', 'float'],
  ['f64.min', 0xa4, '', 'f64 f64 -> f64', 'float'],
  ['f64.max', 0xa5, '', 'f64 f64 -> f64', 'float'],
  ['f64.copysign', 0xa6, '', 'f64 f64 -> f64', 'float'],
  ['i32.wrap_i64', 0xa7, '', 'i64 -> i32'],
  ['i32.trunc_f32_s', 0xa8, '', 'f32 -> i32', 'float'],
  ['i32.trunc_f32_u', 0xa9, '', 'f32 -> i32', 'float'],
  ['i32.trunc_f64_s', 0xaa, '', 'f64 -> i32', 'float'],
  ['i32.trunc_f64_u', 0xab, '', 'f64 -> i32', 'float'],
  ['i64.extend_i32_s', 0xac, '', 'i32 -> i64'],
  ['i64.extend_i32_u', 0xad, '', 'i32 -> i64'],
  ['i64.trunc_f32_s', 0xae, '', 'f32 -> i64', 'float'],
  ['i64.trunc_f32_u', 0xaf, '', 'f32 -> i64', 'float'],
  ['i64.trunc_f64_s', 0xb0, '', 'f64 -> i64', 'float'],
  ['i64.trunc_f64_u', 0xb1, '', 'f64 -> i64', 'float'],
  ['f32.convert_i32_s', 0xb2, '', 'i32 -> f32', 'float'],
  ['f32.convert_i32_u', 0xb3, '', 'i32 -> f32', 'float'],
  ['f32.convert_i64_s', 0xb4, '', 'i64 -> f32', 'float'],
  ['f32.convert_i64_u', 0xb5, '', 'i64 -> f32', 'float'],
  ['f32.demote_f64', 0xb6, '', 'f64 -> f32', 'float'],
  ['f64.convert_i32_s', 0xb7, '', 'i32 -> f64', 'float'],
  ['f64.convert_i32_u', 0xb8, '', 'i32 -> f64', 'float'],
  ['f64.convert_i64_s', 0xb9, '', 'i64 -> f64', 'float'],
  ['f64.convert_i64_u', 0xba, '', 'i64 -> f64', 'float'],
  ['f64.promote_f32', 0xbb, '', 'f32 -> f64', 'float'],
  ['i32.reinterpret_f32', 0xbc, '', 'f32 -> i32', 'float'],
  ['i64.reinterpret_f64', 0xbd, '', 'f64 -> i64', 'float'],
  ['f32.reinterpret_i32', 0xbe, '', 'i32 -> f32', 'float'],
  ['f64.reinterpret_i64', 0xbf, '', 'i64 -> f64', 'float'],
  ['i32.extend8_s', 0xc0, '', 'i32 -> i32', 'sign-extension'],
  ['i32.extend16_s', 0xc1, '', 'i32 -> i32', 'sign-extension'],
  ['i64.extend8_s', 0xc2, '', 'i64 -> i64', 'sign-extension'],
  ['i64.extend16_s', 0xc3, '', 'i64 -> i64', 'sign-extension'],
  ['i64.extend32_s', 0xc4, '', 'i64 -> i64', 'sign-extension'],
  ['i32.trunc_sat_f32_s', 0xfc00, '', 'f32 -> i32', 'saturating-conversion'],
  ['i32.trunc_sat_f32_u', 0xfc01, '', 'f32 -> i32', 'saturating-conversion'],
  ['i32.trunc_sat_f64_s', 0xfc02, '', 'f64 -> i32', 'saturating-conversion'],
  ['i32.trunc_sat_f64_u', 0xfc03, '', 'f64 -> i32', 'saturating-conversion'],
  ['i64.trunc_sat_f32_s', 0xfc04, '', 'f32 -> i64', 'saturating-conversion'],
  ['i64.trunc_sat_f32_u', 0xfc05, '', 'f32 -> i64', 'saturating-conversion'],
  ['i64.trunc_sat_f64_s', 0xfc06, '', 'f64 -> i64', 'saturating-conversion'],
  ['i64.trunc_sat_f64_u', 0xfc07, '', 'f64 -> i64', 'saturating-conversion'],
] as const;

/** The specification's text names, except `select_t` for `select` with a type annotation. */
export type OpcodeName = (typeof ROWS)[number][0];

export const OPCODES: readonly Opcode[] = (ROWS satisfies readonly Row[] as readonly Row[]).map(
  ([name, id, immediates, type, feature = 'mvp', access = 0]): Opcode => ({
    id,
    name: name as OpcodeName,
    immediates: words<Immediate>(immediates),
    type: type === '?' ? undefined : parseType(type),
    feature,
    access,
  }),
);

/** Opcode ids by name: `OP['i32.add']`. */
export const OP: Readonly<Record<OpcodeName, number>> = Object.fromEntries(
  OPCODES.map(({ name, id }) => [name, id]),
) as Record<OpcodeName, number>;

const BY_ID: readonly (Opcode | undefined)[] = (() => {
  const table: (Opcode | undefined)[] = new Array(256 + 32).fill(undefined);
  for (const opcode of OPCODES) table[slot(opcode.id)] = opcode;
  return table;
})();

const BY_NAME: ReadonlyMap<string, Opcode> = new Map(OPCODES.map((opcode) => [opcode.name, opcode]));

/** The row of an opcode id, or undefined where no instruction of this table has it. */
export function opcodeById(id: number): Opcode | undefined {
  return BY_ID[slot(id)];
}

export function opcodeByName(name: string): Opcode | undefined {
  return BY_NAME.get(name);
}

/** Bytes of the value types in the binary format (5.3.1–5.3.4). */
export const VALUE_TYPE_BYTES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  funcref: 0x70,
  externref: 0x6f,
};

export function isReferenceType(type: ValueType): type is ReferenceType {
  return type === 'funcref' || type === 'externref';
}

function slot(id: number): number {
  return id < 256 ? id : id >> 8 === 0xfc && (id & 0xff) < 32 ? 256 + (id & 0xff) : -1;
}

function words<T extends string>(text: string): readonly T[] {
  return text.split(' ').filter((word) => word !== '') as T[];
}

function parseType(text: string): FunctionType {
  const [params, results] = text.split('->');
  return { params: words<ValueType>(params), results: words<ValueType>(results) };
}
