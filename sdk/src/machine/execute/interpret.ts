import * as I from '../instructions.ts';
import { INPUT_COUNTER, OUTPUT_COUNTER, PAGES, TABLES } from '../memory-map.ts';
import type { DebugPoint, PrivateSource, Program, TrapName } from '../program.ts';
import { compute, relation, upperHalf } from './arithmetic.ts';
import type { Machine } from './machine.ts';
import { ALU, CHIPS, CTL, MEM, MEMX, type Recorder, WIDE_CHIP } from './recorder.ts';

/** What a run is given, words in halves: `low, high, low, high, …`. */
export interface Io {
  readonly publicInputs: Int32Array;
  readonly privateInputs: Int32Array;
  readonly outputs: number[];
  readonly maxInstructions: number;
  readonly onDebug: ((low: number, high: number) => void) | undefined;
  readonly onLog: ((bytes: Uint8Array) => void) | undefined;
  /** Words of other sources than the private inputs, in halves; undefined where there are no more. */
  readonly privateWord: ((source: PrivateSource) => readonly [number, number] | undefined) | undefined;
}

/** How the interpreter left off. */
export interface Outcome {
  /** `exit`: the program ended with `status`; `trap`: a row could not be executed; `limit`: too many instructions. */
  readonly kind: 'exit' | 'trap' | 'limit';
  /** `low` and `kind` of the status. */
  readonly status: readonly [number, number];
  readonly trap: TrapName | undefined;
  /** The row that trapped, or that jumped to the trap. */
  readonly pc: number;
  /** Dense index of the frame. */
  readonly fp: number;
  readonly instructions: number;
  /** By chip, in the order of CHIPS. */
  readonly rows: Float64Array;
  readonly privateUsed: number;
  /** Public words that nothing read before the end. */
  readonly drained: number;
}

/** How the interpreter treats a row. */
const FORM_XY = 0; // alu and wide with slots b and c
const FORM_X = 1; // alu and wide with slot b alone
const FORM_TRANSFER = 2;
const FORM_LOAD = 3;
const FORM_STORE = 4;
const FORM_CONTROL = 5;
/** Added where a value is reported first. */
const DEBUG = 8;

function formOf(opcode: number): number {
  const info = I.opcodeInfo(opcode);
  const chip = info?.chips[0];
  if (chip === 'alu' || chip === 'wide') {
    return (opcode & I.IMMEDIATE) !== 0 || info === I.EXTEND_SIGNED ? FORM_X : FORM_XY;
  }
  if (chip === 'ctl' || info === undefined || chip === undefined) return FORM_CONTROL;
  if (info.code < I.LOAD8.code) return FORM_TRANSFER;
  return info.code < I.STORE8.code ? FORM_LOAD : FORM_STORE;
}

/**
 * Executes a program from its entry to its exit or trap. There is one definition of every opcode; with a recorder each
 * row also leaves its trace.
 */
