/**
 * What WebAssembly 3.0 and the proposals behind it have that no program here can use: found in a file by these codes, and
 * refused by these names. Nothing else says what belongs to which proposal.
 *
 * Source: WebAssembly Core Specification 3.0, sections 5.3–5.5 and its appendix "Index of Instructions"; the overviews of the
 * proposals that are not part of it.
 */

export interface Proposal {
  readonly name: string;
  /** Where it is specified. */
  readonly standard: 'WebAssembly 2.0' | 'WebAssembly 3.0' | 'a proposal beyond WebAssembly 3.0';
  /** How a module gets by without it. */
  readonly fix: string;
}

const without = (standard: Proposal['standard'], name: string, fix: string): Proposal => ({
  name,
  standard,
  fix,
});
const V2 = 'WebAssembly 2.0';
const V3 = 'WebAssembly 3.0';
const LATER = 'a proposal beyond WebAssembly 3.0';
const WITHOUT_SIMD = 'Compile without SIMD (clang -mno-simd128, rustc -C target-feature=-simd128)';

/** By the names that the tables below have for them. */
export const PROPOSALS: Readonly<Record<ProposalName, Proposal>> = {
  simd: without(V2, 'SIMD', WITHOUT_SIMD),
  // Without the relaxed instructions alone a program has the others still.
  relaxedSimd: without(V3, 'relaxed SIMD', WITHOUT_SIMD),
  exceptions: without(
    V3,
    'exception handling',
    'Compile without exceptions (clang -fno-exceptions, emcc -fno-exceptions, rustc -C panic=abort), and without setjmp and longjmp',
  ),
  legacyExceptions: without(
    LATER,
    'exception handling in its form before WebAssembly 3.0',
    'Compile without exceptions (clang -fno-exceptions, emcc -fno-exceptions, rustc -C panic=abort), and without setjmp and longjmp',
  ),
  references: without(
    V3,
    'typed function references',
    'Compile for WebAssembly 2.0, with funcref and call_indirect',
  ),
  gc: without(
    V3,
    'garbage collection',
    'Languages whose compilers need it (Kotlin, Dart, Java, OCaml) cannot be proven; use one with linear memory',
  ),
  memory64: without(
    V3,
    '64-bit memories and tables (memory64)',
    'Compile for wasm32 (clang --target=wasm32, emcc without -sMEMORY64)',
  ),
  threads: without(
    LATER,
    'threads',
    'Compile without threads and atomics (emcc without -pthread, rustc -C target-feature=-atomics)',
  ),
  shared: without(LATER, 'shared-everything threads', 'Compile without threads'),
  customPages: without(LATER, 'custom page sizes', 'Link with pages of 64 KiB (wasm-ld without --page-size)'),
  wideArithmetic: without(
    LATER,
    'wide arithmetic',
    'Compile without it (clang -mno-wide-arithmetic, rustc -C target-feature=-wide-arithmetic)',
  ),
  memoryControl: without(LATER, 'memory control', 'Compile without memory.discard'),
  stackSwitching: without(LATER, 'stack switching', 'Compile without stack switching'),
  descriptors: without(LATER, 'custom descriptors', 'Compile without custom descriptors'),
  halfPrecision: without(LATER, 'half precision', 'Compile without 16-bit floats (clang -mno-fp16)'),
  strings: without(LATER, 'strings (stringref)', 'Compile without stringref'),
  compactImports: without(LATER, 'compact imports', 'Write imports in the form of WebAssembly 3.0'),
  components: without(
    LATER,
    'the component model',
    'Give the core module inside: `wasm-tools component unbundle`, `jco transpile`, or compile for wasm32-wasip1 or wasm32-unknown-unknown',
  ),
};

export type ProposalName =
  | 'simd'
  | 'relaxedSimd'
  | 'exceptions'
  | 'legacyExceptions'
  | 'references'
  | 'gc'
  | 'memory64'
  | 'threads'
  | 'shared'
  | 'customPages'
  | 'wideArithmetic'
  | 'memoryControl'
  | 'stackSwitching'
  | 'descriptors'
  | 'halfPrecision'
  | 'strings'
  | 'compactImports'
  | 'components';

