/**
 * Instructions on tables and passive segments that are functions: one routine for each table or segment, since keys are
 * immediates. Elements of tables and words of segments are cells; the sizes and lengths that change are cells too.
 */
import type { Code } from '../../wasm/build.ts';
import { functionType } from '../../wasm/types.ts';
import type { FailureName } from '../program.ts';
import {
  advance,
  checkBounds,
  get,
  type Item,
  i32,
  lines,
  MEMORY_SIZE,
  type RoutineParts,
  set,
  whileNonZero,
} from './assembly.ts';
import { Hosts } from './hosts.ts';
import type { Layout, Quantity, SegmentLayout, TableLayout } from './initial.ts';
import { emitTableGet, emitTableSet } from './references.ts';

/** Where elements of a table, or words of a segment, lie. */
interface Elements {
  readonly key: number;
  readonly cells: number;
}

const ofTable = ({ key, max }: TableLayout): Elements => ({ key, cells: max });
const ofElements = ({ key, length }: SegmentLayout): Elements => ({ key, cells: length.initial });
/** Bytes are four to a word. */
const ofData = ({ key, length }: SegmentLayout): Elements => ({ key, cells: Math.ceil(length.initial / 4) });

class StateHosts extends Hosts {
  /** A size or length: a constant, or what its cell holds. */
  quantity({ initial, cell }: Quantity): Item {
    return cell === undefined ? i32(initial) : this.cell(cell, 'i32');
  }

  /** Traps unless `start + length` is at most the quantity. */
  bounds(start: number, length: number, quantity: Quantity, name: FailureName = 'tableOutOfBounds'): Code {
    return checkBounds(start, length, [this.quantity(quantity), 'i64.extend_i32_u'], this.trap(name));
  }

  /**
   * Takes an index below the cells of the table or segment. The checks of the routine say that it is; a branch that is never taken
   * says so where the verifier of images looks.
   */
  element({ key, cells }: Elements, trap: FailureName = 'tableOutOfBounds'): Item {
    return this.call({
      name: `element ${key}`,
      type: functionType(['i32'], ['i32']),
      translate: (t) => emitTableGet(t, key, { initial: cells, cell: undefined }, trap),
    });
  }

  /** Takes such an index, and the reference on top of it. */
  setElement({ key, cells }: Elements): Item {
    return this.call({
      name: `set element ${key}`,
      type: functionType(['i32', 'i32']),
      translate: (t) => emitTableSet(t, key, { initial: cells, cell: undefined }),
    });
  }
}

/** `body` as often as the local counts; it is counted down before. */
const countDown = (local: number, body: Code): Code =>
  whileNonZero(local, undefined, lines(advance(local, -1), body));

/** By the name of the instruction and its indices. */
const ROUTINES: Readonly<
  Record<
    string,
    (hosts: StateHosts, layout: Layout, index: number, index2: number) => Omit<RoutineParts, 'hosts'>
  >
