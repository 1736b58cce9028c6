/**
 * ctl: jumps, calls, inputs and outputs, the end of the run, growth of the memory. Accesses: slot a (calli, ret, read,
 * readp, write, exits), then a cell of a free key: the return slot (call, calli), a counter (read, write, drain, grow), or
 * slot b (jtab, which has this access only, at the row's own time).
 *
 * Calls and reads have rows that trap: each proves the exact complement of what the row that succeeds proves, leaves all
 * cells and fp as they are and goes on at the trap's reserved pc. The order of an indirect call is that of the
 * specification: null, type, stack.
 */
import { add, mul, not, sub } from '../../expr/expression.ts';
import { type Chip, ChipBuilder, type Expr } from '../../plonk/declare/declare.ts';
import {
  CALL,
  CALL_INDIRECT,
  CODE_MASK,
  DRAIN,
  EXIT_,
  EXIT_SLOT,
  GROW,
  JUMP,
  JUMP_TABLE,
  READ,
  READ_PRIVATE,
  RETURN,
  WIDE,
  WRITE,
} from '../instructions.ts';
import {
  CELLS_PER_PAGE,
  INPUT_COUNTER,
  MAX_FRAME,
  MEMORY,
  OUTPUT_COUNTER,
  PAGES,
  STACK_END,
} from '../memory-map.ts';
import { PROVEN_TRAPS } from '../program.ts';
import { EXIT, FUNC, INPUT, LEAVE_POINT, OUTPUT, ZERO } from '../tags.ts';
import { ACCESSES, PHASE_SHIFT, TRAP_PHASE } from '../trace.ts';
import { access, fetched, flagBits, limb, MIN_LOG, selectors, step } from './adapter.ts';
import {
  accessAt,
  accessWriter,
  copyWide,
  type Fill,
  fetchWriter,
  flagWriter,
  type InstructionChip,
  limbWriter,
  NEW,
  OLD,
  selectorWriter,
} from './fill.ts';

/** Opcodes with the one row, or the one that does not trap. */
const PLAIN = {
  jump: JUMP,
  jumpTable: JUMP_TABLE,
  call: CALL,
  callIndirect: CALL_INDIRECT,
  return: RETURN,
  read: READ,
  readPrivate: READ_PRIVATE,
  write: WRITE,
  exit: EXIT_,
  exitSlot: EXIT_SLOT,
  grow: GROW,
} as const;
/** `drain` consumes an input and stays, or goes on; calls and reads may trap. */
const SERVED = {
  ...PLAIN,
  drain: DRAIN,
  goOn: DRAIN,
  noStack: CALL,
  noStackIndirect: CALL_INDIRECT,
  isNull: CALL_INDIRECT,
  largerType: CALL_INDIRECT,
  smallerType: CALL_INDIRECT,
  noInput: READ,
} as const;
const FLAGS = { wide: WIDE } as const;
const LIMBS = ['r0', 'r1', 'r2', 'r3'] as const;

