import * as I from '../instructions.ts';
import { INPUT_COUNTER, OUTPUT_COUNTER, PAGES } from '../memory-map.ts';
import { type DebugPoint, type DebugValue, PROVEN_TRAPS, type Program, type ProvenTrap } from '../program.ts';
import { TRAP_PHASE } from '../trace.ts';
import { compute, relation, upperHalf } from './arithmetic.ts';
import { DEBUG, FORM_LOAD, FORM_STORE, FORM_TRANSFER, FORM_X, FORM_XY, formsOf } from './forms.ts';
import { logLine } from './log.ts';
import type { Machine } from './machine.ts';
import type { Io, Outcome, Paused } from './outcome.ts';
import { ALU, CTL, JUMPS, KIND_OF, MEM, MEMX, ROW_KINDS, WORDS } from './placement.ts';
import type { Recorder } from './recorder.ts';

/**
 * Executes a program from its entry to its exit or trap. There is one definition of every opcode; with a recorder each
 * row also leaves its trace. It stops for `io.maxInstructions` and `io.maxSteps`, and can go on from there.
 */
export function interpret(
  program: Program,
  machine: Machine,
  io: Io,
  recorder: Recorder | undefined,
  paused?: Paused,
): Outcome {
  const { code } = program;
  const { opcode, a, b, weight } = code;
  const c = new Int32Array(code.c.buffer, code.c.byteOffset, code.length);
  const cHigh = new Int32Array(code.cHigh.buffer, code.cHigh.byteOffset, code.length);
  const debugs = io.onDebug !== undefined || io.onLog !== undefined;
  const forms = debugs ? formsOf(program).slice() : formsOf(program);
  const debugAt = new Map<number, Omit<DebugPoint, 'pc'>[]>();
  if (debugs) {
    for (const point of program.debugPoints) {
      forms[point.pc] |= DEBUG;
      debugAt.set(point.pc, [...(debugAt.get(point.pc) ?? []), point]);
    }
  }
  const sources = new Map(program.privatePoints.map((point) => [point.pc, point]));
  const functions = new Map(program.functions.map((entry) => [entry.id, entry]));
  const rows = new Float64Array(ROW_KINDS);
  const publicCount = io.publicInputs.length / 2;
  const privateCount = io.privateInputs.length / 2;
  let privateUsed = paused?.privateUsed ?? 0;
  let drained = paused?.drained ?? 0;
  let { low, high, words, bytes, memoryBytes } = machine;
  let fp = paused?.fp ?? machine.stack;
  let pc = paused?.pc ?? program.entry;
  let from = paused?.from ?? pc;
  const { maxInstructions, maxSteps } = io;
  let instructions = paused?.instructions ?? 0;
  let steps = paused?.steps ?? 0;

  const stop = (kind: Outcome['kind'], status: readonly [number, number] = [0, 0]): Outcome => {
    const at = kind === 'exit' ? from : pc;
    // The row at pc was counted and is still to come.
    const here = { instructions: instructions - weight[pc], steps: steps - 1, privateUsed, drained };
    const left = kind === 'limit' ? { pc, fp, from, ...here } : undefined;
    return { kind, status, pc: at, fp, instructions, rows, privateUsed, drained, paused: left };
  };
  /** The row that proves a trap: it reads some cells (−1: no access) and goes on at the trap's exit. */
  const trap = (name: ProvenTrap, chip: number, ...cells: readonly number[]): void => {
    rows[chip]++;
    recorder?.begin(chip, pc, fp, TRAP_PHASE, 0, 0);
    for (const cell of cells) recorder?.read(cell);
    from = pc;
    pc = PROVEN_TRAPS[name];
  };

  for (;;) {
    const op = opcode[pc];
    const kind = op & I.CODE_MASK;
    let next = pc + 1;
    instructions += weight[pc];
    if (instructions > maxInstructions || ++steps > maxSteps) return stop('limit');
    let form = forms[pc];
    if (form >= DEBUG) {
      form -= DEBUG;
      for (const { slot, value, length, numbers } of debugAt.get(pc) ?? []) {
        if (length !== undefined) {
          const address = low[fp + slot] >>> 0;
          io.onLog?.(bytes.slice(address, address + (low[fp + length] >>> 0)));
        } else if (numbers !== undefined) {
          const wordOf = (of: DebugValue): bigint =>
            of.slot < 0
              ? of.value
              : (BigInt(high[fp + of.slot] >>> 0) << 32n) | BigInt(low[fp + of.slot] >>> 0);
          const memory = bytes.subarray(0, memoryBytes);
          io.onLog?.(
            logLine(memory, wordOf({ slot, value }), wordOf(numbers.count), numbers.values.map(wordOf)),
          );
        } else if (slot >= 0) io.onDebug?.(low[fp + slot], high[fp + slot]);
        else io.onDebug?.(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      }
    }

    if (form <= FORM_X) {
      const xs = fp + b[pc];
      const xl = low[xs];
      const xh = high[xs];
      const ys = form === FORM_XY ? fp + c[pc] : -1;
      const yl = form === FORM_XY ? low[ys] : c[pc];
      const yh = form === FORM_XY ? high[ys] : cHigh[pc];
      const as = fp + a[pc];
      let rl = 0;
      let rh = 0;
      let writes = true;
      const rowKind = KIND_OF[kind];
      const twoRows = kind >= I.DIV.code && (op & I.WIDE) !== 0;
      if (kind === I.BRANCH.code) {
        writes = false;
        if ((op & relation(op, xl, xh, yl, yh)) !== 0) {
          next = a[pc];
          from = pc;
        }
      } else if (kind === I.SELECT.code) {
        const keeps = (op & ((xl | xh) === 0 ? I.EQUAL : I.GREATER)) !== 0;
        rl = keeps ? low[as] : yl;
        rh = keeps ? high[as] : yh;
      } else {
        rl = compute(op, xl, xh, yl, yh);
        rh = upperHalf();
      }
      rows[rowKind] += twoRows ? 2 : 1;
      if (recorder !== undefined) {
        const chip = recorder.chipOf(rowKind);
        if (twoRows) {
          const quotient = compute(I.DIV.code | I.WIDE, xl, xh, yl, yh);
          const quotientHigh = upperHalf();
          recorder.begin(chip, pc, fp, 1, quotient, quotientHigh);
          recorder.begin(chip, pc, fp, 2, quotient, quotientHigh);
        } else recorder.begin(chip, pc, fp, 0, 0, 0);
        recorder.access(xs, xl, xh, xl, xh);
        if (ys >= 0) recorder.access(ys, yl, yh, yl, yh);
        else recorder.skip();
        if (writes) recorder.access(as, low[as], high[as], rl, rh);
      }
      if (writes) {
        low[as] = rl;
        high[as] = rh;
      }
    } else if (form === FORM_TRANSFER) {
      const as = fp + a[pc];
      const rowKind = KIND_OF[kind];
      rows[rowKind]++;
      const chip = recorder?.chipOf(rowKind) ?? MEM;
      recorder?.begin(chip, pc, fp, 0, 0, 0);
      if (kind === I.SET.code || kind === I.TABLE_SET.code) {
        const xs = kind === I.TABLE_SET.code ? fp + b[pc] : -1;
        const cell = machine.indexOf(xs >= 0 ? c[pc] + low[xs] : c[pc]);
        if (recorder !== undefined) {
          recorder.read(xs);
          recorder.read(as);
          recorder.access(cell, low[cell], high[cell], low[as], high[as]);
        }
        low[cell] = low[as];
        high[cell] = high[as];
      } else {
        let cell = -1;
        const xs = fp + b[pc];
        if (kind === I.MOVE.code) cell = xs;
        else if (kind === I.GET.code) cell = machine.indexOf(c[pc]);
        else if (kind === I.TABLE_GET.code) cell = machine.indexOf(c[pc] + low[xs]);
        const vl = cell < 0 ? c[pc] : low[cell];
        const vh = cell < 0 ? cHigh[pc] : high[cell];
        if (chip === ALU) {
          recorder?.read(xs);
          recorder?.skip();
          recorder?.access(as, low[as], high[as], vl, vh);
        } else if (recorder !== undefined) {
          if (kind === I.TABLE_GET.code) recorder.read(xs);
          else recorder.skip();
          recorder.access(as, low[as], high[as], vl, vh);
          if (cell >= 0) recorder.access(cell, vl, vh, vl, vh);
        }
        low[as] = vl;
        high[as] = vh;
      }
    } else if (form === FORM_LOAD) {
      const xs = fp + b[pc];
      const as = fp + a[pc];
      const ea = (low[xs] >>> 0) + (c[pc] >>> 0);
      const size = 1 << (kind - I.LOAD8.code);
      if (ea + size > memoryBytes) {
        trap('memoryOutOfBounds', MEMX, xs, -1, PAGES);
        continue;
      }
      const cell = ea >>> 2;
      const shift = (ea & 3) << 3;
      // Shifts are modulo 32, so without one there is nothing to take from the cell above.
      let vl = words[cell] >>> shift;
      if (shift + 8 * size > 32 && shift !== 0) vl |= words[cell + 1] << (32 - shift);
      let vh = 0;
      if (size === 8) {
        vh = words[cell + 1] >>> shift;
        if (shift !== 0) vh |= words[cell + 2] << (32 - shift);
      } else if (size < 4) {
        const unused = 32 - 8 * size;
        vl = (op & I.SIGNED) !== 0 ? (vl << unused) >> unused : (vl << unused) >>> unused;
      }
      if ((op & I.WIDE) !== 0 && (op & I.SIGNED) !== 0) vh = vl >> 31;
      const rowKind = shift === 0 && kind === I.LOAD32.code && op === kind ? WORDS : MEMX;
      const twoRows = size === 8 && shift !== 0;
      rows[rowKind] += twoRows ? 2 : 1;
      if (recorder !== undefined) {
        const chip = recorder.chipOf(rowKind);
        if (twoRows) {
          recorder.begin(chip, pc, fp, 1, vl, 0);
          recorder.read(xs);
          recorder.skip();
          recorder.cell(cell, words[cell], words[cell]);
          recorder.cell(cell + 1, words[cell + 1], words[cell + 1]);
        }
        const at = twoRows ? cell + 1 : cell;
        recorder.begin(chip, pc, fp, twoRows ? 2 : 0, twoRows ? vl : 0, 0);
        recorder.read(xs);
        recorder.access(as, low[as], high[as], vl | 0, vh | 0);
        recorder.cell(at, words[at], words[at]);
        if (twoRows || shift + 8 * size > 32) recorder.cell(at + 1, words[at + 1], words[at + 1]);
      }
      low[as] = vl;
      high[as] = vh;
    } else if (form === FORM_STORE) {
      const xs = fp + b[pc];
      const as = fp + a[pc];
      const ea = (low[xs] >>> 0) + (c[pc] >>> 0);
      const size = 1 << (kind - I.STORE8.code);
      if (ea + size > memoryBytes) {
        trap('memoryOutOfBounds', MEMX, xs, -1, PAGES);
        continue;
      }
      const cell = ea >>> 2;
      const shift = (ea & 3) << 3;
      const vl = low[as];
      const vh = high[as];
      const rowKind = shift === 0 && kind === I.STORE32.code && op === kind ? WORDS : MEMX;
      const twoRows = size === 8 && shift !== 0;
      rows[rowKind] += twoRows ? 2 : 1;
      const second = shift + 8 * size > 32;
      const old0 = words[cell];
      const old1 = second ? words[cell + 1] : 0;
      const old2 = twoRows ? words[cell + 2] : 0;
      if (shift === 0 && size >= 4) {
        words[cell] = vl;
        if (size === 8) words[cell + 1] = vh;
      } else {
        for (let i = 0; i < size; i++) bytes[ea + i] = i < 4 ? vl >>> (8 * i) : vh >>> (8 * (i - 4));
      }
      if (recorder !== undefined) {
        const chip = recorder.chipOf(rowKind);
        // The first of two rows leaves the cell between as it is where only its own bytes have changed.
        const kept = -1 << shift;
        const between = twoRows ? (old1 & kept) | (words[cell + 1] & ~kept) : 0;
        if (twoRows) {
          recorder.begin(chip, pc, fp, 1, 0, 0);
          recorder.read(xs);
          recorder.access(as, vl, vh, vl, vh);
          recorder.cell(cell, old0, words[cell]);
          recorder.cell(cell + 1, old1, between);
        }
        recorder.begin(chip, pc, fp, twoRows ? 2 : 0, 0, 0);
        recorder.read(xs);
        recorder.access(as, vl, vh, vl, vh);
        if (twoRows) {
          recorder.cell(cell + 1, between, words[cell + 1]);
          recorder.cell(cell + 2, old2, words[cell + 2]);
        } else {
          recorder.cell(cell, old0, words[cell]);
          if (second) recorder.cell(cell + 1, old1, words[cell + 1]);
        }
      }
    } else {
      switch (kind) {
        case I.JUMP.code:
          rows[JUMPS]++;
          recorder?.begin(recorder.chipOf(JUMPS), pc, fp, 0, 0, 0);
          from = pc;
          pc = a[pc];
          continue;
        case I.JUMP_TABLE.code: {
          const xs = fp + b[pc];
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.read(xs);
          next = c[pc] + low[xs];
          break;
        }
        case I.CALL.code:
        case I.CALL_INDIRECT.code: {
          const callee = fp + b[pc];
          const as = kind === I.CALL_INDIRECT.code ? fp + a[pc] : -1;
          let returnSlot = callee + c[pc];
          next = a[pc];
          if (as >= 0) {
            const entry = functions.get(low[as]);
            if (entry === undefined || entry.type !== c[pc]) {
              trap(low[as] === 0 ? 'uninitialisedElement' : 'indirectTypeMismatch', CTL, as);
              continue;
            }
            next = entry.pc;
            returnSlot = callee + entry.returnSlot;
          }
          if (!machine.reserveFrame(callee)) {
            trap('stackExhausted', CTL, as);
            continue;
          }
          if (machine.low !== low) {
            ({ low, high } = machine);
            recorder?.resize();
          }
          if (recorder !== undefined) {
            recorder.begin(CTL, pc, fp, 0, 0, 0);
            recorder.read(as);
            recorder.access(returnSlot, low[returnSlot], high[returnSlot], pc + 1, 0);
          }
          low[returnSlot] = pc + 1;
          high[returnSlot] = 0;
          fp = callee;
          break;
        }
        case I.RETURN.code: {
          const as = fp + a[pc];
          const point = low[as];
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.read(as);
          next = point + 1;
          fp -= a[point];
          break;
        }
        case I.READ.code: {
          const index = low[INPUT_COUNTER];
          if (index >= publicCount) {
            trap('inputExhausted', CTL);
            continue;
          }
          const as = fp + a[pc];
          const vl = io.publicInputs[2 * index];
          const vh = io.publicInputs[2 * index + 1];
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.access(as, low[as], high[as], vl, vh);
          recorder?.access(INPUT_COUNTER, index, 0, index + 1, 0);
          low[as] = vl;
          high[as] = vh;
          low[INPUT_COUNTER] = index + 1;
          break;
        }
        case I.READ_PRIVATE.code: {
          const point = sources.get(pc);
          const which = point?.slot === undefined ? 0 : low[fp + point.slot]! >>> 0;
          const given = point === undefined ? undefined : io.privateWord?.(point.source, which);
          if (point === undefined ? privateUsed >= privateCount : given === undefined) return stop('starved');
          const as = fp + a[pc];
          const [vl, vh] = given ?? [
            io.privateInputs[2 * privateUsed],
            io.privateInputs[2 * privateUsed + 1],
          ];
          if (given === undefined) privateUsed++;
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.access(as, low[as], high[as], vl, vh);
          low[as] = vl;
          high[as] = vh;
          break;
        }
        case I.WRITE.code: {
          const as = fp + a[pc];
          const index = low[OUTPUT_COUNTER];
          io.outputs.push(low[as], high[as]);
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.read(as);
          recorder?.access(OUTPUT_COUNTER, index, 0, index + 1, 0);
          low[OUTPUT_COUNTER] = index + 1;
          break;
        }
        case I.DRAIN.code: {
          const index = low[INPUT_COUNTER];
          if (index >= publicCount) {
            recorder?.begin(CTL, pc, fp, 0, 0, 0);
            break;
          }
          recorder?.begin(CTL, pc, fp, 0, io.publicInputs[2 * index], io.publicInputs[2 * index + 1]);
          recorder?.skip();
          recorder?.access(INPUT_COUNTER, index, 0, index + 1, 0);
          low[INPUT_COUNTER] = index + 1;
          drained++;
          next = pc;
          break;
        }
        case I.GROW.code: {
          const pages = low[PAGES];
          recorder?.growPage();
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.skip();
          recorder?.access(PAGES, pages, 0, pages + 1, 0);
          machine.grow();
          ({ words, bytes, memoryBytes } = machine);
          recorder?.resize();
          break;
        }
        case I.EXIT_.code:
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          rows[CTL]++;
          return stop('exit', [a[pc], b[pc]]);
        case I.EXIT_SLOT.code: {
          const as = fp + a[pc];
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.read(as);
          rows[CTL]++;
          return stop('exit', [low[as], high[as]]);
        }
        default:
          throw new Error(`opcode ${op} at ${pc}`);
      }
      rows[CTL]++;
    }
    pc = next;
  }
}
