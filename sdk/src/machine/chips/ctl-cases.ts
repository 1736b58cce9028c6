/**
 * The kinds of rows of ctl, one at a time: for each what its shared cells are, what the row proves, and when a row is of this kind.
 *
 * Calls and reads have rows that trap: each proves the exact complement of what the row that succeeds proves, leaves all
 * cells and fp as they are and goes on at the trap's reserved pc. The order of an indirect call is that of the
 * specification: null, type, stack.
 *
 * `held(…, 0)` is slot a, accessed at the row's time, `held(…, 1)` the cell of the free key `key`, one later; `jumpTable` has that
 * access only, at the row's own time.
 */
import { add, mul, not, sub } from '../../expr/expression.ts';
import type { Expr, Term } from '../../plonk/declare/declare.ts';
import * as I from '../instructions.ts';
import { INPUT_COUNTER, MAX_FRAME, OUTPUT_COUNTER, PAGES, STACK_END } from '../memory-map.ts';
import { PROVEN_TRAPS, type ProvenTrap } from '../program.ts';
import { EXIT, FUNC, INPUT, LEAVE_POINT, OUTPUT, ZERO } from '../tags.ts';
import type { Fetched } from './adapter.ts';
import { bound, type Case, type Equation, held, known } from './cases.ts';

/** The cells that cases share. `lower` and `upper` are words of two limbs: `r0 + 2^16·r1`, `r2 + 2^16·r3`. */
export type Shared =
  | 'pcNext'
  | 'fpNext'
  | 'oldA'
  | 'newA'
  | 'key'
  | 'old'
  | 'value'
  | 'lower'
  | 'upper'
  | 'r0'
  | 'r2'
  | 'r3';

export type CtlCase =
  | 'jump'
  | 'jumpTable'
  | 'call'
  | 'noStack'
  | 'callIndirect'
  | 'isNull'
  | 'largerType'
  | 'smallerType'
  | 'noStackIndirect'
  | 'return'
  | 'write'
  | 'exitSlot'
  | 'exit'
  | 'read'
  | 'noInput'
  | 'readPrivate'
  | 'drain'
  | 'goOn'
  | 'grow';

const WORD = 1n << 32n;
/** `fp` and `b` are integers, fp ≤ STACK_END and b ≤ MAX_FRAME: a callee's frame begins at most here, or the stack does not suffice. */
const LAST_FRAME = STACK_END - MAX_FRAME;

const equation =
  (constraint: string) =>
  (what: string, is: Term): Equation => ({ by: 'equation', what, constraint, is: add(is) });
const [nextPc, nextFp, slotA] = [equation('next pc'), equation('next fp'), equation('slot a')];
const [keyIs, cellIs] = [equation('key'), equation('cell')];
const [roomIs, missingIs] = [equation('the stack suffices'), equation('the stack does not suffice')];
const [typeIs, otherType] = [equation('type as named'), equation('other type')];

