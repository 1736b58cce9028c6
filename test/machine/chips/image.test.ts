import assert from 'node:assert/strict';
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import { createReferenceEngine } from '../../../sdk/src/kernels/index.ts';
import { TABLES_LOG } from '../../../sdk/src/machine/chips/tables.ts';
import { imageColumns } from '../../../sdk/src/machine/image.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import {
  CHAIN_END,
  GLOBALS,
  INPUT_COUNTER,
  MAX_FRAME,
  MAX_REGION,
  MEMORY,
  OUTPUT_COUNTER,
  PAGES,
  STACK,
  TABLES,
} from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { FUNC, INSTR, LEAVE_POINT, POW2, WORD, ZERO } from '../../../sdk/src/machine/tags.ts';
import { fillWitness, heights, locate, locateRow } from '../../../sdk/src/machine/witness.ts';
import { valueAt } from '../../../sdk/src/plonk/fixed.ts';
import {
  assemble,
  cellOf,
  type Filled,
  fill,
  judge,
  type Line,
  run,
  SHIFT,
  SYSTEM,
  textOf,
  withCells,
} from './harness.ts';

function refusal(program: Program): string {
  try {
    imageColumns(program);
  } catch (error) {
    assert.ok(isWattestError(error, 'INTERNAL'), String(error));
    return error.message;
  }
  return 'accepted';
}

const withCode = (line: Line): Program => assemble([line]);

