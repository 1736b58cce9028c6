import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { UNMOVED } from '../../../sdk/src/machine/execute/placement.ts';
import type { ChipName } from '../../../sdk/src/machine/instructions.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MAX_FRAME, MEMORY, STACK_END } from '../../../sdk/src/machine/memory-map.ts';
import { ACCESS_WORDS, HEADER_WORDS } from '../../../sdk/src/machine/trace.ts';
import { CASES, type Case, linesOf } from './cases.ts';
import {
  assemble,
  cellOf,
  chipIndex,
  type Filled,
  fill,
  judge,
  type Line,
  MOVED,
  type Run,
  run,
  SHIFT,
  SYSTEM,
  textOf,
  withCells,
} from './harness.ts';
import { PRIMES } from './mutation-values.ts';
import { evaluate, Provided, rowOf } from './rows.ts';
import { controlRun, memoryRun } from './samples.ts';
import { Infeasible, Solver } from './solver.ts';

type Change = Partial<Pick<Run, 'witness' | 'statement'>>;

function refused(honest: Run, change: Change, pattern: RegExp): void {
  const report = judge(honest, change);
  assert.equal(report.ok, false, 'accepted');
  assert.match(textOf(report), pattern);
}

/** The run with other words in one record, filled as an honest prover would fill it. */
function withRecord(honest: Run, chip: ChipName, row: number, edit: (record: Uint32Array) => void): Filled[] {
  const { chips } = honest.trace;
  const records = chips[chip].records.slice();
  const { stride } = chips[chip];
  edit(records.subarray(row * stride, (row + 1) * stride));
  return fill(honest.program, { ...honest.trace, chips: { ...chips, [chip]: { ...chips[chip], records } } });
}

const word = (access: number, i: number): number => HEADER_WORDS + ACCESS_WORDS * access + i;

/** Row of a chip whose instruction has this opcode; the `n`-th of them. */
function rowWith(honest: Run, chip: ChipName, info: I.OpcodeInfo, n = 0): number {
  const { records, rows, stride } = honest.trace.chips[chip];
  const found = Array.from({ length: rows }, (_, row) => row).filter(
    (row) => (honest.program.code.opcode[records[row * stride]!]! & 127) === info.code,
  );
  return found[n]!;
}

