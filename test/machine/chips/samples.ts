/** A few runs with a row of everything, for the tests that look at single rows. */

import type { Placement } from '../../../sdk/src/machine/execute/placement.ts';
import type { ChipName } from '../../../sdk/src/machine/instructions.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MEMORY, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import { PHASE_SHIFT, TRAP_PHASE } from '../../../sdk/src/machine/trace.ts';
import { CASES, type Case, linesOf } from './cases.ts';
import { assemble, type Line, MOVED, type Run, run } from './harness.ts';
import { trapRuns } from './samples-traps.ts';

export const PATTERN = 0xf1e2_d3c4_b5a6_9788n;

/** Globals, moves, table elements, jumps, calls, inputs of all kinds, growth, drain, exit with a trap's status. */
export function controlRun(placement?: Placement): Run {
  // pc: 1 read, 2 read wide, 3 readp, 4 …; functions at FUNCTION and beyond.
  const FUNCTION = 40;
  const lines: Line[] = [
    [I.READ, 0, 0],
    [I.READ, I.WIDE, 1],
    [I.READ_PRIVATE, I.WIDE, 2],
    [I.READ_PRIVATE, 0, 3],
    [I.MOVE, 0, 4, 1],
    [I.SET, 0, 4, 0, 0x100],
    [I.GET, 0, 5, 0, 0x100],
    [I.WRITE, 0, 5],
    [I.CONST, 0, 6, 0, 3],
    [I.TABLE_GET, 0, 7, 6, TABLES + 1],
    [I.WRITE, 0, 7],
    [I.JUMP, 0, 13],
    [I.JUMP_TABLE, 0, 0, 6, 12],
    [I.WRITE, 0, 0],
    // The table sends x = 3 here.
    [I.CONST, 0, 32, 0, 21],
    [I.CALL, 0, FUNCTION, 32, 2],
    [I.LEAVE, 0, 32],
    [I.WRITE, 0, 32],
    [I.CALL_INDIRECT, 0, 7, 32, 9],
    [I.LEAVE, 0, 32],
    [I.WRITE, 0, 32],
    [I.GROW, 0, 0],
    [I.CONST, 0, 8, 0, 65536],
    [I.LOAD32, 0, 9, 8, 65532],
    [I.STORE32, 0, 2, 8, 65532],
    [I.GROW, 0, 0],
    [I.LOAD16, 0, 9, 8, 65535],
    [I.WRITE, 0, 9],
    [I.JUMP, 0, FUNCTION + 4],
  ];
  while (lines.length < FUNCTION - 1) lines.push([I.EXIT_, 0, 99]);
  // Slot 0 doubles; the return pc stands in slot 2.
  lines.push(
    [I.ADD, I.WIDE, 0, 0, 0],
    [I.RETURN, 0, 2],
    [I.EXIT_, 0, 99],
    [I.EXIT_, 0, 99],
    [I.DRAIN, 0, 0],
    [I.EXIT_, 0, 5, 2],
  );
  const functions = [
    { id: 1, type: 4, pc: 1, returnSlot: 0 },
    { id: 2, type: 9, pc: FUNCTION, returnSlot: 2 },
  ];
  const words = [{ key: TABLES + 4, value: 2n }];
  return run(assemble(lines, { functions, words }), {
    publicInputs: [7n, PATTERN, 11n, (1n << 64n) - 1n],
    privateInputs: [0x0000_0000_1357_9bdfn, 5n],
    ...(placement && { placement }),
  });
}

/** Every size, direction and extension of memory accesses at offsets 0 to 3, over bytes with and without top bits. */
export function memoryRun(placement?: Placement): Run {
  const WORD = 3;
  const lines: Line[] = [
    [I.CONST, 0, 2, 0, PATTERN],
    [I.CONST, 0, WORD, 0, PATTERN >> 32n],
  ];
  const flags = { load: [0, I.SIGNED, I.SIGNED | I.WIDE], store: [0] } as const;
  const sizes = [
    [I.LOAD8, flags.load],
    [I.LOAD16, flags.load],
    [I.LOAD32, [0, I.SIGNED | I.WIDE]],
    [I.LOAD64, [0]],
    [I.STORE8, flags.store],
    [I.STORE16, flags.store],
    [I.STORE32, [0, I.WIDE]],
    [I.STORE64, flags.store],
  ] as const;
  for (let shift = 0; shift < 4; shift++) {
    for (const [info, variants] of sizes) {
      for (const variant of variants) {
        const isStore = info.code >= I.STORE8.code;
        const value = info === I.STORE32 && variant === 0 ? WORD : 2;
        lines.push([I.CONST, 0, 1, 0, 8 + shift], [info, variant, isStore ? value : 1, 1, shift & 1 ? 4 : 0]);
      }
    }
  }
  const words = [0x807f_ff01n, 0x1234_5678n, 0xfedc_ba98n, 0x0080_7fffn, 0xffff_ffffn];
  const initial = words.map((value, i) => ({ key: MEMORY + 2 + i, value }));
  return run(assemble(lines, { words: initial }), placement && { placement });
}