export interface Later {
  /** `i32x4.add`, `value type v128`, … */
  readonly what: string;
  readonly proposal: Proposal;
}

type Entry = readonly [code: number, proposal: ProposalName, what: string];

/** Bytes of value types, and of reference types in one byte (5.3.1–5.3.5). */
const VALUE_TYPES: readonly Entry[] = [
  [0x7b, 'simd', 'v128'],
  [0x78, 'gc', 'i8'],
  [0x77, 'gc', 'i16'],
  [0x75, 'stackSwitching', 'nullcontref'],
  [0x74, 'exceptions', 'nullexnref'],
  [0x73, 'gc', 'nullfuncref'],
  [0x72, 'gc', 'nullexternref'],
  [0x71, 'gc', 'nullref'],
  [0x6e, 'gc', 'anyref'],
  [0x6d, 'gc', 'eqref'],
  [0x6c, 'gc', 'i31ref'],
  [0x6b, 'gc', 'structref'],
  [0x6a, 'gc', 'arrayref'],
  [0x69, 'exceptions', 'exnref'],
  [0x68, 'stackSwitching', 'contref'],
  [0x67, 'strings', 'stringref'],
  [0x66, 'strings', 'stringview_wtf8'],
  [0x65, 'shared', 'shared reference'],
  [0x64, 'references', '(ref …)'],
  [0x63, 'references', '(ref null …)'],
  [0x62, 'descriptors', '(exact …)'],
];

/** First bytes of the entries of the type section (5.3.8–5.3.10). */
const TYPES: readonly Entry[] = [
  [0x65, 'shared', 'shared type'],
  [0x5f, 'gc', 'structure type'],
  [0x5e, 'gc', 'array type'],
  [0x5d, 'stackSwitching', 'continuation type'],
  [0x50, 'gc', 'subtype'],
  [0x4f, 'gc', 'final subtype'],
  [0x4e, 'gc', 'group of recursive types'],
  [0x4d, 'descriptors', 'type with a descriptor'],
  [0x4c, 'descriptors', 'type that describes another'],
];

const SECTIONS: readonly Entry[] = [
  [13, 'exceptions', 'tag section'],
  [14, 'strings', 'string section'],
];

/** Kinds of imports and exports (5.5.5, 5.5.10). */
const EXTERNAL_KINDS: readonly Entry[] = [
  [0x04, 'exceptions', 'tag'],
  [0x20, 'descriptors', 'function of an exact type'],
  [0x7e, 'compactImports', 'group of imports'],
  [0x7f, 'compactImports', 'group of imports'],
];

/** Bits of the flags of limits, the newest first: one that is set decides. Bit 0 is the maximum (5.3.12). */
const LIMITS: readonly Entry[] = [
  [0x08, 'customPages', 'page size'],
  [0x04, 'memory64', '64-bit limits'],
  [0x02, 'threads', 'shared limits'],
];

/** Of globals, bits like those (5.3.16). */
const MUTABILITIES: readonly Entry[] = [[0x02, 'shared', 'shared global']];

/**
 * Instructions (5.4): from `first` on one word each, `-` where there is none; `NAME:` is put before those behind it, with a
 * full stop. `first` is a byte, or the prefix times 2^16 plus the number behind it.
 */
