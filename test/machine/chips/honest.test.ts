import assert from 'node:assert/strict';
import { UNMOVED } from '../../../sdk/src/machine/execute/placement.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MEMORY, STACK } from '../../../sdk/src/machine/memory-map.ts';
import { CASES, linesOf } from './cases.ts';
import { assemble, judge, type Line, MOVED, run, textOf } from './harness.ts';
import { controlRun, PATTERN } from './samples.ts';

describe('chips: honest rows', () => {
  it('every opcode on edge operands gives what the specification says, and all rows hold', () => {
    const lines: Line[] = [];
    for (const test of CASES) lines.push(...linesOf(test, lines.length + 1));
    for (const placement of [UNMOVED, MOVED]) {
      const result = run(assemble(lines), { placement });
      CASES.forEach(({ name, expected }, i) => {
        assert.equal(result.trace.publicOutputs[i], expected, name);
      });
      assert.equal(textOf(judge(result)), '');
    }
    assert.ok(CASES.length > 5000, `${CASES.length} cases`);
  });

  it('loads and stores of every size and extension at every alignment, up to the last byte of the memory', () => {
    const lines: Line[] = [];
    const expected: bigint[] = [];
    const memory = new Uint8Array(65536);
    const view = new DataView(memory.buffer);
    const loads: readonly (readonly [I.OpcodeInfo, number, (at: number) => bigint])[] = [
      [I.LOAD8, 0, (at) => BigInt(view.getUint8(at))],
      [I.LOAD8, I.SIGNED, (at) => BigInt.asUintN(32, BigInt(view.getInt8(at)))],
      [I.LOAD8, I.SIGNED | I.WIDE, (at) => BigInt.asUintN(64, BigInt(view.getInt8(at)))],
      [I.LOAD16, 0, (at) => BigInt(view.getUint16(at, true))],
      [I.LOAD16, I.SIGNED, (at) => BigInt.asUintN(32, BigInt(view.getInt16(at, true)))],
      [I.LOAD16, I.SIGNED | I.WIDE, (at) => BigInt.asUintN(64, BigInt(view.getInt16(at, true)))],
      [I.LOAD32, 0, (at) => BigInt(view.getUint32(at, true))],
      [I.LOAD32, I.SIGNED | I.WIDE, (at) => BigInt.asUintN(64, BigInt(view.getInt32(at, true)))],
      [I.LOAD64, 0, (at) => view.getBigUint64(at, true)],
    ];
    const stores: readonly (readonly [I.OpcodeInfo, number, (at: number, v: bigint) => void])[] = [
      [I.STORE8, 0, (at, v) => view.setUint8(at, Number(v & 255n))],
      [I.STORE16, 0, (at, v) => view.setUint16(at, Number(v & 0xffffn), true)],
      [I.STORE32, I.WIDE, (at, v) => view.setUint32(at, Number(v & 0xffff_ffffn), true)],
      [I.STORE64, 0, (at, v) => view.setBigUint64(at, v, true)],
    ];
    const loadAll = (ea: number, offset: number): void => {
      for (const [info, flags, read] of loads) {
        if (ea + offset + 2 ** (info.code & 3) > 65536) continue;
        // Slot 1 holds the address; the last load overwrites it, as compilers do.
        lines.push([I.CONST, 0, 1, 0, ea], [info, flags, 1, 1, offset], [I.WRITE, 0, 1]);
        expected.push(read(ea + offset));
      }
    };
    lines.push([I.CONST, 0, 2, 0, PATTERN]);
    let value = PATTERN;
    for (const base of [0, 64, 65536 - 16]) {
      for (let shift = 0; shift < 8; shift++) {
        for (const [info, flags, write] of stores) {
          const ea = base + shift;
          if (ea + 2 ** (info.code & 3) > 65536) continue;
          value = BigInt.asUintN(64, value * 0x9e37_79b9_7f4a_7c15n + 1n);
          lines.push([I.CONST, 0, 2, 0, value], [I.CONST, 0, 0, 0, ea], [info, flags, 2, 0, 0]);
          write(ea, value);
          loadAll(ea, 0);
          loadAll(ea & ~7, 7);
        }
      }
    }
    for (let ea = 65536 - 8; ea < 65536; ea++) loadAll(ea, 0);
    // The aligned 32-bit pair, which mem serves.
    lines.push([I.CONST, 0, 0, 0, 128], [I.CONST, 0, 2, 0, 0x8765_4321], [I.STORE32, 0, 2, 0, 4]);
    view.setUint32(132, 0x8765_4321, true);
    loadAll(128, 4);
    for (const placement of [UNMOVED, MOVED]) {
      const result = run(assemble(lines, { words: [{ key: MEMORY + 20, value: 0xa1b2_c3d4n }] }), {
        placement,
      });
      assert.deepEqual(result.trace.publicOutputs, expected);
      assert.equal(textOf(judge(result)), '');
      assert.ok(result.trace.chips.mem.rows > 0);
    }
  });

  it('globals, moves, table elements, jumps, calls, inputs, growth and exit', () => {
    for (const placement of [UNMOVED, MOVED]) {
      const result = controlRun(placement);
      assert.deepEqual(result.trace.publicOutputs, [PATTERN, 2n, 42n, 84n, 0x0013n]);
      assert.equal(result.trace.status, (2n << 32n) + 5n);
      assert.equal(textOf(judge(result)), '');
    }
  });

  it('cells that are accessed again after more than 2^16 steps are restamped', () => {
    // Slot 9 is written, then a loop of 30,000 rounds runs, then slot 9 is read.
    const lines: Line[] = [
      [I.CONST, 0, 9, 0, 77],
      [I.CONST, 0, 0, 0, 30_000],
      [I.SUB, I.IMMEDIATE, 0, 0, 1],
      [I.BRANCH, I.IMMEDIATE | I.GREATER, 3, 0, 0],
      [I.WRITE, 0, 9],
    ];
    const result = run(assemble(lines));
    assert.ok(result.trace.refresh.rows > 0);
    assert.deepEqual(result.trace.publicOutputs, [77n]);
    assert.equal(textOf(judge(result)), '');
    assert.ok(result.trace.boundary.records[0]! < STACK);
  });
});