/** Elements written and read back, an exit with the status of a slot. */
function exitRun(): Run {
  const lines: Line[] = [
    [I.CONST, 0, 0, 0, 2],
    [I.CONST, 0, 1, 0, (1n << 32n) + 7n],
    [I.TABLE_SET, 0, 1, 0, TABLES + 1],
    [I.TABLE_GET, 0, 2, 0, TABLES + 1],
    [I.EXIT_SLOT, 0, 2],
  ];
  return run(assemble(lines));
}

/** Rows that trap, one of each form, with near and far distances. */
function trapSamples(): Sample[] {
  const kept = new Set(['at the first byte', 'beyond 2^32', 'of no memory']);
  const runs = trapRuns().filter(
    ({ name, trap }, i) =>
      trap !== 'memoryOutOfBounds' || ([...kept].some((part) => name.includes(part)) && i % 2 === 0),
  );
  return runs.map(({ make }): Sample => {
    const sample = make();
    const rows = Object.values(sample.trace.chips).map(({ chip, records, rows: count, stride }) => {
      const trapping = upTo(count, count).filter(
        (row) => records[row * stride + 1]! >>> PHASE_SHIFT === TRAP_PHASE,
      );
      return [chip, trapping] as const;
    });
    return { run: sample, rows: Object.fromEntries(rows) as Record<ChipName, number[]> };
  });
}

/** A few cases of each opcode with each set of flags. */
export function caseRun(each: number, placement?: Placement): Run {
  const groups = new Map<string, Case[]>();
  for (const test of CASES) {
    const key = `${test.info.name} ${test.flags}`;
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  const lines: Line[] = [];
  for (const group of groups.values()) {
    // Spread over the group with a stride that meets all its operands.
    for (let i = 0; i < each; i++) {
      const test = group[Math.floor((i + 0.5) * (group.length / each))]!;
      lines.push(...linesOf(test, lines.length + 1));
    }
  }
  return run(assemble(lines), placement && { placement });
}

/** The rows that stand in another chip than their first one, a few of each opcode with each set of flags. */
function movedRows({ program, trace }: Run, each: number): Record<ChipName, number[]> {
  const met = new Map<string, number>();
  const rows = Object.values(trace.chips).map(({ chip, records, rows: count, stride }) => {
    const moved = upTo(count, count).filter((row) => {
      const opcode = program.code.opcode[records[row * stride]!]!;
      if (I.opcodeInfo(opcode)!.chips[0] === chip) return false;
      const seen = met.get(`${chip} ${opcode}`) ?? 0;
      met.set(`${chip} ${opcode}`, seen + 1);
      return seen < each;
    });
    return [chip, moved] as const;
  });
  return Object.fromEntries(rows) as Record<ChipName, number[]>;
}

export interface Sample {
  readonly run: Run;
  readonly rows: Readonly<Record<ChipName, readonly number[]>>;
}

const upTo = (n: number, most: number): number[] => Array.from({ length: Math.min(n, most) }, (_, i) => i);

/** Runs with the rows that are worth looking at: all but the many that only load constants and write outputs. */
export function samples(each: number): Sample[] {
  const take = (sample: Run, most: Partial<Record<ChipName, number>> = {}): Sample => {
    const { chips } = sample.trace;
    const rows = Object.fromEntries(
      Object.entries(chips).map(([name, chip]) => [
        name,
        upTo(chip.rows, most[name as ChipName] ?? chip.rows),
      ]),
    ) as Record<ChipName, number[]>;
    return { run: sample, rows };
  };
  // By itself a row cannot tell whether a cell that holds 0, where controlRun loads and stores, is the number of pages.
  const elsewhere = [caseRun(each, MOVED), memoryRun(MOVED), controlRun(MOVED)].map((own, i): Sample => {
    const rows = movedRows(own, each);
    return { run: own, rows: i === 2 ? { ...rows, memx: [] } : rows };
  });
  return [
    take(caseRun(each), { mem: 3, ctl: 3 }),
    ...elsewhere,
    take(memoryRun(), { mem: 8 }),
    take(controlRun()),
    take(exitRun()),
    ...trapSamples(),
  ];
}
