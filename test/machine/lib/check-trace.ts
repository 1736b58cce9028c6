/**
 * An independent look at a trace: which cell each access means follows from the instructions alone, and the memory is
 * replayed from the boundary. Knows nothing of how the executor works.
 */
import assert from 'node:assert/strict';
import * as I from '../../../sdk/src/machine/instructions.ts';
import {
  CELLS_PER_PAGE,
  INPUT_COUNTER,
  MAX_GAP,
  MEMORY,
  OUTPUT_COUNTER,
  PAGES,
} from '../../../sdk/src/machine/memory-map.ts';
import { PROVEN_TRAPS, type Program } from '../../../sdk/src/machine/program.ts';
import {
  ACCESSES,
  BOUNDARY_WORDS,
  REFRESH_WORDS,
  TRAP_PHASE,
  type Trace,
} from '../../../sdk/src/machine/trace.ts';
import { rowsInTime, type TimedRow, wordOf } from './rows-in-time.ts';

/** An access with its cell; refreshes too. */
interface Event {
  readonly time: number;
  readonly key: number;
  readonly before: number;
  readonly old: bigint;
  readonly value: bigint;
  readonly refresh: boolean;
}

export function checkTrace(program: Program, trace: Trace): void {
  const rows = rowsInTime(trace);
  checkPath(program, rows);
  const events = [...rows.flatMap((row) => accessedCells(program, row)), ...readRefreshes(trace)];
  checkMemory(program, trace, rows, events);
}

/** One path from the entry to an exit, each row starting when the one before ends. */
function checkPath(program: Program, rows: readonly TimedRow[]): void {
  const { code } = program;
  let ts = 1;
  let pcs = new Set([program.entry]);
  rows.forEach((row, i) => {
    assert.equal(row.ts, ts, `row ${i} starts on time`);
    assert.ok(pcs.has(row.pc), `row ${i} at pc ${row.pc} follows ${rows[i - 1]?.pc}`);
    ts += ACCESSES[row.chip];
    const info = I.opcodeInfo(code.opcode[row.pc]) as I.OpcodeInfo;
    assert.ok(info?.chips.includes(row.chip), `${info?.name} by ${row.chip}`);
    const { a, c } = code;
    const next = row.pc + 1;
    const first = row.accesses[0].value;
    if (row.phase === 1) {
      pcs = new Set([row.pc]);
      assert.equal(rows[i + 1].phase, 2);
    } else if (row.phase === TRAP_PHASE) pcs = new Set(trapsOf(info));
    else if (info === I.BRANCH) pcs = new Set([a[row.pc], next]);
    else if (info === I.JUMP || info === I.CALL) pcs = new Set([a[row.pc]]);
    else if (info === I.JUMP_TABLE) pcs = new Set([c[row.pc] + Number(first)]);
    else if (info === I.CALL_INDIRECT) pcs = new Set(program.functions.map(({ pc }) => pc));
    else if (info === I.RETURN) pcs = new Set([Number(first) + 1]);
    else if (info === I.DRAIN) pcs = new Set([row.accesses[1].skipped ? next : row.pc]);
    else if (info === I.EXIT_ || info === I.EXIT_SLOT) assert.equal(i, rows.length - 1);
    else pcs = new Set([next]);
  });
}

/** The exits that a row can trap to. */
function trapsOf(info: I.OpcodeInfo): number[] {
  const { memoryOutOfBounds, uninitialisedElement, indirectTypeMismatch, stackExhausted, inputExhausted } =
    PROVEN_TRAPS;
  if (info.chips.includes('memx')) return [memoryOutOfBounds];
  if (info === I.CALL) return [stackExhausted];
  if (info === I.CALL_INDIRECT) return [uninitialisedElement, indirectTypeMismatch, stackExhausted];
  assert.equal(info, I.READ, `${info.name} traps`);
  return [inputExhausted];
}

