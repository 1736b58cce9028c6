import assert from 'node:assert/strict';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { GLOBALS, STACK, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import type { ImageRule } from '../../../sdk/src/machine/verify-image/rules.ts';
import type { Line, ProgramParts } from '../chips/harness.ts';
import {
  called,
  dirtyComparison,
  entry,
  FIRST,
  FUNCTION,
  hijackedReturn,
  SIGNATURE,
  verdict,
} from './images.ts';

/** Slots: 0 … 4 hold 32 bits, 5 … 9 hold 64, 12 is not written. */
const [NARROW, WIDE, UNSET] = [0, 9, 12];
const RETURN: Line = [I.RETURN, 0, 2];
const BELOW = I.EQUAL | I.GREATER | I.IMMEDIATE;

const lines = (...all: readonly Line[]): ImageRule | 'accepted' => verdict(entry(all));
const body = (...all: readonly Line[]): ImageRule | 'accepted' => verdict(called(all));

describe('verifier of images: values', () => {
  it('unset: no slot is read that some path has not written', () => {
    for (const line of [
      [I.ADD, 0, 1, UNSET, 1],
      [I.ADD, 0, 1, 1, UNSET],
      [I.SELECT, I.EQUAL, UNSET, 1, 1],
      [I.MOVE, 0, 1, UNSET],
      [I.STORE8, 0, UNSET, 1],
      [I.WRITE, 0, UNSET],
      [I.SET, 0, UNSET, 0, GLOBALS],
      [I.EXIT_SLOT, 0, UNSET],
    ] satisfies Line[]) {
      assert.equal(lines(line), 'unset', line[0].name);
    }
    assert.equal(lines([I.CALL_INDIRECT, 0, UNSET, 20, 1], [I.LEAVE, 0, 20]), 'unset');
    // On one of two paths, and on both.
    const branch: Line = [I.BRANCH, I.EQUAL, FIRST + 2, 0, 1];
    const skipped: Line = [I.CONST, 0, UNSET, 0, 1];
    assert.equal(lines(branch, skipped, [I.WRITE, 0, UNSET]), 'unset');
    assert.equal(
      lines([I.BRANCH, I.EQUAL, FIRST + 3, 0, 1], skipped, [I.JUMP, 0, FIRST + 4], skipped, [
        I.WRITE,
        0,
        UNSET,
      ]),
      'accepted',
    );
  });

  it('width: no instruction of 32 bits reads a slot that may hold more', () => {
    const narrowOnly: readonly Line[] = [
      ...[I.ADD, I.SUB, I.RSUB, I.SHL, I.SHR, I.ROTL, I.SAR, I.DIV, I.REM].map(
        (info): Line => [info, I.IMMEDIATE, 1, WIDE, 1],
      ),
      [I.ADD, 0, 1, 0, WIDE],
      [I.COMPARE_SET, I.EQUAL, 1, WIDE, 0],
      [I.COMPARE_SET, I.EQUAL, 1, 0, WIDE],
      [I.COMPARE_SET, I.SIGNED | I.LESS, 1, WIDE, 0],
      [I.SELECT, I.GREATER, 1, WIDE, 0],
      [I.PRODUCT_LOW, 0, 1, WIDE, 0],
      [I.PRODUCT_LOW, 0, 1, 0, WIDE],
      [I.PRODUCT_HIGH, I.IMMEDIATE, 1, WIDE, 2],
      [I.PRODUCT_ROTATE, I.IMMEDIATE, 1, WIDE, 2],
      [I.INDEX, I.EQUAL, 1, WIDE, 0],
      [I.INDEX, I.WIDE, 1, 0, WIDE],
      [I.SHIFT_SIGNED, I.IMMEDIATE, 1, WIDE, 2],
      [I.EXTEND_SIGNED, 0, 1, WIDE],
      [I.LOAD8, 0, 1, WIDE],
      [I.STORE8, 0, 1, WIDE],
      [I.STORE32, 0, WIDE, 0],
    ];
    for (const line of narrowOnly) assert.equal(lines(line), 'width', line[0].name);
    for (const line of [
      [I.ADD, I.WIDE, 1, WIDE, WIDE],
      [I.COMPARE_SET, I.EQUAL | I.WIDE, 1, WIDE, WIDE],
      [I.SELECT, I.GREATER | I.WIDE, 1, WIDE, 0],
      [I.PRODUCT_LOW, I.IMMEDIATE, 1, WIDE, 1],
      [I.STORE32, I.WIDE, WIDE, 0],
      [I.STORE8, 0, WIDE, 0],
      [I.AND, 0, 1, WIDE, WIDE],
      [I.WRITE, 0, WIDE],
    ] satisfies Line[]) {
      assert.equal(lines(line), 'accepted', line[0].name);
    }
  });

  it('width: knows which results are below 2^32', () => {
    const narrow: readonly Line[] = [
      [I.ADD, 0, 1, 0, 0],
      [I.COMPARE_SET, I.EQUAL | I.WIDE, 1, WIDE, WIDE],
      [I.PRODUCT_LOW, I.IMMEDIATE, 1, WIDE, 1],
      [I.INDEX, I.WIDE | I.EQUAL, 1, 0, 0],
      [I.AND, 0, 1, WIDE, 0],
      [I.AND, I.IMMEDIATE, 1, WIDE, 0xffff_ffff],
      [I.OR, 0, 1, 0, 0],
      [I.SHR, I.WIDE | I.IMMEDIATE, 1, WIDE, 32],
      [I.LOAD32, 0, 1, 0],
      [I.LOAD16, I.SIGNED, 1, 0],
      [I.GET, 0, 1, 0, 3],
      [I.READ, 0, 1],
      [I.READ_PRIVATE, 0, 1],
      [I.MOVE, 0, 1, 0],
      [I.CONST, 0, 1, 0, 0xffff_ffff],
    ];
    const wide: readonly Line[] = [
      [I.ADD, I.WIDE, 1, 0, 0],
      [I.AND, 0, 1, WIDE, WIDE],
      [I.OR, 0, 1, 0, WIDE],
      [I.XOR, I.IMMEDIATE, 1, 0, 1n << 32n],
      [I.SHR, I.WIDE | I.IMMEDIATE, 1, WIDE, 31],
      [I.SHR, I.WIDE, 1, WIDE, 0],
      [I.MUL64, 0, 1, 0, 0],
      [I.MUL64, I.WIDE, 1, 0, 0],
      [I.LOAD64, 0, 1, 0],
      [I.LOAD32, I.SIGNED | I.WIDE, 1, 0],
      [I.EXTEND_SIGNED, 0, 1, 0],
      [I.GET, 0, 1, 0, GLOBALS],
      [I.READ, I.WIDE, 1],
      [I.MOVE, 0, 1, WIDE],
      [I.CONST, 0, 1, 0, 1n << 32n],
      [I.SELECT, I.GREATER, 1, 0, WIDE],
    ];
    const taken: Line = [I.EXTEND_SIGNED, 0, 2, 1];
    const count: Line = [I.CONST, 0, 0, 0, 5];
    for (const line of narrow) assert.equal(lines(line, taken), 'accepted', `${line[0].name} ${line[1]}`);
    for (const line of wide) assert.equal(lines(count, line, taken), 'width', `${line[0].name} ${line[1]}`);
  });

  it('width: a dirty upper half is what i32.eq must not read', () => {
    assert.equal(verdict(dirtyComparison()), 'width');
  });

  it('width: globals hold what their bound says', () => {
    const bounds = new Map([[GLOBALS, 2 ** 32 - 1]]);
    const set: Line = [I.SET, 0, WIDE, 0, GLOBALS];
    const get: readonly Line[] = [
      [I.GET, 0, 1, 0, GLOBALS],
      [I.EXTEND_SIGNED, 0, 1, 1],
    ];
    assert.equal(verdict(entry(get, { bounds })), 'accepted');
    assert.equal(verdict(entry(get)), 'width');
    assert.equal(verdict(entry([set], { bounds })), 'width');
    assert.equal(verdict(entry([set])), 'accepted');
  });

  it('count: shifts by slots are masked', () => {
    const shift = (info: I.OpcodeInfo, flags: number, mask: number): string =>
      lines([I.AND, I.IMMEDIATE, 1, 1, mask], [info, flags, 2, 0, 1]);
    for (const info of [I.SHL, I.SHR, I.ROTL, I.SAR]) {
      assert.equal(shift(info, 0, 31), 'accepted', info.name);
      assert.equal(shift(info, 0, 63), 'count', info.name);
      assert.equal(lines([info, 0, 2, 0, 1]), 'count', info.name);
      if (info === I.SAR) continue;
      assert.equal(shift(info, I.WIDE, 63), 'accepted', info.name);
      assert.equal(shift(info, I.WIDE, 127), 'count', info.name);
    }
    // A rotation to the right is one to the left by the width less the count.
    const rotate = (w: number): string =>
      lines([I.AND, I.IMMEDIATE, 1, 1, 31], [I.RSUB, I.IMMEDIATE, 1, 1, w], [I.ROTL, 0, 2, 0, 1]);
    assert.equal(rotate(32), 'accepted');
    assert.equal(rotate(33), 'count');
    assert.equal(rotate(30), 'count', '30 less 31 wraps');
  });

  it('table index: below the end of the tables, by a branch before', () => {
    // The image has 64 cells of tables.
    const access = (info: I.OpcodeInfo, limit: number, key: number, relation: number = BELOW): string =>
      lines([I.BRANCH, relation, FIRST + 2, 0, limit], [info, 0, 1, 0, key]);
    for (const info of [I.TABLE_GET, I.TABLE_SET]) {
      assert.equal(access(info, 64, TABLES), 'accepted');
      assert.equal(access(info, 65, TABLES), 'table index');
      assert.equal(access(info, 64, TABLES + 1), 'table index');
      assert.equal(access(info, 63, TABLES, I.GREATER | I.IMMEDIATE), 'accepted');
      assert.equal(access(info, 64, TABLES, I.GREATER | I.IMMEDIATE), 'table index');
      assert.equal(access(info, 64, TABLES, I.LESS | I.IMMEDIATE), 'table index', 'the other way round');
      assert.equal(access(info, 64, TABLES, BELOW | I.SIGNED), 'table index', 'a negative index');
      assert.equal(lines([info, 0, 1, 0, TABLES]), 'table index');
      // Of no elements: nothing gets there.
      assert.equal(access(info, 0, STACK), 'accepted');
    }
    assert.equal(access(I.TABLE_SET, 64, TABLES), 'accepted');
    assert.equal(
      lines([I.BRANCH, BELOW, FIRST + 2, 0, 64], [I.TABLE_SET, 0, WIDE, 0, TABLES]),
      'width',
      'elements have 32 bits',
    );
    // Against a slot that is bounded, and one that is not.
    const compared = (most: number): string =>
      lines(
        [I.AND, I.IMMEDIATE, 1, 1, most],
        [I.BRANCH, I.EQUAL | I.GREATER, FIRST + 3, 0, 1],
        [I.TABLE_GET, 0, 2, 0, TABLES],
      );
    assert.equal(compared(64), 'accepted');
    assert.equal(compared(65), 'table index');
  });

  it('return slot: nobody touches it but the return', () => {
    assert.equal(body(RETURN), 'accepted');
    for (const line of [
      [I.CONST, 0, 2, 0, 7],
      [I.MOVE, 0, 0, 2],
      [I.MOVE, 0, 2, 1],
      [I.ADD, I.WIDE, 0, 2, 1],
      [I.ADD, I.WIDE, 0, 1, 2],
      [I.READ, 0, 2],
      [I.LOAD8, 0, 2, 0],
      [I.WRITE, 0, 2],
      [I.RETURN, 0, 1],
      [I.RETURN, 0, 3],
    ] satisfies Line[]) {
      assert.equal(body(line, RETURN), 'return slot', line[0].name);
    }
    // A frame that begins at the return pc or below would have it among its own slots.
    const call = (delta: number): string =>
      body(
        [I.MOVE, 0, 30, 0],
        [I.CONST, 0, delta, 0, 1],
        [I.CONST, 0, delta + 1, 0, 1],
        [I.CALL, 0, FUNCTION, delta, 2],
        [I.LEAVE, 0, delta],
        [I.MOVE, 0, 0, 30],
        RETURN,
      );
    assert.equal(call(3), 'unset', 'what the callee may write is not what it was');
    assert.equal(call(40), 'accepted');
    for (const delta of [2, 1, 0]) assert.equal(call(delta), 'return slot');
    assert.equal(lines([I.RETURN, 0, 1]), 'return slot', 'the entry was not called');
  });

  it('table index: a store into a return slot is refused', () => {
    assert.equal(verdict(hijackedReturn()), 'table index');
  });

  it('arguments and results are of their widths', () => {
    const argument = (slot: number, from: number): string =>
      lines(
        [I.CONST, 0, 20, 0, 1],
        [I.CONST, 0, 21, 0, 1],
        [I.MOVE, 0, slot, from],
        [I.CALL, 0, FIRST + 6, 20, 2],
        [I.LEAVE, 0, 20],
        [I.EXTEND_SIGNED, 0, 1, 20],
      );
    assert.equal(argument(20, WIDE), 'callee', 'without a signature there is no function');
    const parts: ProgramParts = { signatures: [{ ...SIGNATURE, pc: FIRST + 7 }] };
    const withCall = (...before: readonly Line[]): string =>
      verdict(
        entry(
          [
            ...before,
            ...Array.from({ length: 3 - before.length }, (): Line => [I.CONST, 0, 13, 0, 1]),
            [I.CALL, 0, FIRST + 7, 20, 2],
            [I.LEAVE, 0, 20],
            [I.EXTEND_SIGNED, 0, 1, 20],
            [I.EXIT_, 0, 0],
            RETURN,
          ],
          parts,
        ),
      );
    assert.equal(withCall([I.MOVE, 0, 20, NARROW], [I.MOVE, 0, 21, WIDE]), 'accepted');
    assert.equal(withCall([I.MOVE, 0, 20, WIDE], [I.MOVE, 0, 21, WIDE]), 'width');
    assert.equal(withCall([I.MOVE, 0, 20, NARROW]), 'unset');
    assert.equal(body([I.MOVE, 0, 0, 1], RETURN), 'width');
    const results = { signatures: [{ ...SIGNATURE, results: [32, 32, 32] as const }] };
    assert.equal(verdict(called([[I.RETURN, 0, 3]], results)), 'callee');
  });

  it('an indirect call is one of any function of its type', () => {
    const functions = [{ id: 1, type: 3, pc: FUNCTION, returnSlot: 2 }];
    const indirect = (type: number, first: number): string =>
      verdict(
        entry(
          [
            [I.MOVE, 0, 20, first],
            [I.MOVE, 0, 21, WIDE],
            [I.CALL_INDIRECT, 0, 1, 20, type],
            [I.LEAVE, 0, 20],
            [I.EXIT_SLOT, 0, 20],
            RETURN,
          ],
          { functions, signatures: [SIGNATURE] },
        ),
      );
    assert.equal(indirect(3, NARROW), 'accepted');
    assert.equal(indirect(3, WIDE), 'width');
    assert.equal(indirect(4, WIDE), 'accepted', 'no reference has the type: the row traps');
  });

  it('loops start from what all their rounds leave', () => {
    const loop = (...inside: readonly Line[]): string =>
      lines(...inside, [I.BRANCH, I.EQUAL | I.WIDE, FIRST, WIDE, WIDE]);
    assert.equal(loop([I.ADD, I.IMMEDIATE, 1, 1, 1]), 'accepted');
    assert.equal(loop([I.EXTEND_SIGNED, 0, 2, 1], [I.MOVE, 0, 1, WIDE]), 'width', 'wide in the second round');
    assert.equal(loop([I.ADD, I.IMMEDIATE, 1, 1, 1], [I.SHL, 0, 2, 0, 1]), 'count');
    // Each round moves what is wide one slot further, through more slots than there are rounds.
    const chain = Array.from({ length: 40 }, (_, i): Line => [I.MOVE, 0, 60 - i, 59 - i]);
    const all = Array.from({ length: 41 }, (_, i): Line => [I.CONST, 0, 20 + i, 0, 1]);
    const at = FIRST + all.length;
    assert.equal(
      lines(...all, [I.MOVE, 0, 20, WIDE], ...chain, [I.BRANCH, I.EQUAL | I.WIDE, at, WIDE, WIDE]),
      'settling',
    );
  });
});