const INSTRUCTIONS: readonly (readonly [first: number, proposal: ProposalName, names: string])[] = [
  [0x06, 'legacyExceptions', 'try catch'],
  [0x08, 'exceptions', 'throw'],
  [0x09, 'legacyExceptions', 'rethrow'],
  [0x0a, 'exceptions', 'throw_ref'],
  [0x14, 'references', 'call_ref return_call_ref'],
  [0x18, 'legacyExceptions', 'delegate catch_all'],
  [0x1f, 'exceptions', 'try_table'],
  [0xd3, 'gc', 'ref.eq'],
  [0xd4, 'references', 'ref.as_non_null br_on_null br_on_non_null'],
  [0xe0, 'stackSwitching', 'cont.new cont.bind suspend resume resume_throw resume_throw_ref switch'],
  [
    0xfb_0000,
    'gc',
    'struct: new new_default get get_s get_u set array: new new_default new_fixed new_data new_elem get get_s get_u set ' +
      'len fill copy init_data init_elem ref: test test_null cast cast_null : br_on_cast br_on_cast_fail ' +
      'any: convert_extern extern: convert_any ref: i31 i31: get_s get_u',
  ],
  [
    0xfb_0020,
    'descriptors',
    'struct: new_desc new_default_desc ref: get_desc cast_desc_eq cast_desc_eq_null : br_on_cast_desc_eq br_on_cast_desc_eq_fail',
  ],
  [0xfc_0012, 'memoryControl', 'memory.discard'],
  [0xfc_0013, 'wideArithmetic', 'i64: add128 sub128 mul_wide_s mul_wide_u'],
  [
    0xfd_0000,
    'simd',
    'v128: load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat load16_splat load32_splat ' +
      'load64_splat store const i8x16: shuffle swizzle splat i16x8: splat i32x4: splat i64x2: splat f32x4: splat f64x2: splat ' +
      'i8x16: extract_lane_s extract_lane_u replace_lane i16x8: extract_lane_s extract_lane_u replace_lane ' +
      'i32x4: extract_lane replace_lane i64x2: extract_lane replace_lane f32x4: extract_lane replace_lane ' +
      'f64x2: extract_lane replace_lane i8x16: eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u ' +
      'i16x8: eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u i32x4: eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u ' +
      'f32x4: eq ne lt gt le ge f64x2: eq ne lt gt le ge v128: not and andnot or xor bitselect any_true load8_lane load16_lane ' +
      'load32_lane load64_lane store8_lane store16_lane store32_lane store64_lane load32_zero load64_zero ' +
      'f32x4: demote_f64x2_zero f64x2: promote_low_f32x4 i8x16: abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u ' +
      'f32x4: ceil floor trunc nearest i8x16: shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u ' +
      'f64x2: ceil floor i8x16: min_s min_u max_s max_u f64x2: trunc i8x16: avgr_u i16x8: extadd_pairwise_i8x16_s ' +
      'extadd_pairwise_i8x16_u i32x4: extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u i16x8: abs neg q15mulr_sat_s all_true ' +
      'bitmask narrow_i32x4_s narrow_i32x4_u extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u ' +
      'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u f64x2: nearest i16x8: mul min_s min_u max_s max_u - ' +
      'avgr_u extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u i32x4: abs neg - all_true bitmask ' +
      '- - extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u shl shr_s shr_u add - - sub - - - mul ' +
      'min_s min_u max_s max_u dot_i16x8_s - extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u ' +
      'i64x2: abs neg - all_true bitmask - - extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u ' +
      'shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s extmul_low_i32x4_s extmul_high_i32x4_s ' +
      'extmul_low_i32x4_u extmul_high_i32x4_u f32x4: abs neg - sqrt add sub mul div min max pmin pmax ' +
      'f64x2: abs neg - sqrt add sub mul div min max pmin pmax i32x4: trunc_sat_f32x4_s trunc_sat_f32x4_u ' +
      'f32x4: convert_i32x4_s convert_i32x4_u i32x4: trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero ' +
      'f64x2: convert_low_i32x4_s convert_low_i32x4_u',
  ],
  [
    0xfd_0100,
    'relaxedSimd',
    'i8x16: relaxed_swizzle i32x4: relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u relaxed_trunc_f64x2_s_zero ' +
      'relaxed_trunc_f64x2_u_zero f32x4: relaxed_madd relaxed_nmadd f64x2: relaxed_madd relaxed_nmadd i8x16: relaxed_laneselect ' +
      'i16x8: relaxed_laneselect i32x4: relaxed_laneselect i64x2: relaxed_laneselect f32x4: relaxed_min relaxed_max ' +
      'f64x2: relaxed_min relaxed_max i16x8: relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s i32x4: relaxed_dot_i8x16_i7x16_add_s',
  ],
  [0xfe_0000, 'threads', 'memory: atomic.notify atomic.wait32 atomic.wait64 : atomic.fence'],
  [
    0xfe_0010,
    'threads',
    'i32: atomic.load i64: atomic.load i32: atomic.load8_u atomic.load16_u i64: atomic.load8_u atomic.load16_u atomic.load32_u ' +
      'i32: atomic.store i64: atomic.store i32: atomic.store8 atomic.store16 i64: atomic.store8 atomic.store16 atomic.store32 ' +
      ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg']
        .map(
          (op) =>
            `i32: atomic.rmw.${op} i64: atomic.rmw.${op} i32: atomic.rmw8.${op}_u atomic.rmw16.${op}_u ` +
            `i64: atomic.rmw8.${op}_u atomic.rmw16.${op}_u atomic.rmw32.${op}_u`,
        )
        .join(' '),
  ],
];