> = {
  /** Cells beyond the size were never written, so they are null. Growth by `max` − size at most never overflows. */
  'table.grow': (hosts, { tables }, table) => {
    const { size, max } = tables[table];
    const [value, delta, old, grown] = [0, 1, 2, 3];
    return {
      type: 'i32 i32 -> i32',
      locals: ['i32', 'i32'],
      code: lines(
        [hosts.quantity(size), set(old)],
        [get(delta), i32(max), get(old), 'i32.sub', 'i32.gt_u', 'if', i32(-1), 'return', 'end'],
        size.cell === undefined
          ? []
          : ([
              ...[get(old), get(delta), 'i32.add', ['local.tee', grown]],
              // Never, by the comparison before, which is of differences: for the verifier of images, as in `element`.
              ...[i32(max), 'i32.gt_u', 'if', hosts.trap('tableOutOfBounds'), 'end'],
              ...[get(grown), hosts.setCell(size.cell, 'i32')],
            ] as Code),
        [get(value), 'if'],
        countDown(delta, [
          get(old),
          get(delta),
          'i32.add',
          get(value),
          hosts.setElement(ofTable(tables[table])),
        ]),
        ['end', get(old)],
      ),
    };
  },

  'table.fill': (hosts, { tables }, table) => {
    const [to, value, length] = [0, 1, 2];
    const { size } = tables[table];
    const element = hosts.setElement(ofTable(tables[table]));
    return {
      type: 'i32 i32 i32 ->',
      code: lines(
        hosts.bounds(to, length, size),
        countDown(length, [get(to), get(length), 'i32.add', get(value), element]),
      ),
    };
  },

  /** Upwards where the target does not lie above the source, else downwards. */
  'table.copy': (hosts, { tables }, target, source) => {
    const [to, from, length] = [0, 1, 2];
    const given = hosts.element(ofTable(tables[source]));
    const taken = hosts.setElement(ofTable(tables[target]));
    return {
      type: 'i32 i32 i32 ->',
      code: lines(
        hosts.bounds(from, length, tables[source].size),
        hosts.bounds(to, length, tables[target].size),
        [get(to), get(from), 'i32.le_u', 'if'],
        countDown(length, lines([get(to), get(from), given, taken], advance(to, 1), advance(from, 1))),
        ['else'],
        countDown(length, [
          ...[get(to), get(length), 'i32.add'],
          ...([get(from), get(length), 'i32.add', given] as const),
          taken,
        ] as Code),
        ['end'],
      ),
    };
  },

  'table.init': (hosts, { tables, elements }, segment, table) => {
    const [to, from, length] = [0, 1, 2];
    const { length: given } = elements[segment];
    const { size } = tables[table];
    const [item, element] = [
      hosts.element(ofElements(elements[segment])),
      hosts.setElement(ofTable(tables[table])),
    ];
    return {
      type: 'i32 i32 i32 ->',
      code: lines(
        hosts.bounds(from, length, given),
        hosts.bounds(to, length, size),
        countDown(length, lines([get(to), get(from), item, element], advance(to, 1), advance(from, 1))),
      ),
    };
  },

  /** Bytes up to a multiple of 4 in the segment, whose words are cells; then words, then the remaining bytes. */
  'memory.init': (hosts, { datas }, segment) => {
    const [to, from, length] = [0, 1, 2];
    const { length: given } = datas[segment];
    const cell = hosts.element(ofData(datas[segment]), 'memoryOutOfBounds');
    const word: Code = [get(from), i32(2), 'i32.shr_u', cell];
    const step = (by: number): Code => lines(advance(to, by), advance(from, by), advance(length, -by));
    const byte = lines(
      [get(to), ...word, get(from), i32(3), 'i32.and', i32(3), 'i32.shl', 'i32.shr_u', ['i32.store8', 0, 0]],
      step(1),
    );
    return {
      type: 'i32 i32 i32 ->',
      code: lines(
        hosts.bounds(from, length, given, 'memoryOutOfBounds'),
        checkBounds(to, length, MEMORY_SIZE, hosts.trap('memoryOutOfBounds')),
        whileNonZero(length, [get(from), i32(3), 'i32.and'], byte),
        ['block', 'loop', get(length), i32(4), 'i32.lt_u', ['br_if', 1]],
        [get(to), ...word, ['i32.store', 0, 0], ...step(4), ['br', 0], 'end', 'end'],
        whileNonZero(length, undefined, byte),
      ),
    };
  },
};

/** The routine `NAME INDEX [INDEX]`, or undefined where there is none of that name. */
export function stateRoutine(text: string, layout: Layout): RoutineParts | undefined {
  const [name, index, index2] = text.split(' ');
  const make = ROUTINES[name];
  if (make === undefined) return undefined;
  const hosts = new StateHosts();
  return { ...make(hosts, layout, Number(index), Number(index2)), hosts: hosts.list };
}