describe('image', () => {
  it('holds instructions by pc, return points, cells, functions and powers, and nothing else', () => {
    const program = assemble(
      [
        [I.CONST, 0, 7, 0, 0xffff_ffff_ffff_ffffn],
        [I.LEAVE, 0, 5],
      ],
      { words: [{ key: MEMORY, value: 9n }], functions: [{ id: 1, type: 2, pc: 3, returnSlot: 4 }] },
    );
    const image = imageColumns(program);
    const rows = Array.from({ length: 2 ** image.log }, (_, row) =>
      image.columns.map((column) => valueAt(column, row)),
    );
    const of = (code: number): bigint[][] => rows.filter(([kind]) => kind === BigInt(code));
    assert.deepEqual(rows[0], [0n, 0n, 0n, 0n, 0n, 0n]);
    const at = SHIFT + 1;
    assert.deepEqual(rows[at], [INSTR.code, at, I.CONST.code, 7, 0, 0xffff_ffff_ffff_ffffn].map(BigInt));
    assert.deepEqual(rows[at + 1], [LEAVE_POINT.code, at + 1, 0, at + 2, 5, 0].map(BigInt));
    assert.deepEqual(
      of(WORD.code).map(([, key]) => key),
      [3n, BigInt(MEMORY), BigInt(CHAIN_END)],
    );
    assert.equal(of(ZERO.code).length, program.zeros.length);
    assert.deepEqual(of(FUNC.code), [[FUNC.code, 1, 2, SHIFT + 3, 4, 0].map(BigInt)]);
    const powers = of(POW2.code).map(([, exponent, power]) => [exponent, power]);
    assert.deepEqual(
      powers,
      Array.from({ length: 65 }, (_, e) => [BigInt(e), e === 64 ? 1n : 1n << BigInt(e)]),
    );
    assert.ok(rows.slice(image.rows).every((row) => row.every((field) => field === 0n)));
  });

  it('is the same object each time, as the program is', () => {
    const program = assemble([[I.JUMP, 0, 2]]);
    assert.equal(imageColumns(program), imageColumns(program));
  });

  it('refuses what the chips take for granted', () => {
    assert.match(refusal(withCode([I.MOVE, 0, 3, 3])), /a move of slot 3 to itself at pc 10/);
    for (const c of [0n, 3n, 1n << 32n, (1n << 32n) + 1n]) {
      const why = c >> 32n === 0n ? /without a power of two/ : /an immediate of more than 32 bits/;
      assert.match(refusal(withCode([I.PRODUCT_ROTATE, I.IMMEDIATE, 1, 0, c])), why);
      assert.match(refusal(withCode([I.SHIFT_SIGNED, I.IMMEDIATE, 1, 0, c])), why);
    }
    assert.match(refusal(withCode([I.PRODUCT_ROTATE, 0, 1, 0, 1])), /opcode 9 at pc 10/);
    assert.match(refusal(withCode([I.SHIFT_SIGNED, I.IMMEDIATE, 1, 0, 1])), /a shift by 32/);
    assert.match(refusal(withCode([I.RETURN, 0, 1, 0, 1])), /ret with a field that it does not use/);
    assert.match(refusal(withCode([I.MUL64, I.WIDE, 1, 0, 1])), /opcode 307 at pc 10/);
    assert.match(refusal(withCode([I.BRANCH, I.WIDE | I.SIGNED, 1, 0, 1])), /opcode 773 at pc 10/);
    assert.match(refusal(withCode([{ ...I.ADD, code: 99 }, 0, 1])), /opcode 99 at pc 10/);
    assert.match(refusal(withCode([I.CALL, 0, 1, MAX_FRAME + 1])), /a call beyond every frame at pc 10/);
    for (const c of [1n << 16n, 1n << 32n]) {
      assert.match(refusal(withCode([I.CALL_INDIRECT, 0, 1, 0, c])), /an indirect call of type \d+ at pc 10/);
    }
    assert.match(
      refusal(
        assemble([
          [I.DRAIN, 0, 0],
          [I.READ, 0, 0],
        ]),
      ),
      /no exit behind a drain at pc 10/,
    );
    const program = assemble([]);
    const [first, second] = [program.zeros[0]!, program.words[0]!];
    const cells = (change: Partial<Program>): string => refusal({ ...program, ...change });
    assert.match(cells({ zeros: [first, first] }), /too long or not apart/);
    assert.match(cells({ zeros: [{ lo: MEMORY, hi: MEMORY + MAX_REGION }] }), /too long/);
    assert.match(cells({ zeros: [{ lo: second.key, hi: second.key }] }), /contains an initial cell/);
    assert.match(cells({ words: [second, second] }), /out of order/);
    assert.match(cells({ words: [{ key: CHAIN_END, value: 1n }] }), /out of order/);
    for (const [id, type] of [
      [0, 1],
      [1, 0],
      [1, 1 << 16],
    ] as const) {
      const functions = [{ id, type, pc: 1, returnSlot: 0 }];
      assert.match(cells({ functions }), new RegExp(`function reference ${id} of type ${type}$`));
    }
  });

  it('refuses slots beyond every frame, in each field that names one', () => {
    const slot = MAX_FRAME;
    const lines: Line[] = [
      [I.CONST, 0, slot],
      [I.ADD, 0, slot, 1, 1],
      [I.ADD, 0, 1, slot, 1],
      [I.ADD, 0, 1, 1, slot],
      [I.ADD, 0, 1, 1, 1n << 32n],
      [I.BRANCH, I.EQUAL, 1, slot, 1],
      [I.EXTEND_SIGNED, 0, 1, slot],
      [I.AND, 0, 1, 1, slot],
      [I.MOVE, 0, 1, slot],
      [I.TABLE_GET, 0, 1, slot, TABLES],
      [I.LOAD8, 0, 1, slot],
      [I.STORE64, 0, slot, 1],
      [I.JUMP_TABLE, 0, 0, slot, 1],
      [I.CALL_INDIRECT, 0, slot, 8, 1],
      [I.RETURN, 0, slot],
      [I.READ_PRIVATE, 0, slot],
      [I.WRITE, 0, slot],
      [I.EXIT_SLOT, 0, slot],
    ];
    for (const line of lines) {
      assert.match(refusal(withCode(line)), /slot \d+ beyond every frame at pc 10/, line[0].name);
    }
    // Where these fields name none, they may be anything, but fields that are not used are 0.
    for (const line of [
      [I.ADD, I.IMMEDIATE, 1, 1, slot],
      [I.BRANCH, I.EQUAL, slot, 1, 1],
      [I.JUMP, 0, slot],
      [I.EXIT_, 0, slot, slot],
      [I.CONST, 0, 1, 0, slot],
    ] satisfies Line[]) {
      assert.equal(refusal(withCode(line)), 'accepted', line[0].name);
    }
    for (const line of [
      [I.CONST, 0, 1, 1],
      [I.GROW, 0, 1],
      [I.MOVE, 0, 1, 2, 1n << 32n],
      [I.JUMP, 0, 1, 0, 1],
      [I.WRITE, 0, 1, 1],
    ] satisfies Line[]) {
      assert.match(refusal(withCode(line)), /with a field that it does not use at pc 10/, line[0].name);
    }
  });

  it('refuses cells that an instruction has no business with', () => {
    for (const key of [0, INPUT_COUNTER, OUTPUT_COUNTER, PAGES + 1, TABLES, STACK + 5, 2 ** 32 + GLOBALS]) {
      assert.match(refusal(withCode([I.GET, 0, 5, 0, key])), /a get of what is no global and not the size/);
      assert.match(refusal(withCode([I.SET, 0, 5, 0, key])), /a set of what is no global/);
    }
    assert.match(refusal(withCode([I.SET, 0, 5, 0, PAGES])), /a set of what is no global/);
    for (const key of [PAGES, GLOBALS, TABLES - 1]) {
      assert.equal(refusal(withCode([I.GET, 0, 5, 0, key])), 'accepted');
    }
    for (const info of [I.TABLE_GET, I.TABLE_SET]) {
      for (const key of [TABLES - 1, STACK + 1, 2 ** 32 + TABLES]) {
        assert.match(refusal(withCode([info, 0, 5, 1, key])), /an element of no table at pc 10/);
      }
      for (const key of [TABLES, STACK]) assert.equal(refusal(withCode([info, 0, 5, 1, key])), 'accepted');
    }
  });

  it('refuses calls without a return point of their own, or with a return slot beyond every frame', () => {
    const call = (lines: readonly Line[]): string => refusal(assemble(lines));
    for (const line of [
      [I.CALL, 0, 1, 8, 2],
      [I.CALL_INDIRECT, 0, 1, 8, 2],
    ] satisfies Line[]) {
      assert.equal(call([line, [I.LEAVE, 0, 8]]), 'accepted');
      assert.match(call([line]), /a call without its return point at pc 10/);
      assert.match(call([line, [I.LEAVE, 0, 9]]), /a call without its return point at pc 10/);
    }
    for (const slot of [MAX_FRAME, 2 ** 32]) {
      assert.match(
        call([
          [I.CALL, 0, 1, 8, slot],
          [I.LEAVE, 0, 8],
        ]),
        /slot \d+ beyond every frame at pc 10/,
      );
    }
    const functions = [{ id: 7, type: 1, pc: 1, returnSlot: MAX_FRAME }];
    assert.match(refusal(assemble([], { functions })), /function reference 7 with its return slot beyond/);
  });

  it('refuses immediates with which an instruction means nothing', () => {
    const refused: (readonly [info: I.OpcodeInfo, flags: number, y: bigint, why: RegExp])[] = [
      [I.SHL, 0, 32n, /shl by 32 of 32 bits/],
      [I.SHR, 0, 40n, /shr by 40 of 32 bits/],
      [I.SHR, I.WIDE, 64n, /shr by 64 of 64 bits/],
      [I.SAR, 0, 32n, /sarv by 32 of 32 bits/],
      [I.ROTL, 0, 33n, /rotl by 33 of 32 bits/],
      [I.ROTL, I.WIDE, 1n << 32n, /rotl by 4294967296 of 64 bits/],
      [I.DIV, 0, 0n, /divu by 0/],
      [I.REM, I.WIDE, 0n, /remu by 0/],
      [I.ADD, 0, 1n << 32n, /add with an immediate of more than 32 bits/],
      [I.DIV, 0, 1n << 32n, /divu with an immediate of more than 32 bits/],
      [I.BRANCH, I.LESS, 1n << 32n, /br with an immediate of more than 32 bits/],
      [I.BRANCH, I.SIGNED | I.LESS, 1n << 32n, /br with an immediate of more than 32 bits/],
    ];
    for (const [info, flags, y, why] of refused) {
      assert.match(refusal(withCode([info, flags | I.IMMEDIATE, 1, 1, y])), why);
    }
    const accepted: (readonly [info: I.OpcodeInfo, flags: number, y: bigint])[] = [
      [I.SHL, 0, 31n],
      [I.SHR, I.WIDE, 63n],
      [I.SAR, 0, 31n],
      [I.ROTL, 0, 32n],
      [I.ROTL, I.WIDE, 64n],
      [I.DIV, I.WIDE, 1n << 32n],
      [I.ADD, I.WIDE, 1n << 32n],
      [I.BRANCH, I.LESS | I.WIDE, 1n << 32n],
      [I.AND, 0, 1n << 32n],
    ];
    for (const [info, flags, y] of accepted) {
      assert.equal(refusal(withCode([info, flags | I.IMMEDIATE, 1, 1, y])), 'accepted', info.name);
    }
  });

  it('refuses a program without the exits of proven traps in their places', () => {
    const { code } = assemble([]);
    for (let pc = 1; pc <= SHIFT; pc++) {
      for (const field of ['opcode', 'a', 'b', 'c', 'cHigh'] as const) {
        const other = { ...code, [field]: code[field].slice() };
        other[field][pc]!++;
        assert.match(refusal({ ...assemble([]), code: other }), /another instruction than for the trap/);
      }
    }
  });
});

