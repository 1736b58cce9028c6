/**
 * WebAssembly 3.0 and the proposals behind it, compared with the standard's list: what no program here can use is refused by its
 * name, where it stands in the file, with what helps; the rest is accepted.
 */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { opcodeById } from '../../sdk/src/wasm/index.ts';
import {
  isPrefix,
  laterExternalKind,
  laterInstruction,
  laterLimits,
  laterMutability,
  laterSection,
  laterType,
  laterValueType,
  PROPOSALS,
} from '../../sdk/src/wasm/proposals.ts';
import { HEADER, load, raw, refuses, verdict } from './helpers.ts';

/** Modules behind their headers, each of one feature; what the refusal says, and where. */
const REFUSED: readonly (readonly [bytes: string, what: string, offset: number])[] = [
  ['0105015f017f00', 'structure type, of garbage collection (WebAssembly 3.0)', 0xb],
  ['01050150006000 00', 'subtype, of garbage collection', 0xb],
  ['0106014e01600000', 'group of recursive types, of garbage collection', 0xb],
  ['0503010401', '64-bit limits, of 64-bit memories and tables', 0xb],
  ['040401700401', '64-bit limits, of 64-bit memories and tables', 0xc],
  ['050401030102', 'shared limits, of threads (a proposal beyond WebAssembly 3.0)', 0xb],
  ['0503010201', 'shared limits, of threads', 0xb],
  ['050401080100', 'page size, of custom page sizes', 0xb],
  ['0104016000000d03010000', 'tag section, of exception handling (WebAssembly 3.0)', 0xe],
  ['0104016000000218 0103656e760f5f5f6370705f657863657074696f6e040000', 'tag, of exception handling', 0x25],
  ['0606017f0241000b', 'shared global, of shared-everything threads', 0xc],
];

/** The same of bodies: their bytes behind the number of locals. */
const REFUSED_CODE: readonly (readonly [code: string, what: string])[] = [
  ['fe0300', 'instruction atomic.fence, of threads'],
  ['fe1002', 'instruction i32.atomic.load, of threads'],
  ['fe4e02', 'instruction i64.atomic.rmw32.cmpxchg_u, of threads'],
  ['d4', 'instruction ref.as_non_null, of typed function references'],
  ['1400', 'instruction call_ref, of typed function references'],
  ['fd0c00000000000000000000000000000000', 'instruction v128.const, of SIMD (WebAssembly 2.0)'],
  ['fd6e', 'instruction i8x16.add, of SIMD'],
  ['fdff01', 'instruction f64x2.convert_low_i32x4_u, of SIMD'],
  ['fd9302', 'instruction i32x4.relaxed_dot_i8x16_i7x16_add_s, of relaxed SIMD'],
  ['fb0000', 'instruction struct.new, of garbage collection'],
  ['fb1e', 'instruction i31.get_u, of garbage collection'],
  ['d3', 'instruction ref.eq, of garbage collection'],
  ['0800', 'instruction throw, of exception handling (WebAssembly 3.0)'],
  ['1f40000b', 'instruction try_table, of exception handling (WebAssembly 3.0)'],
  ['0640190b', 'instruction try, of exception handling in its form before WebAssembly 3.0'],
  ['fc13', 'instruction i64.add128, of wide arithmetic'],
  ['fc12', 'instruction memory.discard, of memory control'],
  ['e000', 'instruction cont.new, of stack switching'],
  ['fda002', 'instruction 0xfd 288, of half precision'],
  ['27', 'illegal opcode 0x27, which WebAssembly 3.0 reserves'],
  ['ff', 'illegal opcode 0xff'],
  ['fc8002', 'illegal opcode 0xfc 256'],
];

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const withHeader = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from([...HEADER, ...hex(text)]);
const withCode = (text: string): Uint8Array => {
  const code = [...hex(text), 0x0b];
  return raw([1, 4, 1, 0x60, 0, 0], [3, 2, 1, 0], [10, code.length + 3, 1, code.length + 1, 0, ...code]);
};