function declare(): Chip {
  const chip = new ChipBuilder('ctl');
  const at = fetched(chip);
  const pcNext = chip.column(
    'pcNext',
    'bound',
    1,
    'constraint "next pc", or the lookup of a call or return; free where the run ends',
  );
  const fpNext = chip.column('fpNext', 'bound', 1, 'constraint "next fp", or the lookup of a return');
  const oldA = chip.column('oldA', 'bound', 2, 'slot a before; free where it is not accessed');
  const newA = chip.column('newA', 'bound', 2, 'constraint "slot a", or the INPUT tuple of drain; else free');
  const key = chip.column('key', 'bound', 1, 'constraint "key", or the lookup of a function; else free');
  const old = chip.column('old', 'bound', 2, 'the cell before; free where it is not accessed');
  const value = chip.column('value', 'bound', 2, 'constraint "cell", or the lookup of a function; else free');
  const { on, real, code } = selectors(chip, SERVED);
  const { bits, sum: flags } = flagBits(chip, FLAGS);
  const [r0, r1, r2, r3] = LIMBS.map((name) => limb(chip, name, real)) as [Expr, Expr, Expr, Expr];

  const exits = add(on.exit, on.exitSlot);
  step(chip, at, {
    real,
    opcode: add(code, flags),
    accesses: ACCESSES.ctl,
    pcNext,
    fpNext,
    // A run ends where no state is sent.
    ends: exits,
  });
  const reads = add(on.read, on.readPrivate);
  const looksUp = add(on.callIndirect, on.noStackIndirect, on.largerType, on.smallerType);
  const readsA = add(looksUp, on.isNull, on.return, on.write, on.exitSlot);
  const usesA = add(readsA, reads);
  access(chip, at, {
    name: 'A',
    key: add(at.fp, at.a),
    offset: 0n,
    old: oldA,
    value: newA,
    multiplicity: usesA,
  });
  const calls = add(on.call, on.callIndirect);
  const counts = add(on.read, on.write, on.drain, on.grow);
  const usesCell = add(calls, counts, on.jumpTable);
  const offset = sub(1n, on.jumpTable);
  access(chip, at, { name: 'Cell', key, offset, old, value, multiplicity: usesCell });

  // Slot a is only read but by read and readp, whose word is canonical by its limbs. What exit writes nowhere is its
  // status, from the instruction; exits reads its own.
  const [lower, upper] = [add(r0, mul(r1, 1n << 16n)), add(r2, mul(r3, 1n << 16n))];
  const word = add(lower, mul(upper, 1n << 32n));
  chip.constrain(
    'slot a',
    add(
      mul(readsA, sub(newA, oldA)),
      mul(reads, sub(newA, word)),
      mul(on.exit, sub(newA, add(at.a, mul(at.b, 1n << 32n)))),
    ),
  );
  chip.constrain('32-bit word', mul(reads, not(bits.wide), upper));

  // calli: the reference in slot a has the entry pcNext, the type c and the return slot key − fpNext.
  // ret: at the pc in slot a stands the return point of a call, which continues at pcNext and moved fp by
  // key − fpNext, with key = fp. c is 0 in every `ret` of an image.
  // For both, value is pc + 1 and r2 = r3 = 0. Rows that trap go elsewhere and access no cell, so there the entry and
  // the return slot that the reference has are in value and key; how far its type is from c is
  // r2 − r3.
  chip.interactOneOf(
    'function or return point',
    -1,
    [
      [FUNC, looksUp],
      [LEAVE_POINT, on.return],
    ],
    add(looksUp, on.return),
    [oldA, add(at.c, sub(r2, r3)), add(pcNext, sub(value, add(at.pc, 1n))), sub(key, fpNext)],
  );
  chip.constrain('type as named', mul(add(on.callIndirect, on.noStackIndirect, on.return), upper));
  // Type ids are below 2^16, so types that differ do so by 1 + r0, upwards or downwards.
  const [larger, smaller] = [sub(r2, r3), sub(r3, r2)];
  chip.constrain(
    'other type',
    add(mul(on.largerType, sub(larger, add(r0, 1n))), mul(on.smallerType, sub(smaller, add(r0, 1n)))),
  );
  // References are 1 or more in every image, so null has no function, and what has one is not null.
  chip.constrain('null', mul(on.isNull, oldA));
  chip.constrain(
    'next pc',
    add(
      mul(add(on.jump, on.call), sub(pcNext, at.a)),
      mul(on.jumpTable, sub(pcNext, add(at.c, old))),
      mul(on.drain, sub(pcNext, at.pc)),
      mul(add(reads, on.write, on.goOn, on.grow), sub(pcNext, add(at.pc, 1n))),
      mul(add(on.noStack, on.noStackIndirect), sub(pcNext, PROVEN_TRAPS.stackExhausted)),
      mul(on.isNull, sub(pcNext, PROVEN_TRAPS.uninitialisedElement)),
      mul(add(on.largerType, on.smallerType), sub(pcNext, PROVEN_TRAPS.indirectTypeMismatch)),
      // The exit there drains nothing: whoever comes to it has consumed every public input, or the bus does not balance.
      mul(on.noInput, sub(pcNext, PROVEN_TRAPS.inputExhausted)),
    ),
  );
  chip.constrain(
    'next fp',
    add(mul(calls, sub(fpNext, add(at.fp, at.b))), mul(sub(real, add(calls, on.return)), sub(fpNext, at.fp))),
  );
  chip.constrain(
    'key',
    add(
      mul(on.call, sub(key, add(fpNext, at.c))),
      mul(on.return, sub(key, at.fp)),
      mul(on.jumpTable, sub(key, add(at.fp, at.b))),
      mul(add(on.read, on.drain), sub(key, INPUT_COUNTER)),
      mul(on.write, sub(key, OUTPUT_COUNTER)),
      mul(on.grow, sub(key, PAGES)),
    ),
  );
  chip.constrain(
    'cell',
    add(
      mul(add(calls, on.return), sub(value, add(at.pc, 1n))),
      mul(counts, sub(value, add(old, 1n))),
      mul(on.jumpTable, sub(value, old)),
    ),
  );
  // fp and b are integers, fp ≤ STACK_END and b ≤ MAX_FRAME: the callee's frame pointer is at most STACK_END − MAX_FRAME, or more.
  chip.constrain('the stack suffices', mul(calls, sub(sub(STACK_END - MAX_FRAME, fpNext), lower)));
  const over = sub(add(at.fp, at.b), STACK_END - MAX_FRAME + 1);
  chip.constrain('the stack does not suffice', mul(add(on.noStack, on.noStackIndirect), sub(over, lower)));

  // The public terms provide one tuple for each input and output word and one EXIT; all are consumed, none twice.
  // The cell is not accessed by exit and exits (`old` is then 0), and slot a not by drain (newA is then the word).
  chip.interactOneOf(
    'public word or status',
    -1,
    [
      [INPUT, add(on.read, on.drain)],
      [OUTPUT, on.write],
      [EXIT, exits],
    ],
    add(on.read, on.drain, on.write, exits),
    [old, newA],
  );
  // Provides zero cells from the row's time on; r0 counts those that open, at most 2^14, and any other number would
  // only unbalance the bus.
  const first = add(mul(old, CELLS_PER_PAGE), MEMORY);
  chip.send('zero page', ZERO, mul(on.grow, r0), [first, add(first, CELLS_PER_PAGE - 1), at.ts]);
  return chip.build({
    about:
      'Jumps, calls and returns, public and private inputs, outputs, the end of the run, growth of the memory.',
    height: { from: 'proof', minLog: MIN_LOG },
  });
}