/** The cells that a row accesses, by the instruction table; checks that it skips the others. */
function accessedCells({ code, functions }: Program, row: TimedRow): Event[] {
  const opcode = code.opcode[row.pc];
  const info = I.opcodeInfo(opcode) as I.OpcodeInfo;
  const [a, b, c] = [row.fp + code.a[row.pc], row.fp + code.b[row.pc], row.fp + code.c[row.pc]];
  const immediate = code.c[row.pc];
  const x = row.accesses[0].value;
  const keys: (number | undefined)[] = [];
  /** Accesses that change nothing. */
  const reads = new Set<number>();
  switch (row.chip) {
    case 'alu':
    case 'wide': {
      const unary = (opcode & I.IMMEDIATE) !== 0 || info === I.EXTEND_SIGNED || info === I.MOVE;
      const accesses = row.phase !== 1 && info !== I.JUMP;
      if (accesses) keys.push(b, unary ? undefined : c, info === I.BRANCH ? undefined : a);
      reads.add(0).add(1);
      break;
    }
    case 'mem': {
      const based = info === I.LOAD32 || info === I.STORE32 || info === I.TABLE_GET || info === I.TABLE_SET;
      let cell: number | undefined;
      if (info === I.GET || info === I.SET) cell = immediate;
      else if (info === I.MOVE) cell = b;
      else if (info === I.TABLE_GET || info === I.TABLE_SET) cell = immediate + Number(x);
      else if (info !== I.CONST) {
        const address = Number(x) + immediate;
        assert.equal(address % 4, 0);
        cell = MEMORY + address / 4;
      }
      keys.push(based ? b : undefined, a, cell);
      reads.add(0).add(info === I.STORE32 || info === I.SET || info === I.TABLE_SET ? 1 : 2);
      break;
    }
    case 'memx': {
      if (row.phase === TRAP_PHASE) {
        keys.push(b, undefined, PAGES);
        reads.add(0).add(2);
        break;
      }
      const isStore = info.code >= I.STORE8.code;
      const size = 1 << (info.code & 3);
      const address = Number(x) + immediate + (row.phase === 2 ? 4 : 0);
      const first = MEMORY + Math.floor(address / 4);
      const bytes = row.phase === 0 ? size : 4;
      if (row.phase === 0 && size === 8) assert.equal(address % 4, 0);
      const crosses = (address % 4) + bytes > 4;
      keys.push(b, row.phase === 1 && !isStore ? undefined : a, first, crosses ? first + 1 : undefined);
      reads.add(0);
      if (isStore) reads.add(1);
      else reads.add(2).add(3);
      break;
    }
    case 'ctl': {
      const reference = functions.find(({ id }) => BigInt(id) === x);
      if (row.phase === TRAP_PHASE) keys.push(info === I.CALL_INDIRECT ? a : undefined);
      else if (info === I.JUMP_TABLE) keys.push(b);
      else if (info === I.CALL) keys.push(undefined, row.fp + code.b[row.pc] + immediate);
      else if (info === I.CALL_INDIRECT) {
        assert.equal(reference?.type, immediate);
        keys.push(a, row.fp + code.b[row.pc] + (reference?.returnSlot ?? -1));
      } else if (info === I.RETURN) keys.push(a);
      else if (info === I.READ) keys.push(a, INPUT_COUNTER);
      else if (info === I.READ_PRIVATE || info === I.EXIT_SLOT) keys.push(a);
      else if (info === I.WRITE) keys.push(a, OUTPUT_COUNTER);
      else if (info === I.DRAIN && !row.accesses[1].skipped) keys.push(undefined, INPUT_COUNTER);
      else if (info === I.GROW) keys.push(undefined, PAGES);
      if (info !== I.READ && info !== I.READ_PRIVATE) reads.add(0);
    }
  }
  return row.accesses.flatMap(({ skipped, time, before, old, value }, i) => {
    const key = keys[i];
    if (key === undefined) {
      assert.ok(skipped, `${info.name} skips access ${i}`);
      return [];
    }
    if (reads.has(i)) assert.equal(value, old, `${info.name} only reads at access ${i}`);
    return [{ time, key, before, old, value, refresh: false }];
  });
}

function readRefreshes({ refresh }: Trace): Event[] {
  const { records } = refresh;
  return Array.from({ length: refresh.rows }, (_, i) => {
    const [key, before, time, low, high] = records.subarray(i * REFRESH_WORDS);
    return { key, before, time, old: wordOf(low, high), value: wordOf(low, high), refresh: true };
  });
}

/** Every cell opens once, with what the image or a grown page gives; each access finds what the one before left. */
function checkMemory(
  program: Program,
  trace: Trace,
  rows: readonly TimedRow[],
  events: readonly Event[],
): void {
  const initial = new Map(program.words.map(({ key, value }) => [key, value]));
  const growTimes = rows
    .filter(({ pc }) => I.opcodeInfo(program.code.opcode[pc]) === I.GROW)
    .map(({ ts }) => ts);
  const cells = new Map<number, { ts: number; value: bigint }>();
  const { records } = trace.boundary;
  let last = 0;
  for (let i = 0; i < trace.boundary.rows; i++) {
    const [key, ts, low, high, , , , regionTs] = records.subarray(i * BOUNDARY_WORDS);
    assert.ok(key > last, 'keys increase');
    last = key;
    const page = Math.floor((key - MEMORY) / CELLS_PER_PAGE) - program.pages;
    if (page >= 0) {
      assert.equal(regionTs, growTimes[page]);
      assert.equal(ts, regionTs);
      assert.equal(wordOf(low, high), 0n);
    } else {
      assert.equal(regionTs, 0);
      const given = initial.get(key);
      const zero = program.zeros.some(({ lo, hi }) => lo <= key && key <= hi);
      assert.equal(given !== undefined, !zero, `cell ${key} has one initial value`);
      assert.equal(wordOf(low, high), given ?? 0n);
    }
    cells.set(key, { ts, value: wordOf(low, high) });
  }
  // A refresh at the time of another access of the same cell cannot be: it stands between two of them.
  for (const event of [...events].sort((x, y) => x.time - y.time)) {
    const cell = cells.get(event.key);
    assert.deepEqual(cell, { ts: event.before, value: event.old }, `cell ${event.key} at ${event.time}`);
    assert.ok(event.time > event.before);
    if (!event.refresh) assert.ok(event.time - event.before <= MAX_GAP);
    cells.set(event.key, { ts: event.time, value: event.value });
  }
  for (let i = 0; i < trace.boundary.rows; i++) {
    const [key, , , , ts, low, high] = records.subarray(i * BOUNDARY_WORDS);
    assert.deepEqual(cells.get(key), { ts, value: wordOf(low, high) }, `cell ${key} closes`);
  }
}