describe('witness', () => {
  const lines: Line[] = [
    [I.CONST, 0, 0, 0, 3],
    [I.ADD, I.IMMEDIATE, 0, 0, 4],
    [I.WRITE, 0, 0],
  ];

  it('has the least heights that hold the rows, and more where a shape asks for it', () => {
    const { program, trace, statement, witness } = run(assemble(lines));
    const logs = heights(SYSTEM, program, trace);
    assert.deepEqual(
      logs,
      witness.map(({ log }) => log),
    );
    assert.deepEqual(logs.slice(0, 6), [3, 3, 3, 3, 3, 3]);
    const shape = { alu: 5, boundary: 4, image: 1 };
    const padded = fill(program, trace, shape);
    assert.deepEqual(
      padded.map(({ log }) => log),
      [5, 3, 3, 3, 3, 4, logs[6], TABLES_LOG],
    );
    assert.equal(textOf(judge({ program, trace, statement, witness: padded })), '');
  });

  it('takes any field element into a changed cell, beside words and back', () => {
    const { witness } = run(assemble(lines));
    const values = [1n << 32n, -1n, (1n << 32n) - 1n, 1n << 64n, Fr.inv(4n), 7n];
    let changed: readonly Filled[] = witness;
    for (const value of values) {
      changed = withCells(changed, 'alu', 0, { pc: value, x: value });
      for (const column of ['pc', 'x']) assert.equal(cellOf(changed, 'alu', column, 0), Fr.from(value));
    }
    assert.deepEqual(withCells(changed, 'alu', 0, { x: cellOf(witness, 'alu', 'x', 0), pc: 11n }), witness);
  });

  it('names the instruction of a row, and nothing for padding and tables', () => {
    const { program, trace } = run(assemble(lines));
    const origin = locate(program, trace, 'alu', 0);
    assert.deepEqual(origin, { pc: 11, opcode: 'add', offset: 0, functionIndex: -1, fp: 0x1000_0000 });
    assert.equal(locateRow(program, trace, 'alu', 0), 'add at pc 11');
    const named: Program = {
      ...program,
      code: {
        ...program.code,
        offset: program.code.offset.map(() => 0x1f3),
        functionIndex: program.code.functionIndex.map(() => 4),
      },
      functionNames: new Map([[4, 'main']]),
    };
    assert.equal(locateRow(named, trace, 'alu', 0), 'add at pc 11, wasm+0x1f3 in main');
    assert.equal(locateRow(program, trace, 'alu', 1), undefined);
    assert.equal(locateRow(program, trace, 'tables', 0), undefined);
  });

  it('says so where the executor left a cell unsupplied or too long alone', () => {
    const { program, trace } = run(assemble(lines));
    const bare = { ...program, zeros: [] };
    const engine = createReferenceEngine();
    assert.throws(
      () => fillWitness(engine, SYSTEM, bare, trace),
      /cell 0x2: the image does not supply a cell/,
    );
    const { alu } = trace.chips;
    const records = alu.records.slice();
    records[2] = 1 << 20;
    const late = { ...trace, chips: { ...trace.chips, alu: { ...alu, records } } };
    assert.throws(
      () => fillWitness(engine, SYSTEM, program, late),
      /chip alu, row 0: an access \d+ steps after/,
    );
  });
});