describe('chips: forged rows', () => {
  // One case of every opcode with every set of flags, with operands that are not trivial.
  const groups = new Map<string, Case>();
  for (const test of CASES) {
    if (test.x > 1n && test.y > 0n && test.info !== I.BRANCH)
      groups.set(`${test.info.name} ${test.flags}`, test);
  }
  const chosen = [...groups.values()];
  const forgeries: readonly (readonly [string, (low: number, high: number) => readonly [number, number]])[] =
    [
      ['one more', (low, high) => [(low + 1) >>> 0, low === 0xffff_ffff ? (high + 1) >>> 0 : high]],
      ['one less', (low, high) => [(low - 1) >>> 0, low === 0 ? (high - 1) >>> 0 : high]],
      ['2^32 more', (low, high) => [low, (high + 1) >>> 0]],
      ['2^63 more', (low, high) => [low, (high ^ 0x8000_0000) >>> 0]],
    ];
  for (const [what, forge] of forgeries) {
    it(`no opcode's result can be ${what}, limbs and outputs rewritten to match`, () => {
      const lines: Line[] = [];
      for (const test of chosen) lines.push(...linesOf(test, lines.length + 1));
      let forged = 0;
      for (const [chip, placement] of [
        ['alu', UNMOVED],
        ['wide', UNMOVED],
        ['wide', MOVED],
      ] as const) {
        const honest = run(assemble(lines), { placement });
        const { rows, stride, records } = honest.trace.chips[chip];
        // All rows of the chip at once: every single one must be objected to.
        const wrong = records.slice();
        const expected = new Set<number>();
        for (let row = 0; row < rows; row++) {
          const at = row * stride + word(2, 3);
          // First rows of a division write nothing.
          if (records[row * stride + 1]! >>> 30 === 1) continue;
          [wrong[at], wrong[at + 1]] = forge(records[at]!, records[at + 1]!);
          expected.add(row);
        }
        const { chips } = honest.trace;
        const trace = { ...honest.trace, chips: { ...chips, [chip]: { ...chips[chip], records: wrong } } };
        const witness = fill(honest.program, trace);
        const report = judge(honest, { witness });
        const all = judgeAll(honest, witness, chip);
        assert.equal(report.ok, false);
        for (const row of expected) {
          assert.ok(all.has(row), `${chip}, row ${row}: no constraint objects`);
          forged++;
        }
      }
      assert.ok(forged > 50, `${forged} rows`);
    });
  }

  it('no result of an opcode can be moved by a field element, alone or with its lowest limb or byte', () => {
    const lines: Line[] = [];
    for (const test of chosen) lines.push(...linesOf(test, lines.length + 1));
    const honest = run(assemble(lines));
    let forged = 0;
    for (const [chip, ...lowest] of [
      ['alu', 'r0'],
      ['wide', 'x0', 'z0'],
    ] as const) {
      for (let row = 0; row < honest.trace.chips[chip].rows; row++) {
        // First rows of a division have no result.
        if (chip === 'wide' && cellOf(honest.witness, 'wide', 'first', row) === 1n) continue;
        for (const limb of [undefined, ...lowest]) {
          for (const difference of [PRIMES, Fr.inv(4n)]) {
            const moved = ['result', ...(limb === undefined ? [] : [limb])].map((column) => {
              return [column, cellOf(honest.witness, chip, column, row) + difference] as const;
            });
            const witness = withCells(honest.witness, chip, row, Object.fromEntries(moved));
            const { failures } = judge(honest, { witness });
            // The cells that take the result say so too, which a lying prover would mend.
            const named = failures.some((failure) =>
              failure.kind === 'constraint'
                ? failure.chip === chip && failure.row === row
                : ['RANGE16', 'AND8'].includes(failure.tag) && failure.parties.some((one) => one.row === row),
            );
            assert.ok(named, `${chip}, row ${row}: result and ${limb} moved by ${difference}`);
            forged++;
          }
        }
      }
    }
    assert.ok(forged > 200, `${forged} rows`);
  });

  it('a branch goes nowhere but where its relation sends it', () => {
    for (const [x, target] of [
      [5n, 4n],
      [9n, 3n],
    ] as const) {
      const honest = run(
        assemble([
          [I.CONST, 0, 0, 0, x],
          [I.BRANCH, I.IMMEDIATE | I.LESS, 4, 0, 7],
          [I.CONST, 0, 1, 0, 1],
          [I.WRITE, 0, 1],
        ]),
      );
      assert.equal(cellOf(honest.witness, 'alu', 'pcNext', 0), BigInt(SHIFT) + target);
      const other = BigInt(SHIFT) + 7n - target;
      const change = { witness: withCells(honest.witness, 'alu', 0, { pcNext: other }) };
      refused(honest, change, /alu, row 0 .*: "next pc" does not hold/);
      const flipped = withCells(honest.witness, 'alu', 0, {
        lt: 1n - cellOf(honest.witness, 'alu', 'lt', 0),
        pcNext: other,
      });
      refused(honest, { witness: flipped }, /"(unsigned order|gt is a bit)" does not hold/);
      // Another relation is another opcode.
      const flags = withCells(honest.witness, 'alu', 0, { less: 0n, greater: 1n, pcNext: other });
      refused(honest, { witness: flags }, /INSTR\(pc = 11, opcode = 4229/);
    }
  });

  it('a jump or a move that alu proves goes nowhere else and moves nothing else, and a sum in wide has one carry', () => {
    const honest = run(
      assemble([
        [I.CONST, 0, 0, 0, 5],
        [I.JUMP, 0, 3],
        [I.MOVE, 0, 1, 0],
        [I.ADD, I.IMMEDIATE, 1, 1, 0xffff_fffe],
        [I.WRITE, 0, 1],
      ]),
      { placement: MOVED },
    );
    assert.deepEqual(honest.trace.publicOutputs, [3n]);
    const forge = (
      chip: 'alu' | 'wide',
      row: number,
      cells: Readonly<Record<string, bigint>>,
      why: RegExp,
    ): void => refused(honest, { witness: withCells(honest.witness, chip, row, cells) }, why);
    forge('alu', 0, { pcNext: BigInt(SHIFT) + 4n }, /alu, row 0 .*: "next pc" does not hold/);
    forge('alu', 1, { pcNext: BigInt(SHIFT) + 5n }, /alu, row 1 .*: "next pc" does not hold/);
    forge('alu', 1, { result: 6n }, /alu, row 1 .*: "extend, move: result" does not hold/);
    forge('wide', 0, { sign: 0n }, /wide, row 0 .*: "add" does not hold/);
    forge(
      'wide',
      0,
      { sign: 0n, x2: 1n, result: (1n << 32n) + 3n },
      /"(add|products, add: result)" does not hold/,
    );
    // Another opcode than the one at the pc.
    forge('wide', 0, { add: 0n, or: 1n }, /INSTR\(pc = 13, opcode = 177/);
    forge('alu', 0, { jump: 0n, move: 1n }, /INSTR\(pc = 11, opcode = 18/);
  });

  it('a product has no other halves, and its row gives the one that its opcode names', () => {
    const [x, y] = [0xfedc_ba98_7654_3210n, 0x1234_5678_9abc_def1n];
    const [low, high] = [BigInt.asUintN(64, x * y), (x * y) >> 64n];
    const honest = run(
      assemble([
        [I.CONST, 0, 0, 0, x],
        [I.MUL64, I.WIDE | I.IMMEDIATE, 1, 0, y],
        [I.WRITE, 0, 1],
      ]),
    );
    assert.deepEqual(honest.trace.publicOutputs, [high]);
    const forge = (cells: Readonly<Record<string, bigint>>, why: RegExp): void =>
      refused(honest, { witness: withCells(honest.witness, 'wide', 0, cells) }, why);
    const limbs = (product: bigint): Record<string, bigint> =>
      Object.fromEntries(
        Array.from({ length: 8 }, (_, i) => [
          [`x${i}`, (product >> BigInt(16 * i)) & 255n] as const,
          [`y${i}`, (product >> BigInt(16 * i + 8)) & 255n] as const,
        ]).flat(),
      );
    forge({ result: low }, /wide, row 0 .*: "products, add: result" does not hold/);
    forge({ wide: 0n, result: low }, /INSTR\(pc = 11, opcode = 435/);
    // Whole products: one more unit of the upper half, or of the lower one.
    const above = high + 1n;
    forge({ result: above }, /"products, add: result" does not hold/);
    forge({ ...limbs((above << 64n) | low), result: above }, /"products" does not hold/);
    forge(limbs(((high - 1n) << 64n) + low), /"(products|products, add: result)" does not hold/);
    // x·y + r has the same lower limbs if limbs were not below 2^16: 2^64 more there, one less above.
    const borrowed = { ...limbs(((high - 1n) << 64n) | low), result: high - 1n };
    forge({ ...borrowed, y3: ((low >> 56n) & 255n) + 256n }, /AND8/);
  });

  it('a division has no other quotient, in one row or two', () => {
    for (const flags of [0, I.WIDE]) {
      const honest = run(
        assemble([
          [I.CONST, 0, 0, 0, 1000],
          [I.DIV, flags | I.IMMEDIATE, 1, 0, 7],
          [I.WRITE, 0, 1],
        ]),
      );
      assert.deepEqual(honest.trace.publicOutputs, [142n]);
      if (flags === 0) {
        // q = 141, r = 13: x = q·y + r holds, but r is not below y.
        const forged = withCells(honest.witness, 'wide', 0, { x0: 141n, x2: 13n, result: 141n });
        refused(honest, { witness: forged }, /"division: r is below y" does not hold/);
        const negative = withCells(honest.witness, 'wide', 0, { x0: 143n, result: 143n });
        refused(honest, { witness: negative }, /"division: x = q·y \+ r" does not hold/);
        continue;
      }
      const [first, second] = [0, 1].map((row) =>
        withRecord(honest, 'wide', row, (record) => {
          record[3] = 141;
        }),
      ) as [Filled[], Filled[]];
      refused(honest, { witness: first }, /STATE\(ts = 7, pc = 4294967307, fp = 2\^28, mid = 141\) is sent/);
      refused(
        honest,
        { witness: second },
        /STATE\(ts = 7, pc = 4294967307, fp = 2\^28, mid = 141\) is received/,
      );
      const handed = withCells(second, 'wide', 0, { x0: 141n, midNext: 141n });
      refused(honest, { witness: handed }, /wide, row 1 .*"division: r is below y" does not hold/);
    }
  });

  it('a load gives the bytes that are there', () => {
    const honest = memoryRun();
    const { rows } = honest.trace.chips.memx;
    for (let row = 0; row < rows; row++) {
      const isLoad = cellOf(honest.witness, 'memx', 'store', row) === 0n;
      const first = cellOf(honest.witness, 'memx', 'first', row) === 1n;
      if (!isLoad || first) continue;
      for (const [i, bit] of [
        [3, 1],
        [3, 0x80],
        [4, 1],
        [4, 0x8000_0000],
      ] as const) {
        const witness = withRecord(honest, 'memx', row, (record) => {
          record[word(1, i)] = (record[word(1, i)]! ^ bit) >>> 0;
        });
        // The lower word of a second row is what the first row handed over.
        const second = cellOf(honest.witness, 'memx', 'second', row) === 1n;
        if (second && i === 3) refused(honest, { witness }, /STATE\(.*mid = \d+\) is received/);
        else assert.ok(judgeAll(honest, witness, 'memx').has(row), `memx, row ${row}: word ${i} ^ ${bit}`);
      }
    }
  });

  it('a store changes its bytes and no others', () => {
    const honest = memoryRun();
    for (let row = 0; row < honest.trace.chips.memx.rows; row++) {
      if (cellOf(honest.witness, 'memx', 'store', row) === 0n) continue;
      for (const [access, bit] of [
        [2, 1],
        [2, 0x0100_0000],
        [3, 1],
        [3, 0x0100_0000],
      ] as const) {
        const witness = withRecord(honest, 'memx', row, (record) => {
          record[word(access, 3)] = (record[word(access, 3)]! ^ bit) >>> 0;
        });
        // The second cell of an access that does not reach it is not filled at all.
        const same = rowOf(witness, 'memx', row).every((v, i) => v === rowOf(honest.witness, 'memx', row)[i]);
        assert.ok(same || judgeAll(honest, witness, 'memx').has(row), `memx, row ${row}: access ${access}`);
      }
    }
  });

  it('eight bytes in one row are aligned', () => {
    const lines: Line[] = [
      [I.CONST, 0, 0, 0, 1],
      [I.LOAD64, 0, 1, 0],
      [I.WRITE, 0, 1],
    ];
    const honest = run(assemble(lines, { words: [{ key: MEMORY, value: 0x0403_0201n }] }));
    const forged = withCells(honest.witness, 'memx', 1, { second: 0n, size8: 1n, mid: 0n });
    refused(honest, { witness: forged }, /"8 bytes in one row are aligned" does not hold/);
  });

  it('a call needs stack for its callee, and has no other return pc', () => {
    const honest = controlRun();
    const row = rowWith(honest, 'ctl', I.CALL);
    const other = withRecord(honest, 'ctl', row, (record) => {
      record[word(1, 3)]!++;
    });
    refused(honest, { witness: other }, /ctl, row \d+ \(call at pc 25\): "cell" does not hold/);
    // Row by row: a frame that ends at the end of the stack is feasible, one slot more is not.
    const chip = SYSTEM.chips[chipIndex('ctl')]!;
    const cells = rowOf(honest.witness, 'ctl', row);
    const feasible = (fp: bigint): boolean => {
      const known = new Map(
        chip.main
          .filter(({ name }) => !/^(r\d|fpNext|key)$/.test(name))
          .map((column) => [column, column.name === 'fp' ? fp : cells[column.index]!] as const),
      );
      try {
        new Solver(chip, known).solve(new Map(), new Provided(honest.program));
        return true;
      } catch (error) {
        if (error instanceof Infeasible) return false;
        throw error;
      }
    };
    const most = BigInt(STACK_END - MAX_FRAME - honest.program.code.b[25]!);
    assert.equal(feasible(most), true);
    assert.equal(feasible(most + 1n), false);
  });

  it('a return goes behind a call, back by its frame', () => {
    const honest = controlRun();
    const row = rowWith(honest, 'ctl', I.RETURN);
    const away = withCells(honest.witness, 'ctl', row, { pcNext: 3n });
    refused(honest, { witness: away }, /LEAVE\(pc = 26, zero = 0, next = 3, delta = 32\) is received/);
    const low = withCells(honest.witness, 'ctl', row, {
      fpNext: cellOf(honest.witness, 'ctl', 'fpNext', row) - 1n,
    });
    refused(honest, { witness: low }, /LEAVE\(pc = 26, zero = 0, next = 27, delta = 33\) is received/);
  });

  it('an indirect call has the type that the instruction names', () => {
    const honest = controlRun();
    const row = rowWith(honest, 'ctl', I.CALL_INDIRECT);
    const other = withCells(honest.witness, 'ctl', row, { oldA: 1n, newA: 1n });
    refused(honest, { witness: other }, /FUNC\(id = 1, type = 9, /);
  });

  it('inputs, outputs and status are those of the statement, all of them', () => {
    const honest = controlRun();
    const { publicInputs, publicOutputs, status } = honest.statement;
    const changed = (change: Partial<Run['statement']>): Change => ({
      statement: { ...honest.statement, ...change },
    });
    refused(honest, changed({ publicInputs: [...publicInputs, 0n] }), /INPUT\(index = 4, word = 0\) is sent/);
    refused(honest, changed({ publicInputs: publicInputs.slice(0, -1) }), /INPUT\(index = 3, .* is received/);
    refused(
      honest,
      changed({ publicInputs: [8n, ...publicInputs.slice(1)] }),
      /INPUT\(index = 0, word = 8\)/,
    );
    refused(
      honest,
      changed({ publicOutputs: [...publicOutputs, 0n] }),
      /OUTPUT\(index = 5, word = 0\) is sent/,
    );
    refused(honest, changed({ publicOutputs: publicOutputs.slice(1) }), /OUTPUT\(index = 0, /);
    refused(honest, changed({ status: status - 1n }), /EXIT\(zero = 0, status = /);
  });

  it('a 32-bit input is below 2^32', () => {
    const honest = run(
      assemble([
        [I.READ, 0, 0],
        [I.WRITE, 0, 0],
      ]),
      { publicInputs: [(1n << 32n) + 5n] },
    );
    refused(honest, {}, /"32-bit word" does not hold/);
  });

  it('a cell opens once, with what the image says, and a page when it has grown', () => {
    const honest = controlRun();
    const { witness } = honest;
    const rows = honest.trace.boundary.rows;
    const key = (row: number): bigint => cellOf(witness, 'boundary', 'key', row);
    const word = Array.from({ length: rows }, (_, row) => row).find(
      (row) => cellOf(witness, 'boundary', 'word', row) === 1n,
    )!;
    const value = cellOf(witness, 'boundary', 'sent', word) + 1n;
    refused(
      honest,
      { witness: withCells(witness, 'boundary', word, { sent: value, hi: value }) },
      /WORD\(key = \d+, value = \d+\) is received/,
    );
    refused(
      honest,
      { witness: withCells(witness, 'boundary', 0, { sent: 1n }) },
      /boundary, row 0: "(zero|word): value" does not hold/,
    );
    const twice = withCells(witness, 'boundary', 1, { key: key(0) });
    refused(honest, { witness: twice }, /CHAIN\(key = \d+\)/);
    const grown = Array.from({ length: rows }, (_, row) => row).find(
      (row) => cellOf(witness, 'boundary', 'regionTs', row) !== 0n,
    )!;
    const early = withCells(witness, 'boundary', grown, {
      sentTs: cellOf(witness, 'boundary', 'regionTs', grown) - 1n,
    });
    refused(honest, { witness: early }, /"zero: time" does not hold/);
    const free = withCells(early, 'boundary', grown, { regionTs: 0n });
    refused(honest, { witness: free }, /ZERO\(lo = \d+, hi = \d+, ts = 0\) is received/);
  });
});

/** Rows of a chip to which a constraint objects. */
function judgeAll(honest: Run, witness: readonly Filled[], chip: string): Set<number> {
  const { constraints } = SYSTEM.chips[chipIndex(chip)]!;
  const rows = new Set<number>();
  const { rows: count } = honest.trace.chips[chip as ChipName];
  for (let row = 0; row < count; row++) {
    const cells = rowOf(witness, chip, row);
    if (constraints.some(({ expression }) => evaluate(expression, cells) !== 0n)) rows.add(row);
  }
  return rows;
}