describe('WebAssembly 3.0 and later, by name', () => {
  it('what cannot be used is refused with its offset and what helps', () => {
    for (const [bytes, what, offset] of REFUSED) {
      refuses(
        () => load(withHeader(bytes)),
        'MODULE_UNSUPPORTED',
        `module+0x${offset.toString(16)}: ${what}`,
      );
    }
    for (const [code, what] of REFUSED_CODE) {
      refuses(() => load(withCode(code)), 'MODULE_UNSUPPORTED', `module+0x17: ${what}`);
    }
    for (const [byte, what] of [
      [0x69, 'value type exnref, of exception handling'],
      [0x63, 'value type (ref null …), of typed function references'],
      [0x7b, 'value type v128, of SIMD'],
      [0x6e, 'value type anyref, of garbage collection'],
    ] as const) {
      const local = raw([1, 4, 1, 0x60, 0, 0], [3, 2, 1, 0], [10, 6, 1, 4, 1, 1, byte, 0x0b]);
      refuses(() => load(local), 'MODULE_UNSUPPORTED', `module+0x18: ${what}`);
    }
    const component = Uint8Array.from([...HEADER.slice(0, 4), 0x0d, 0, 1, 0]);
    refuses(() => load(component), 'MODULE_UNSUPPORTED', 'module+0x4: a component');
  });

  it('never sends anyone in circles: no refusal calls the file malformed, and each names a remedy', () => {
    for (const bytes of [...REFUSED.map(([b]) => withHeader(b)), ...REFUSED_CODE.map(([c]) => withCode(c))]) {
      assert.throws(
        () => load(bytes),
        (error: unknown) =>
          isWattestError(error) && !/malformed|current compiler/.test(error.message + error.fix),
      );
    }
    for (const { fix, name } of Object.values(PROPOSALS)) assert.ok(fix.length > 20, name);
  });

  it('what programs may use of 3.0 is accepted', () => {
    for (const [bytes, what] of [
      ['0609017f00410141026a0b', 'arithmetic in a constant expression'],
      ['060b027f0041010b7f0023000b', 'a global of the module in one'],
      ['0409014000700001d0700b', 'an initial value of a table'],
      ['010401600000030201000a0601040012000b', 'a tail call'],
      ['0505020001 0001', 'two memories'],
      ['010401600000030201000505020001 00010a0b0109004100284201001a0b', 'a load from the second one'],
    ]) {
      assert.equal(verdict(withHeader(bytes!)), 'valid', what);
    }
  });

  it('no name stands for what programs may use, and every number behind a prefix of a proposal has one', () => {
    for (let byte = 0; byte < 0xfb; byte++) {
      if (opcodeById(byte) !== undefined)
        assert.equal(laterInstruction(byte), undefined, `0x${byte.toString(16)}`);
    }
    for (let number = 0; number <= 17; number++) assert.equal(laterInstruction(0xfc, number), undefined);
    const named = (prefix: number): number =>
      Array.from({ length: 512 }, (_, i) => laterInstruction(prefix, i)?.what ?? '').filter(
        (what) => what !== '' && !/0x/.test(what),
      ).length;
    // As many as the index of instructions of the standard has, and of threads; of custom descriptors its overview.
    assert.deepEqual([0xfb, 0xfc, 0xfd, 0xfe].map(named), [31 + 7, 5, 236 + 20, 4 + 63]);
    for (const prefix of [0xfb, 0xfd, 0xfe]) {
      assert.ok(isPrefix(prefix));
      for (let number = 0; number < 1024; number++) assert.ok(laterInstruction(prefix, number) !== undefined);
    }
    const found = (table: (code: number) => unknown): number =>
      Array.from({ length: 256 }, (_, code) => table(code)).filter((later) => later !== undefined).length;
    assert.deepEqual([laterValueType, laterType, laterSection, laterExternalKind].map(found), [21, 9, 2, 4]);
    assert.deepEqual([laterLimits, laterMutability].map(found), [14, 2]);
  });
});
