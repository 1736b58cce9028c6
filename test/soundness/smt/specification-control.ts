/** What rows of mem that are no loads or stores must do, and rows of ctl. */
import { MAX_FRAME, MEMORY, STACK_END } from '../../../sdk/src/machine/memory-map.ts';
import { PROVEN_TRAPS, type ProvenTrap } from '../../../sdk/src/machine/program.ts';
import { type Encoding, extend, literal, type Word } from './solver.ts';
import type { Expected, ExpectedCell } from './specification.ts';
import { apply, BETWEEN, big, equal, isZero, less, number, sum } from './words.ts';

/** The rest of mem, and ctl. */
export function control(
  row: Encoding,
  name: string,
  at: Readonly<Record<'pc' | 'fp' | 'a' | 'b' | 'c', Word>>,
  isOn: (name: string) => boolean,
): Omit<Expected, 'from'> {
  const { pc, fp, a, b, c } = at;
  const old = (access: string): Word => row.before(access);
  const slotA = sum(fp, a);
  /**
   * That slot a is not this cell: a row that reads a cell writes its slot before. The image sees to it that `get` names none;
   * counters and tables lie below the stack, and a branch keeps elements in their tables.
   */
  const isNoSlot = (key: Word): string => `(not ${equal(slotA, big(key))})`;
  const following = { pc: sum(pc, number(1)), fp: big(fp), mid: number(0) };
  const rest = { when: [], next: following, also: [] };
  const cell = (key: Word, after: Word): ExpectedCell => ({ present: 'true', key, after });
  const provided = (i: number): Word => row.input(`word${i}`);
  switch (name) {
    case 'get':
      return {
        ...rest,
        when: [isNoSlot(c)],
        cells: { A: cell(slotA, old('Cell')), Cell: cell(c, old('Cell')) },
      };
    case 'set':
      return { ...rest, cells: { A: cell(slotA, old('A')), Cell: cell(c, old('A')) } };
    case 'mov':
      return {
        ...rest,
        when: [`(not ${equal(a, b)})`],
        cells: { A: cell(slotA, old('Cell')), Cell: cell(sum(fp, b), old('Cell')) },
      };
    case 'const':
      return { ...rest, cells: { A: cell(slotA, c) } };
    case 'tset':
      return {
        ...rest,
        cells: {
          B: cell(sum(fp, b), old('B')),
          A: cell(slotA, old('A')),
          Cell: cell(sum(c, old('B')), old('A')),
        },
      };
    case 'tget':
      return {
        ...rest,
        when: [isNoSlot(sum(c, old('B')))],
        cells: {
          B: cell(sum(fp, b), old('B')),
          A: cell(slotA, old('Cell')),
          Cell: cell(sum(c, old('B')), old('Cell')),
        },
      };
    case 'jmp':
      return { ...rest, next: { ...following, pc: big(a) }, cells: {} };
    case 'jtab':
      return {
        ...rest,
        next: { ...following, pc: sum(c, old('Cell')) },
        cells: { Cell: cell(sum(fp, b), old('Cell')) },
      };
    case 'call':
    case 'calli': {
      const frame = sum(fp, b);
      const indirect = name === 'calli';
      const room = `(bvule ${sum(frame, number(MAX_FRAME)).text} ${number(STACK_END).text})`;
      const reference: Record<string, ExpectedCell> = indirect ? { A: cell(slotA, old('A')) } : {};
      const trap = (to: ProvenTrap, ...also: readonly string[]): Omit<Expected, 'from'> => ({
        ...rest,
        next: { ...following, pc: number(PROVEN_TRAPS[to]) },
        cells: reference,
        also,
      });
      if (isOn('noStack')) return trap('stackExhausted', `(not ${room})`);
      if (isOn('isNull')) return trap('uninitialisedElement', isZero(old('A')));
      const named = indirect ? [equal(provided(0), old('A'))] : [];
      if (isOn('largerType')) return trap('indirectTypeMismatch', ...named, less(c, provided(1)));
      if (isOn('smallerType')) return trap('indirectTypeMismatch', ...named, less(provided(1), c));
      if (indirect) named.push(equal(provided(1), c));
      if (isOn('noStackIndirect')) return trap('stackExhausted', ...named, `(not ${room})`);
      const returnSlot = indirect ? provided(3) : c;
      const cells = { Cell: cell(sum(frame, returnSlot), sum(pc, number(1))) };
      return {
        ...rest,
        next: { ...following, pc: big(indirect ? provided(2) : a), fp: frame },
        cells: { ...cells, ...reference },
        also: [room, ...named],
      };
    }
    case 'ret':
      return {
        ...rest,
        next: { ...following, pc: big(provided(2)), fp: apply('bvsub', big(fp), big(provided(3))) },
        // A frame does not return below the first one: Δ is that of the call that made the frame.
        when: [`(bvule ${big(provided(3)).text} ${big(fp).text})`],
        cells: { A: cell(slotA, old('A')) },
        also: [equal(provided(0), old('A'))],
      };
    case 'read':
      if (isOn('noInput')) {
        return { ...rest, next: { ...following, pc: number(PROVEN_TRAPS.inputExhausted) }, cells: {} };
      }
      return {
        ...rest,
        when: [isNoSlot(number(1))],
        cells: { A: cell(slotA, provided(1)), Cell: cell(number(1), sum(old('Cell'), number(1))) },
        also: [
          equal(provided(0), old('Cell')),
          ...(isOn('wide') ? [] : [less(provided(1), literal(BETWEEN, 64))]),
        ],
      };
    case 'readp': {
      // Any canonical value, and nothing else.
      const value = row.value(row.row.cells.get('A')!.after);
      const limit = isOn('wide') ? BETWEEN << 32n : BETWEEN;
      return { ...rest, cells: { A: cell(slotA, value) }, also: [less(value, literal(limit, value.width))] };
    }
    case 'write':
      return {
        ...rest,
        cells: { A: cell(slotA, old('A')), Cell: cell(number(2), sum(old('Cell'), number(1))) },
        also: [equal(provided(0), old('Cell')), equal(provided(1), old('A'))],
      };
    case 'drain':
      if (isOn('goOn')) return { ...rest, cells: {} };
      return {
        ...rest,
        next: { ...following, pc: big(pc) },
        cells: { Cell: cell(number(1), sum(old('Cell'), number(1))) },
        also: [equal(provided(0), old('Cell'))],
      };
    case 'exit':
      return {
        ...rest,
        next: undefined,
        cells: {},
        also: [equal(provided(1), { text: `(concat ${b.text} ${a.text})`, width: 64 })],
      };
    case 'exits':
      return {
        ...rest,
        next: undefined,
        cells: { A: cell(slotA, old('A')) },
        also: [equal(provided(1), old('A'))],
      };
    case 'grow': {
      const { zero } = row.row;
      const [lo, hi] = [row.value(zero!.lo), row.value(zero!.hi)];
      const start = apply(
        'bvadd',
        extend(literal(MEMORY, 72), row.width),
        apply('bvshl', extend(old('Cell'), row.width), literal(14, row.width)),
      );
      return {
        ...rest,
        cells: { Cell: cell(number(3), sum(old('Cell'), number(1))) },
        also: [equal(lo, start), equal(hi, apply('bvadd', start, literal(16383, row.width)))],
      };
    }
    default:
      throw new Error(`no specification of ${name}`);
  }
}
