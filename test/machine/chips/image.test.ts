import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { createReferenceEngine } from '../../../sdk/src/kernels/index.ts';
import { TABLES_LOG } from '../../../sdk/src/machine/chips/tables.ts';
import { imageColumns } from '../../../sdk/src/machine/image.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { CHAIN_END, MEMORY } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { FUNC, INSTR, LEAVE_POINT, POW2, WORD, ZERO } from '../../../sdk/src/machine/tags.ts';
import { fillWitness, heights, locate, locateRow } from '../../../sdk/src/machine/witness.ts';
import { valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
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
    assert.deepEqual(logs.slice(0, 6), [4, 4, 4, 4, 4, 4]);
    const shape = { alu: 6, boundary: 5, image: 1 };
    const padded = fill(program, trace, shape);
    assert.deepEqual(
      padded.map(({ log }) => log),
      [6, 4, 4, 4, 4, 5, logs[6], TABLES_LOG],
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
