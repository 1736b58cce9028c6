/**
 * mem: transfers of one cell: aligned 4-byte loads and stores, globals and machine cells, moves, constants, table
 * elements. Accesses: slot b (x; loads, stores, tget, tset), slot a, the cell (not for constants). Whichever way the value
 * goes, slot and cell both hold it afterwards.
 */
import { add, mul, sub } from '../../expr/expression.ts';
import { Fr } from '../../field/field.ts';
import { type Chip, ChipBuilder } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import { CODE_MASK, CONST, GET, LOAD32, MOVE, SET, STORE32, TABLE_GET, TABLE_SET } from '../instructions.ts';
import { MEMORY } from '../memory-map.ts';
import { ACCESSES } from '../trace.ts';
import { access, fetched, selectors, step } from './adapter.ts';
import {
  accessAt,
  accessWriter,
  copyWide,
  type Fill,
  fetchWriter,
  type InstructionChip,
  NEW,
  OLD,
  selectorWriter,
} from './fill.ts';

/** Loads and stores without flags only: an opcode with a flag has another number, which this chip cannot form. */
const SERVED = {
  load: LOAD32,
  store: STORE32,
  get: GET,
  set: SET,
  move: MOVE,
  constant: CONST,
  element: TABLE_GET,
  setElement: TABLE_SET,
} as const;

function declare(): Chip {
  const chip = new ChipBuilder('mem');
  const at = fetched(chip);
  const x = chip.column('x', 'bound', 2, 'slot b; free where it is not accessed');
  const key = chip.column('key', 'bound', 1, 'one constraint for each opcode; free for constants');
  const oldA = chip.column('oldA', 'bound', 2, 'slot a before');
  const oldCell = chip.column('oldCell', 'bound', 2, 'the cell before; free for constants');
  const value = chip.column('value', 'bound', 2, 'what is read: the cell, the slot or the immediate');
  const { on, real, code } = selectors(chip, SERVED);

  step(chip, at, { real, opcode: code, accesses: ACCESSES.mem });
  const elements = add(on.element, on.setElement);
  const based = add(on.load, on.store, elements);
  access(chip, at, { name: 'B', key: add(at.fp, at.b), offset: 0n, old: x, value: x, multiplicity: based });
  access(chip, at, { name: 'A', key: add(at.fp, at.a), offset: 1n, old: oldA, value, multiplicity: real });
  const hasCell = sub(real, on.constant);
  access(chip, at, { name: 'Cell', key, offset: 2n, old: oldCell, value, multiplicity: hasCell });

  // The inverse of 4 is the field's: where x + c (integers below 2^33) is not a multiple of 4, the key is a field
  // element that no cell has, and the row cannot be used; memx serves it. Nor has any cell a key of 2^32 or more.
  const quarter = Fr.inv(4n);
  chip.constrain(
    'key',
    add(
      mul(add(on.load, on.store), sub(key, add(mul(add(x, at.c), quarter), MEMORY))),
      mul(add(on.get, on.set), sub(key, at.c)),
      mul(on.move, sub(key, add(at.fp, at.b))),
      mul(elements, sub(key, add(at.c, x))),
    ),
  );
  // A slot that is read here is read before the cell is: a move of a slot to itself would take any value. The image
  // has none.
  chip.constrain(
    'value',
    add(
      mul(add(on.load, on.get, on.move, on.element), sub(value, oldCell)),
      mul(add(on.store, on.set, on.setElement), sub(value, oldA)),
      mul(on.constant, sub(value, at.c)),
    ),
  );
  return chip.build({
    about:
      'Transfers of one cell: aligned 4-byte loads and stores, globals, moves, constants, table elements.',
    height: { from: 'proof', minLog: SHARED_MIN_LOG },
  });
}

/** Opcodes whose cell has a key that slot b decides. */
const BASED: ReadonlySet<number> = new Set(
  Object.values(SERVED)
    .filter(({ cell }) => cell === 'memory' || cell === 'table')
    .map(({ code }) => code),
);
const [B, A, CELL] = [accessAt(0), accessAt(1), accessAt(2)];

const fill: Fill = (trace, context) => {
  const { cells, code } = context;
  const { records, rows, stride } = trace;
  const [fetch, select] = [fetchWriter(trace, context), selectorWriter(context, SERVED)];
  const [accessB, accessA, accessCell] = [
    accessWriter(trace, context, 'B', 0),
    accessWriter(trace, context, 'A', 1),
    accessWriter(trace, context, 'Cell', 2),
  ];
  const [fp, x, key, oldA, oldCell, value] = [
    cells('fp'),
    cells('x'),
    cells('key'),
    cells('oldA'),
    cells('oldCell'),
    cells('value'),
  ];

  for (let row = 0, at = 0; row < rows; row++, at += stride) {
    const pc = fetch(row, at);
    const kind = code.opcode[pc]! & CODE_MASK;
    select(row, kind);
    const base = records[at + B + OLD]!;
    const immediate = code.c[pc]!;
    if (kind === LOAD32.code || kind === STORE32.code) {
      key[row] = MEMORY + (base + immediate) / 4;
    } else if (kind === MOVE.code) {
      key[row] = fp[row]! + code.b[pc]!;
    } else if (kind === TABLE_GET.code || kind === TABLE_SET.code) {
      key[row] = immediate + base;
    } else if (kind !== CONST.code) {
      key[row] = immediate;
    }
    if (BASED.has(kind)) {
      accessB(row, at);
      copyWide(x, row, records, at + B + OLD);
    }
    accessA(row, at);
    copyWide(oldA, row, records, at + A + OLD);
    copyWide(value, row, records, at + A + NEW);
    if (kind !== CONST.code) {
      accessCell(row, at);
      copyWide(oldCell, row, records, at + CELL + OLD);
    }
  }
};

export const mem: InstructionChip = { chip: declare(), fill };