/** Whole families of numbers behind a prefix, where no name is known: from `first` on to the next. */
const FAMILIES: readonly (readonly [first: number, proposal: ProposalName])[] = [
  [0xfb_0000, 'gc'],
  [0xfb_0020, 'descriptors'],
  [0xfb_0080, 'strings'],
  [0xfd_0000, 'simd'],
  [0xfd_0100, 'relaxedSimd'],
  [0xfd_0120, 'halfPrecision'],
  [0xfe_0000, 'threads'],
  [0xfe_0050, 'shared'],
];

const PREFIXES: ReadonlySet<number> = new Set([0xfb, 0xfc, 0xfd, 0xfe]);

/** Whether a number follows the byte of an opcode. */
export function isPrefix(byte: number): boolean {
  return PREFIXES.has(byte);
}

let known: ReadonlyMap<number, Later> | undefined;

/** Made when the first such instruction is met: most files have none. */
function namedInstructions(): ReadonlyMap<number, Later> {
  if (known !== undefined) return known;
  const found = new Map<number, Later>();
  for (const [first, name, words] of INSTRUCTIONS) {
    let [code, group] = [first, ''];
    for (const word of words.split(' ')) {
      if (word.endsWith(':')) {
        group = word === ':' ? '' : `${word.slice(0, -1)}.`;
        continue;
      }
      if (word !== '-') found.set(code, { what: `instruction ${group}${word}`, proposal: PROPOSALS[name] });
      code++;
    }
  }
  known = found;
  return found;
}

/** The instruction of a byte, or of a prefix and the number behind it, that none of the supported ones is. */
export function laterInstruction(byte: number, number = 0): Later | undefined {
  const code = isPrefix(byte) ? byte * 2 ** 16 + Math.min(number, 0xffff) : byte;
  const named = namedInstructions().get(code);
  if (named !== undefined) return named;
  const family = FAMILIES.findLast(([first]) => first >> 16 === byte && first <= code);
  if (family === undefined) return undefined;
  return { what: `instruction 0x${byte.toString(16)} ${number}`, proposal: PROPOSALS[family[1]] };
}

const lookUp =
  (table: readonly Entry[], kind: string) =>
  (code: number): Later | undefined => {
    const entry = table.find(([byte]) => byte === code);
    return entry && { what: `${kind}${entry[2]}`, proposal: PROPOSALS[entry[1]] };
  };

const lookUpBits =
  (table: readonly Entry[]) =>
  (flags: number): Later | undefined => {
    if (flags > table.reduce((all, [bit]) => all | bit, 1)) return undefined;
    const entry = table.find(([bit]) => (flags & bit) !== 0);
    return entry && { what: entry[2], proposal: PROPOSALS[entry[1]] };
  };

export const laterValueType: (byte: number) => Later | undefined = lookUp(VALUE_TYPES, 'value type ');
export const laterType: (byte: number) => Later | undefined = lookUp(TYPES, '');
export const laterSection: (id: number) => Later | undefined = lookUp(SECTIONS, '');
export const laterExternalKind: (byte: number) => Later | undefined = lookUp(EXTERNAL_KINDS, '');
export const laterLimits: (flags: number) => Later | undefined = lookUpBits(LIMITS);
export const laterMutability: (flags: number) => Later | undefined = lookUpBits(MUTABILITIES);

/** The second half of the header of what is no core module. */
export function laterVersion(version: ArrayLike<number>): Later | undefined {
  // Two bytes of a version, two of the layer: 1 is the component model.
  return version[2] === 1 && version[3] === 0
    ? { what: 'a component, where a core module is expected', proposal: PROPOSALS.components }
    : undefined;
}