export function interpret(
  program: Program,
  machine: Machine,
  io: Io,
  recorder: Recorder | undefined,
): Outcome {
  const { code } = program;
  const { opcode, a, b, weight } = code;
  const c = new Int32Array(code.c.buffer, code.c.byteOffset, code.length);
  const cHigh = new Int32Array(code.cHigh.buffer, code.cHigh.byteOffset, code.length);
  const forms = Uint8Array.from(opcode, formOf);
  const debugAt = new Map<number, Omit<DebugPoint, 'pc'>[]>();
  if (io.onDebug !== undefined || io.onLog !== undefined) {
    for (const point of program.debugPoints) {
      forms[point.pc] |= DEBUG;
      debugAt.set(point.pc, [...(debugAt.get(point.pc) ?? []), point]);
    }
  }
  const sources = new Map(program.privatePoints.map((point) => [point.pc, point.source]));
  const functions = new Map(program.functions.map((entry) => [entry.id, entry]));
  const rows = new Float64Array(CHIPS.length);
  const publicCount = io.publicInputs.length / 2;
  const privateCount = io.privateInputs.length / 2;
  let privateUsed = 0;
  let drained = 0;
  let { low, high, words, bytes, memoryBytes } = machine;
  let fp = machine.stack;
  let pc = program.entry;
  let from = pc;
  let instructions = 0;

  const stop = (
    kind: Outcome['kind'],
    trap?: TrapName,
    status: readonly [number, number] = [0, 0],
  ): Outcome => {
    const at = kind === 'exit' ? from : pc;
    return { kind, status, trap, pc: at, fp, instructions, rows, privateUsed, drained };
  };

  for (;;) {
    const op = opcode[pc];
    const kind = op & I.CODE_MASK;
    let next = pc + 1;
    instructions += weight[pc];
    if (instructions > io.maxInstructions) return stop('limit');
    let form = forms[pc];
    if (form >= DEBUG) {
      form -= DEBUG;
      for (const { slot, value, length } of debugAt.get(pc) ?? []) {
        if (length !== undefined) {
          const address = low[fp + slot] >>> 0;
          io.onLog?.(bytes.slice(address, address + (low[fp + length] >>> 0)));
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
      const chip = kind < I.AND.code ? ALU : WIDE_CHIP;
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
      rows[chip] += twoRows ? 2 : 1;
      if (recorder !== undefined) {
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
      rows[MEM]++;
      recorder?.begin(MEM, pc, fp, 0, 0, 0);
      if (kind === I.SET.code) {
        const cell = c[pc] < TABLES ? c[pc] : machine.indexOf(c[pc]);
        if (recorder !== undefined) {
          recorder.skip();
          recorder.access(as, low[as], high[as], low[as], high[as]);
          recorder.access(cell, low[cell], high[cell], low[as], high[as]);
        }
        low[cell] = low[as];
        high[cell] = high[as];
      } else {
        let cell = -1;
        const xs = fp + b[pc];
        if (kind === I.MOVE.code) cell = xs;
        else if (kind === I.GET.code) cell = c[pc];
        else if (kind === I.TABLE_GET.code) cell = machine.tables + c[pc] - TABLES + low[xs];
        const vl = cell < 0 ? c[pc] : low[cell];
        const vh = cell < 0 ? cHigh[pc] : high[cell];
        if (recorder !== undefined) {
          if (kind === I.TABLE_GET.code) recorder.access(xs, low[xs], high[xs], low[xs], high[xs]);
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
      if (ea + size > memoryBytes) return stop('trap', 'memoryOutOfBounds');
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
      const chip = shift === 0 && kind === I.LOAD32.code && op === kind ? MEM : MEMX;
      const twoRows = size === 8 && shift !== 0;
      rows[chip] += twoRows ? 2 : 1;
      if (recorder !== undefined) {
        if (twoRows) {
          recorder.begin(chip, pc, fp, 1, vl, 0);
          recorder.access(xs, low[xs], high[xs], low[xs], high[xs]);
          recorder.skip();
          recorder.cell(cell, words[cell], words[cell]);
          recorder.cell(cell + 1, words[cell + 1], words[cell + 1]);
        }
        const at = twoRows ? cell + 1 : cell;
        recorder.begin(chip, pc, fp, twoRows ? 2 : 0, twoRows ? vl : 0, 0);
        recorder.access(xs, low[xs], high[xs], low[xs], high[xs]);
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
      if (ea + size > memoryBytes) return stop('trap', 'memoryOutOfBounds');
      const cell = ea >>> 2;
      const shift = (ea & 3) << 3;
      const vl = low[as];
      const vh = high[as];
      const chip = shift === 0 && kind === I.STORE32.code && op === kind ? MEM : MEMX;
      const twoRows = size === 8 && shift !== 0;
      rows[chip] += twoRows ? 2 : 1;
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
        // The first of two rows leaves the cell between as it is where only its own bytes have changed.
        const kept = -1 << shift;
        const between = twoRows ? (old1 & kept) | (words[cell + 1] & ~kept) : 0;
        if (twoRows) {
          recorder.begin(chip, pc, fp, 1, 0, 0);
          recorder.access(xs, low[xs], high[xs], low[xs], high[xs]);
          recorder.access(as, vl, vh, vl, vh);
          recorder.cell(cell, old0, words[cell]);
          recorder.cell(cell + 1, old1, between);
        }
        recorder.begin(chip, pc, fp, twoRows ? 2 : 0, 0, 0);
        recorder.access(xs, low[xs], high[xs], low[xs], high[xs]);
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
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          next = a[pc];
          from = pc;
          break;
        case I.JUMP_TABLE.code: {
          const xs = fp + b[pc];
          recorder?.begin(CTL, pc, fp, 0, 0, 0);
          recorder?.access(xs, low[xs], high[xs], low[xs], high[xs]);
          next = c[pc] + low[xs];
          break;
        }
        case I.CALL.code:
        case I.CALL_INDIRECT.code: {
          const callee = fp + b[pc];
          let returnSlot = callee + c[pc];
          next = a[pc];
          if (kind === I.CALL_INDIRECT.code) {
            const reference = low[fp + a[pc]];
            const entry = functions.get(reference);
            if (entry === undefined) return stop('trap', 'uninitialisedElement');
            if (entry.type !== c[pc]) return stop('trap', 'indirectTypeMismatch');
            next = entry.pc;
            returnSlot = callee + entry.returnSlot;
          }
          if (!machine.reserveFrame(callee)) return stop('trap', 'stackExhausted');
          if (machine.low !== low) {
            ({ low, high } = machine);
            recorder?.resize();
          }
          if (recorder !== undefined) {
            const as = fp + a[pc];
            recorder.begin(CTL, pc, fp, 0, 0, 0);
            if (kind === I.CALL_INDIRECT.code) recorder.access(as, low[as], high[as], low[as], high[as]);
            else recorder.skip();
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
          recorder?.access(as, point, high[as], point, high[as]);
          next = point + 1;
          fp -= a[point];
          break;
        }
        case I.READ.code: {
          const index = low[INPUT_COUNTER];
          if (index >= publicCount) return stop('trap', 'inputExhausted');
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
          const source = sources.get(pc);
          const given = source === undefined ? undefined : io.privateWord?.(source);
          if (source === undefined ? privateUsed >= privateCount : given === undefined)
            return stop('trap', 'inputExhausted');
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
          recorder?.access(as, low[as], high[as], low[as], high[as]);
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
          return stop('exit', undefined, [a[pc], b[pc]]);
        default:
          throw new Error(`opcode ${op} at ${pc}`);
      }
      rows[CTL]++;
    }
    pc = next;
  }
}
