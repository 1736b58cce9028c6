/**
 * What chips take for granted, looked for in a finished run: operands of their bits, counts below the width, keys in their
 * places, slots of the frame, returns behind their own calls, return slots that only calls write. The verifier of images says it
 * of all runs beforehand; this knows nothing of how.
 */
import assert from 'node:assert/strict';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MAX_FRAME, STACK, STACK_END, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import type { Bits } from '../../../sdk/src/machine/operands.ts';
import { type Program, returnSlotOf } from '../../../sdk/src/machine/program.ts';
import { TRAP_PHASE, type Trace } from '../../../sdk/src/machine/trace.ts';
import { rowsInTime } from '../lib/rows-in-time.ts';

/** Which access of its chip is that of slot b, c, a. */
const PLACES: Readonly<Record<I.ChipName, readonly [b: number, c: number, a: number]>> = {
  alu: [0, 1, 2],
  wide: [0, 1, 2],
  mem: [0, -1, 1],
  memx: [0, -1, 1],
  ctl: [0, -1, 0],
};

/**
 * Whether the executor did what no row proves: it divided by 0, read a word of more bits than the instruction says, or called what
 * is neither null nor a function. The verifier leaves these to the rows: such a run has no proof.
 */
export function hasNoRow({ code, functions }: Program, trace: Trace): boolean {
  return rowsInTime(trace).some(({ pc, phase, accesses }) => {
    const opcode = code.opcode[pc]!;
    const info = I.opcodeInfo(opcode)!;
    const [first, second] = accesses;
    if (info === I.CALL_INDIRECT && first!.old !== 0n)
      return !functions.some(({ id }) => BigInt(id) === first!.old);
    if (phase === 1 || phase === TRAP_PHASE) return false;
    if (info === I.READ || info === I.READ_PRIVATE)
      return (opcode & I.WIDE) === 0 && first!.value >> 32n !== 0n;
    const isDivision = info.c.role === 'second' && info.c.demand === 'divisor';
    return isDivision && (opcode & I.IMMEDIATE) === 0 && second!.old === 0n;
  });
}

export function checkPremises(program: Program, trace: Trace): void {
  const { code } = program;
  const cells = [...program.zeros.map(({ hi }) => hi), ...program.words.map(({ key }) => key)];
  const tablesEnd = Math.max(
    TABLES,
    ...cells.filter((key) => key >= TABLES && key < STACK).map((key) => key + 1),
  );
  const calls: { readonly fp: number; readonly pc: number; readonly returnSlot: number }[] = [];
  let returnSlot = -1;
  for (const { chip, pc, fp, phase, accesses } of rowsInTime(trace)) {
    const opcode = code.opcode[pc]!;
    const info = I.opcodeInfo(opcode)!;
    const where = `${info.name} at pc ${pc}`;
    // The first of two rows has fewer accesses; the second says it all.
    if (phase === 1 || phase === TRAP_PHASE) continue;
    const [b, c, a] = PLACES[chip];
    const before = accesses.map(({ old }) => old);
    const has = (value: bigint, bits: Bits): void => {
      assert.ok(
        value >> BigInt(I.bitsOf(bits, opcode)) === 0n,
        `${where}: more than ${I.bitsOf(bits, opcode)} bits`,
      );
    };
    const slot = (offset: number): void => {
      assert.ok(offset < MAX_FRAME && fp >= STACK && fp + offset < STACK_END, `${where}: slot ${offset}`);
      assert.notEqual(offset, returnSlot, `${where}: the return slot`);
    };
    if (info.b.role === 'read') {
      slot(code.b[pc]!);
      if (info !== I.MOVE) has(before[b]!, info.b.bits);
    }
    if (info.c.role === 'second') {
      const immediate = (opcode & I.IMMEDIATE) !== 0;
      if (!immediate) slot(code.c[pc]!);
      const y = immediate ? (BigInt(code.cHigh[pc]!) << 32n) | BigInt(code.c[pc]!) : before[c]!;
      has(y, info.c.bits);
      const width = (opcode & I.WIDE) !== 0 ? 64n : 32n;
      if (info.c.demand === 'count') assert.ok(y < width, where);
      if (info.c.demand === 'rotation') assert.ok(y <= width, where);
      if (info.c.demand === 'divisor') assert.ok(y > 0n, where);
      if (info.c.demand === 'factor') assert.ok((before[b]! * y) >> 64n === 0n, where);
    }
    if (info.a.role === 'read' || info.a.role === 'update') {
      slot(code.a[pc]!);
      has(before[a]!, info.a.bits);
    }
    if (info.a.role === 'write' || info.a.role === 'update') {
      slot(code.a[pc]!);
      has(accesses[a]!.value, info.a.bits);
    }
    if (info.cell === 'table') {
      const key = code.c[pc]! + Number(before[b]!);
      assert.ok(key >= TABLES && key < tablesEnd, `${where}: key ${key}`);
    }
    if (info.flow === 'call') {
      calls.push({ fp, pc, returnSlot });
      const entry =
        info === I.CALL ? code.a[pc]! : program.functions.find(({ id }) => BigInt(id) === before[0])!.pc;
      returnSlot = returnSlotOf(program.signatures.find((signature) => signature.pc === entry)!);
    } else if (info.flow === 'return') {
      const call = calls.pop();
      assert.ok(call !== undefined, where);
      assert.equal(before[0], BigInt(call.pc + 1), `${where}: another return point`);
      assert.equal(fp - code.b[call.pc]!, call.fp, `${where}: another frame`);
      ({ returnSlot } = call);
    }
  }
}