const [A, CELL] = [accessAt(0), accessAt(1)];

const fill: Fill = (trace, context) => {
  const { cells, code, image, uses } = context;
  const { records, rows, stride } = trace;
  const [fetch, select, flag, limbs] = [
    fetchWriter(trace, context),
    selectorWriter(context, PLAIN),
    flagWriter(context, FLAGS),
    limbWriter(context, LIMBS),
  ];
  const accessA = accessWriter(trace, context, 'A', 0);
  const accessCell = accessWriter(trace, context, 'Cell', 1);
  // jtab has its only access in the first group of its record.
  const accessTable = accessWriter(trace, context, 'Cell', 0);
  const [fp, pcNext, fpNext, key] = [cells('fp'), cells('pcNext'), cells('fpNext'), cells('key')];
  const [oldA, newA, old, value] = [cells('oldA'), cells('newA'), cells('old'), cells('value')];
  const [drain, goOn] = [cells('drain'), cells('goOn')];
  const [noStack, noStackIndirect, noInput] = [cells('noStack'), cells('noStackIndirect'), cells('noInput')];
  const [isNull, largerType, smallerType] = [cells('isNull'), cells('largerType'), cells('smallerType')];

  for (let row = 0, at = 0; row < rows; row++, at += stride) {
    const pc = fetch(row, at);
    const opcode = code.opcode[pc]!;
    const kind = opcode & CODE_MASK;
    const [a, b, c] = [code.a[pc]!, code.b[pc]!, code.c[pc]!];
    const frame = fp[row]!;
    flag(row, opcode);
    pcNext[row] = pc + 1;
    fpNext[row] = frame;
    copyWide(oldA, row, records, at + A + OLD);
    copyWide(newA, row, records, at + A + NEW);
    copyWide(old, row, records, at + CELL + OLD);
    copyWide(value, row, records, at + CELL + NEW);
    let [low, high] = [0, 0];
    const traps = records[at + 1]! >>> PHASE_SHIFT === TRAP_PHASE;
    if (kind === DRAIN.code) {
      // A row that consumes has counted one more; a row that goes on has no access.
      const consumes = records[at + CELL + NEW]! !== 0;
      (consumes ? drain : goOn)[row] = 1;
      if (consumes) {
        accessCell(row, at);
        pcNext[row] = pc;
        key[row] = INPUT_COUNTER;
        copyWide(newA, row, records, at + 3);
      }
    } else if (!traps) select(row, kind);

    switch (kind) {
      case JUMP.code:
        pcNext[row] = a;
        break;
      case JUMP_TABLE.code:
        accessTable(row, at, 0);
        key[row] = frame + b;
        for (const column of [oldA, newA]) column.fill(0, 2 * row, 2 * row + 2);
        copyWide(old, row, records, at + A + OLD);
        copyWide(value, row, records, at + A + NEW);
        pcNext[row] = c + old[2 * row]!;
        break;
      case CALL.code:
        low = STACK_END - MAX_FRAME - (frame + b);
        if (traps) {
          noStack[row] = 1;
          pcNext[row] = PROVEN_TRAPS.stackExhausted;
          low = -low - 1;
          break;
        }
        accessCell(row, at);
        fpNext[row] = frame + b;
        pcNext[row] = a;
        key[row] = frame + b + c;
        break;
      case CALL_INDIRECT.code: {
        accessA(row, at);
        if (traps && oldA[2 * row]! === 0) {
          isNull[row] = 1;
          pcNext[row] = PROVEN_TRAPS.uninitialisedElement;
          break;
        }
        const entry = image.functions.get(oldA[2 * row]!)!;
        uses.image[entry.row]!++;
        low = STACK_END - MAX_FRAME - (frame + b);
        if (!traps) {
          accessCell(row, at);
          fpNext[row] = frame + b;
          pcNext[row] = entry.pc;
        } else if (entry.type !== c) {
          (entry.type > c ? largerType : smallerType)[row] = 1;
          pcNext[row] = PROVEN_TRAPS.indirectTypeMismatch;
          low = Math.abs(entry.type - c) - 1;
          high = entry.type > c ? entry.type - c : (c - entry.type) << 16;
        } else {
          noStackIndirect[row] = 1;
          pcNext[row] = PROVEN_TRAPS.stackExhausted;
          low = -low - 1;
        }
        key[row] = fpNext[row]! + entry.returnSlot;
        if (traps) value[2 * row] = entry.pc - pcNext[row]! + pc + 1;
        break;
      }
      case RETURN.code: {
        accessA(row, at);
        const point = oldA[2 * row]!;
        uses.image[point]!++;
        pcNext[row] = point + 1;
        fpNext[row] = frame - code.a[point]!;
        key[row] = frame;
        value[2 * row] = pc + 1;
        break;
      }
      case READ.code:
      case READ_PRIVATE.code:
        if (traps) {
          noInput[row] = 1;
          pcNext[row] = PROVEN_TRAPS.inputExhausted;
          break;
        }
        accessA(row, at);
        if (kind === READ.code) {
          accessCell(row, at);
          key[row] = INPUT_COUNTER;
        }
        [low, high] = [newA[2 * row]!, newA[2 * row + 1]!];
        break;
      case WRITE.code:
        accessA(row, at);
        accessCell(row, at);
        key[row] = OUTPUT_COUNTER;
        break;
      case EXIT_.code:
        pcNext[row] = 0;
        [newA[2 * row], newA[2 * row + 1]] = [a, b];
        break;
      case EXIT_SLOT.code:
        accessA(row, at);
        pcNext[row] = 0;
        break;
      case GROW.code:
        accessCell(row, at);
        key[row] = PAGES;
        low = uses.grown.get(records[at + 2]!) ?? 0;
        break;
    }
    limbs(row, 0, low & 0xffff);
    limbs(row, 1, low >>> 16);
    limbs(row, 2, high & 0xffff);
    limbs(row, 3, high >>> 16);
  }
};

export const ctl: InstructionChip = { chip: declare(), fill };