export function ctlCases(
  at: Fetched,
  cell: Readonly<Record<Shared, Expr>>,
  wide: Expr,
): Readonly<Record<CtlCase, Case<Shared>>> {
  const { fpNext, oldA, old, lower, upper, r2, r3 } = cell;
  const following = add(at.pc, 1n);
  const frame = add(at.fp, at.b);

  const sameFrame = { fpNext: nextFp('the same frame', at.fp) };
  const onwards = { pcNext: nextPc('the row behind', following), ...sameFrame };
  const goesTo = (what: string, is: Term) => ({ pcNext: nextPc(what, is), ...sameFrame });
  const toExit = (trap: ProvenTrap) => goesTo('the exit of the trap', PROVEN_TRAPS[trap]);
  const reads = (what: string) => ({ oldA: held(what, 0), newA: slotA('as it was', oldA) });
  const counts = (what: string, key: number) => ({
    key: keyIs(`counter of ${what}`, key),
    old: held('how many there were', 1),
    value: cellIs('one more', add(old, 1n)),
  });
  const returnsHere = {
    old: held('what the return slot held', 1),
    value: cellIs('the return point, behind the row', following),
  };
  const room = roomIs('slots that are left above', sub(LAST_FRAME, fpNext));
  const missing = missingIs('slots that are missing, less 1', sub(frame, LAST_FRAME + 1));
  const sameType = { upper: typeIs('no difference of types', 0n) };
  // The cell of key `fpNext + return slot` is not accessed by rows that trap, but the look-up has both entry and return slot.
  const foundOnly = {
    key: bound('fp and the return slot', 'FUNC', add(fpNext, known.returnSlot)),
    value: bound(
      'the entry, less how far the exit is',
      'FUNC',
      sub(add(known.entry, following), cell.pcNext),
    ),
  };
  const word = add(lower, mul(upper, WORD));
  // Canonical by its limbs.
  const takesWord = {
    ...onwards,
    oldA: held('what the slot held', 0),
    newA: slotA('the word', word),
    lower: bound('low half of the word', 'slot a', known.low),
    upper: bound('high half of the word, 0 without WIDE', 'slot a', known.high),
  };
  const fits = { '32-bit word': mul(not(wide), upper) };

  return {
    jump: { opcode: I.JUMP, about: 'Goes on at a.', cells: goesTo('a', at.a) },
    jumpTable: {
      opcode: I.JUMP_TABLE,
      about: 'Goes on at one of the rows from c on: at number x, which slot b holds.',
      cells: {
        ...goesTo('target number x', add(at.c, old)),
        key: keyIs('slot b', frame),
        old: held('x', 0),
        value: cellIs('as it was', old),
      },
    },

    call: {
      opcode: I.CALL,
      about:
        'Enters the function at a, with the frame that begins at slot b, if the stack has room for a frame there.',
      cells: {
        pcNext: nextPc('the entry', at.a),
        fpNext: nextFp('frame of the callee', frame),
        key: keyIs('its return slot', add(fpNext, at.c)),
        ...returnsHere,
        lower: room,
      },
    },
    noStack: {
      opcode: I.CALL,
      about: 'The stack has no room for a frame there.',
      trap: 'stackExhausted',
      cells: { ...toExit('stackExhausted'), lower: missing },
    },
    callIndirect: {
      opcode: I.CALL_INDIRECT,
      about:
        'Enters the function that slot a refers to, which is of type c, if the stack has room: entry and return slot are those of its FUNC.',
      receives: FUNC,
      cells: {
        ...reads('the reference'),
        pcNext: bound('the entry', 'FUNC', known.entry),
        fpNext: nextFp('frame of the callee', frame),
        key: bound('its return slot', 'FUNC', add(fpNext, known.returnSlot)),
        ...returnsHere,
        lower: room,
        ...sameType,
      },
    },
    isNull: {
      opcode: I.CALL_INDIRECT,
      about:
        'The reference is null. References are 1 or more in every image, so null has no FUNC, and what has one is not null.',
      trap: 'uninitialisedElement',
      when: ({ reference }) => reference === 0,
      cells: { ...reads('null'), ...toExit('uninitialisedElement') },
      holds: { null: oldA },
    },
    largerType: {
      opcode: I.CALL_INDIRECT,
      about:
        'The type of the function is above c. Ids of types are below 2^16, so types that differ do so by 1 + r0.',
      trap: 'indirectTypeMismatch',
      when: ({ type, c }) => type > c,
      receives: FUNC,
      cells: {
        ...reads('the reference'),
        ...toExit('indirectTypeMismatch'),
        ...foundOnly,
        r0: otherType('by how much it is above, less 1', sub(sub(r2, r3), 1n)),
        r2: bound('less r3: by how much it is above', 'FUNC', sub(known.type, at.c)),
        r3: bound('0, or as much more as r2 is', 'FUNC', 0n),
      },
    },
    smallerType: {
      opcode: I.CALL_INDIRECT,
      about: 'The type of the function is below c, by 1 + r0.',
      trap: 'indirectTypeMismatch',
      when: ({ type, c }) => type < c,
      receives: FUNC,
      cells: {
        ...reads('the reference'),
        ...toExit('indirectTypeMismatch'),
        ...foundOnly,
        r0: otherType('by how much it is below, less 1', sub(sub(r3, r2), 1n)),
        r2: bound('0, or as much more as r3 is', 'FUNC', 0n),
        r3: bound('less r2: by how much it is below', 'FUNC', sub(at.c, known.type)),
      },
    },
    noStackIndirect: {
      opcode: I.CALL_INDIRECT,
      about: 'There is such a function, of type c, but the stack has no room for a frame.',
      trap: 'stackExhausted',
      receives: FUNC,
      cells: {
        ...reads('the reference'),
        ...toExit('stackExhausted'),
        ...foundOnly,
        lower: missing,
        ...sameType,
      },
    },
    return: {
      opcode: I.RETURN,
      about:
        'Slot a holds the return point of a call: goes on behind it, with the frame of the caller. In every image c is 0 here.',
      receives: LEAVE_POINT,
      cells: {
        ...reads('the return point'),
        pcNext: bound('the row behind the return point', 'LEAVE', known.next),
        fpNext: bound('frame of the caller', 'LEAVE', sub(at.fp, known.delta)),
        key: keyIs('fp, which is Δ more than fpNext', at.fp),
        value: cellIs('pc + 1, so that LEAVE is of pcNext', following),
        ...sameType,
      },
    },

    write: {
      opcode: I.WRITE,
      about: 'The next public output is the word in slot a.',
      receives: OUTPUT,
      cells: { ...onwards, ...reads('the word'), ...counts('the outputs', OUTPUT_COUNTER) },
    },
    exitSlot: {
      opcode: I.EXIT_SLOT,
      about: 'The run ends, with the status that slot a holds. No state is sent.',
      receives: EXIT,
      cells: { ...sameFrame, ...reads('the status'), old: bound('0', 'EXIT', 0n) },
    },
    exit: {
      opcode: I.EXIT_,
      about: 'The run ends, with the status b·2^32 + a. No state is sent.',
      receives: EXIT,
      cells: {
        ...sameFrame,
        newA: slotA('the status', add(at.a, mul(at.b, WORD))),
        old: bound('0', 'EXIT', 0n),
      },
    },

    read: {
      opcode: I.READ,
      about: 'The next public input goes to slot a; without WIDE it is below 2^32.',
      receives: INPUT,
      cells: { ...takesWord, ...counts('the inputs', INPUT_COUNTER) },
      holds: fits,
    },
    noInput: {
      opcode: I.READ,
      about:
        'There is no public input left. The row itself proves nothing: the exit there drains nothing, so whoever comes to it has consumed every public input, or the bus does not balance.',
      trap: 'inputExhausted',
      cells: toExit('inputExhausted'),
    },
    readPrivate: {
      opcode: I.READ_PRIVATE,
      about: 'A word that the prover chooses goes to slot a; without WIDE it is below 2^32.',
      cells: takesWord,
      holds: fits,
    },
    drain: {
      opcode: I.DRAIN,
      about: 'Consumes a public input that the program did not read, and stays.',
      when: ({ counts: consumes }) => consumes,
      receives: INPUT,
      cells: {
        ...goesTo('the row itself', at.pc),
        ...counts('the inputs', INPUT_COUNTER),
        newA: bound('the word', 'INPUT', add(known.low, mul(known.high, WORD))),
      },
    },
    goOn: {
      opcode: I.DRAIN,
      about: 'Goes on. Inputs left over would stay on the bus.',
      when: ({ counts: consumes }) => !consumes,
      cells: onwards,
    },

    grow: {
      opcode: I.GROW,
      about:
        'The memory has a page more, whose cells are zero from the time of the row on. Of them r0 open, at most 2^14; any other number would only unbalance the bus.',
      sends: ZERO,
      cells: {
        ...onwards,
        ...counts('the pages', PAGES),
        r0: bound('cells of the page that open', 'ZERO', known.opened),
      },
    },
  };
}
