/**
 * Lies in cells that hold what no machine word is: halves, quarters, negative numbers, and words that are off by numbers that
 * a checker modulo something else than r takes for zero. Everything but the range of these cells holds in the field.
 */
import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MEMORY, OUTPUT_COUNTER, STACK } from '../../../sdk/src/machine/memory-map.ts';
import { chipIndex } from '../../machine/chips/harness.ts';
import { PRIMES } from '../../machine/chips/mutation-values.ts';
import { data, INPUT_CALL, program, SUM } from './programs.ts';
import { copied, withStatement } from './stories-io.ts';
import {
  cell,
  compile,
  edited,
  type Lie,
  openingOf,
  pcOf,
  rebalanced,
  recounted,
  rowAt,
  type Story,
  tell,
  withCode,
} from './story.ts';

const HALF = Fr.inv(2n);
const QUARTER = Fr.inv(4n);

/** Honest: 5 more than its argument. */
function addsFive(): Story {
  return tell(
    compile({
      types: ['i64 -> i64'],
      functions: [{ type: 0, code: [['local.get', 0], ['i64.const', 5n], 'i64.add'] }],
      exports: [['main', 'func', 0]],
    }),
    { args: [1n] },
  );
}

/** `x + 5`, off by a number. */
function sumOffBy(difference: bigint): Story {
  const { program: honest } = addsFive();
  const by = 5n + difference;
  const edit = { c: Number(by & 0xffff_ffffn), cHigh: Number(by >> 32n) };
  const story = tell(honest, { args: [1n] }, { executed: withCode(honest, [[pcOf(honest, I.ADD), edit]]) });
  assert.deepEqual(story.statement.publicOutputs, [6n + difference]);
  return story;
}

/** An element of size 4: `4·x + 8`, which wraps for x = 2^30 + 1 and is 12. */
const element = () => program([['local.get', 0], ['i32.const', 2], 'i32.shl', ['i32.const', 8], 'i32.add']);
const BEYOND = (1n << 30n) + 1n;

/** The element is taken for one of size 12. */
function otherSizeOfElement(): Story {
  const honest = element();
  const index = pcOf(honest, I.INDEX);
  const executed = withCode(honest, [[index, { opcode: honest.code.opcode[index]! | I.GREATER }]]);
  const story = tell(honest, { args: [1n] }, { executed });
  assert.deepEqual(story.statement.publicOutputs, [20n]);
  return story;
}

/** The address of the element is 2^32 + 12: the carry is left in a limb. */
function elementThatDoesNotWrap(): Story {
  const honest = element();
  const index = pcOf(honest, I.INDEX);
  const by = (1n << 32n) + 12n - BEYOND;
  const edit = {
    opcode: I.ADD.code | I.WIDE | I.IMMEDIATE,
    c: Number(by & 0xffff_ffffn),
    cHigh: Number(by >> 32n),
  };
  const story = tell(honest, { args: [BEYOND] }, { executed: withCode(honest, [[index, edit]]) });
  assert.deepEqual(story.statement.publicOutputs, [(1n << 32n) + 12n]);
  return rebalanced(edited(story, 'alu', rowAt(story, 'alu', index), { r1: 1 << 16, r2: 0 }));
}

/** The operand between two instructions is left in its slot, the first behind parameter and return slot, with this value. */
function between(story: Story, value: bigint): Story {
  return edited(story, 'boundary', openingOf(story, STACK + 2), { received: value });
}

/** `(x >> 1) << 1` leaves 7 as it is: the quotient in between is 7/2, as a limb that is one. */
function shiftedToAHalf(): Story {
  const honest = program([
    ...([['local.get', 0], ['i32.const', 1], 'i32.shr_u'] as const),
    ...([['i32.const', 1], 'i32.shl'] as const),
  ]);
  const [right, left] = [pcOf(honest, I.PRODUCT_HIGH), pcOf(honest, I.PRODUCT_LOW)];
  const executed = withCode(honest, [
    [right, { c: 0, cHigh: 1 }],
    [left, { c: 1 }],
  ]);
  const story = tell(honest, { args: [7n] }, { executed });
  assert.deepEqual(story.statement.publicOutputs, [7n]);
  const value = Fr.mul(7n, HALF);
  const half = { y: 2 ** 31, r0: 0, r1: 0, r2: value, r3: 0, result: value };
  const told = edited(story, 'alu', rowAt(story, 'alu', right), half);
  const doubled = { x: value, y: 2, r0: 7, r1: 0, r2: 0, r3: 0, result: 7 };
  return recounted(between(edited(told, 'alu', rowAt(story, 'alu', left), doubled), value));
}

/** `0 − 1 < 5`, without a sign: the difference is −1, not 2^32 − 1. */
function minusOneIsSmall(): Story {
  const honest = program([
    ...([['local.get', 0], ['i32.const', 1], 'i32.sub'] as const),
    ...([['i32.const', 5], 'i32.lt_u'] as const),
  ]);
  const [difference, compare] = [pcOf(honest, I.SUB), pcOf(honest, I.COMPARE_SET)];
  const opcode = I.COMPARE_SET.code | I.IMMEDIATE | I.GREATER;
  const story = tell(honest, { args: [0n] }, { executed: withCode(honest, [[compare, { opcode }]]) });
  assert.deepEqual(story.statement.publicOutputs, [1n]);
  const minus = { result: -1n, carry: 0, r0: -1n, r1: 0, r2: 0, r3: 0 };
  const told = edited(story, 'alu', rowAt(story, 'alu', difference), minus);
  const below = { x: -1n, less: 1, greater: 0, lt: 1, eq: 0, r0: 5, r1: 0, r2: 0, r3: 0 };
  return recounted(between(edited(told, 'alu', rowAt(story, 'alu', compare), below), -1n));
}

/** A load at 5 finds nothing, though byte 8 is not zero: its cell is the one with key 5/4. */
function quarterOfACell(): Story {
  const honest = program(
    [
      ['local.get', 0],
      ['i32.load', 2, 0],
    ],
    { datas: data([9], 8) },
  );
  const story = tell(honest, { args: [4n] });
  assert.deepEqual(story.statement.publicOutputs, [0n]);
  const load = rowAt(story, 'mem', pcOf(honest, I.LOAD32));
  const opening = openingOf(story, MEMORY + 1);
  const key = Fr.add(BigInt(MEMORY + 1), QUARTER);
  const step = (row: number): bigint => cell(story, 'boundary', 'r0', row);
  let told: Story = edited(story, 'ctl', rowAt(story, 'ctl', pcOf(honest, I.READ)), { newA: 5, r0: 5 });
  told = edited(told, 'mem', load, { x: 5, key, oldA: 5 });
  told = edited(told, 'boundary', opening, { key, r0: step(opening) + QUARTER });
  told = edited(told, 'boundary', opening + 1, { r0: step(opening + 1) - QUARTER });
  return recounted(withStatement(told, () => ({ publicInputs: [5n] })));
}

/** Four times a private word is 5: the word is a quarter of it in one of its limbs. */
function fiveQuarters(limb = 0): Story {
  const honest = program([
    ...([['i32.const', 0], ['call', INPUT_CALL], ['i64.const', 4n], 'i64.mul'] as const),
    ...([['i64.const', 5n], 'i64.eq'] as const),
  ]);
  const product = pcOf(honest, I.MUL64);
  const executed = withCode(honest, [[product, { c: 5 }]]);
  const story = tell(honest, { args: [0n], privateInputs: [1n] }, { executed });
  assert.deepEqual(story.statement.publicOutputs, [1n]);
  const value = Fr.mul(5n, QUARTER);
  const read = rowAt(story, 'ctl', pcOf(honest, I.READ_PRIVATE));
  const own = Fr.mul(value, Fr.inv(1n << BigInt(16 * limb)));
  const told = edited(story, 'ctl', read, { newA: value, r0: 0, [`r${limb}`]: own });
  const row = rowAt(story, 'wide', product);
  return recounted(edited(told, 'wide', row, { x: value, old: value, y: 4, x0: 5 }));
}

/** A load finds what is stored behind it: the time since then is negative. */
function fromTheFuture(): Story {
  const honest = program(
    [
      ...([
        ['local.get', 0],
        ['i32.load', 2, 0],
      ] as const),
      ...([
        ['local.get', 0],
        ['i32.const', 9],
        ['i32.store', 2, 0],
      ] as const),
    ],
    { datas: data([7], 0) },
  );
  const words = honest.words.map((word) => (word.key === MEMORY ? { ...word, value: 9n } : word));
  const story = tell(honest, { args: [0n] }, { executed: { ...honest, words } });
  assert.deepEqual(story.statement.publicOutputs, [9n]);
  const [load, store] = [I.LOAD32, I.STORE32].map((info) => rowAt(story, 'mem', pcOf(honest, info)));
  const access = (row: number): bigint => cell(story, 'mem', 'ts', row) + 2n;
  const own = openingOf(story, MEMORY);
  const opened = { sent: 7, hi: 7, receivedTs: access(load!) };
  let told: Story = edited(story, 'boundary', own, opened);
  told = edited(told, 'mem', load!, { tsCell: access(store!) });
  return recounted(
    edited(told, 'mem', store!, { oldCell: 7, tsCell: cell(story, 'boundary', 'sentTs', own) }),
  );
}

/** The first output goes to index −1, where no statement looks. */
function outputBeforeTheFirst(): Story {
  const story = copied([7n, 8n]);
  const writes = [
    pcOf(story.program, I.WRITE, 1),
    pcOf(story.program, I.WRITE, 2),
    pcOf(story.program, I.WRITE),
  ];
  let told: Story = story;
  for (const [i, pc] of writes.entries()) {
    told = edited(told, 'ctl', rowAt(story, 'ctl', pc), { old: BigInt(i - 1), value: i });
  }
  const counter = openingOf(story, OUTPUT_COUNTER);
  told = edited(told, 'boundary', counter, { sent: -1n, received: writes.length - 1 });
  return rebalanced(withStatement(told, (s) => ({ publicOutputs: s.publicOutputs.slice(1) })));
}

/**
 * A sum of one more, though every row of the run holds: beside them a row reads a private word into the slot of the sum, at that
 * very time, and its negative takes back the word that was there. All else that the two say cancels; neither is at a pc that is ever reached.
 */
function rowAndItsNegative(): Story {
  const honest = program(SUM);
  const executed = withCode(honest, [[pcOf(honest, I.ADD), { c: 42 }]]);
  const story = tell(honest, { args: [5n] }, { executed });
  assert.deepEqual(story.statement.publicOutputs, [47n]);
  const add = rowAt(story, 'alu', pcOf(honest, I.ADD));
  const told = edited(story, 'alu', add, { y: 41, result: 46, r0: 46 });
  const fp = cell(story, 'alu', 'fp', add);
  const ts = cell(story, 'alu', 'ts', add) + 2n;
  const a = cell(story, 'alu', 'a', add);
  const common = { ts, tsA: ts - 1n, pc: 1, pcNext: 2, fp, fpNext: fp, a };
  const spare = 2 ** story.witness[chipIndex('ctl')]!.log - 1;
  const row = { ...common, readPrivate: 1, wide: 1, newA: 47, r0: 47 };
  // The opcode of the negative is the same: its flag makes up for the selector.
  const flag = Fr.mul(BigInt(I.WIDE + 2 * I.READ_PRIVATE.code), Fr.inv(BigInt(I.WIDE)));
  const negative = { ...common, readPrivate: -1n, wide: flag, newA: 46, r0: 46 };
  return recounted(edited(edited(told, 'ctl', spare, row), 'ctl', spare - 1, negative));
}

export const FIELD_LIES: readonly Lie[] = [
  {
    name: 'a sum off by the product of two primes',
    refused: ['alu: add, sub, rsub: result'],
    tell: () => sumOffBy(PRIMES),
    proven: true,
  },
  {
    name: 'a sum off by 4,095 times that product',
    refused: ['alu: add, sub, rsub: result'],
    tell: () => sumOffBy(4095n * PRIMES),
  },
  {
    name: 'an output off by the product of two primes',
    refused: ['OUTPUT'],
    tell: () => withStatement(addsFive(), () => ({ publicOutputs: [6n + PRIMES] })),
  },
  {
    name: 'a status off by the product of two primes',
    refused: ['EXIT'],
    tell: () => withStatement(addsFive(), () => ({ status: PRIMES })),
  },
  { name: 'an element of another size', refused: ['alu: products: result'], tell: otherSizeOfElement },
  {
    name: 'an element whose address keeps its carry',
    refused: ['RANGE16'],
    tell: elementThatDoesNotWrap,
    proven: true,
  },
  { name: 'a shift that keeps the half', refused: ['RANGE16'], tell: shiftedToAHalf, proven: true },
  { name: 'a difference of minus one, taken for small', refused: ['RANGE16'], tell: minusOneIsSmall },
  { name: 'a load from a quarter behind a cell', refused: ['RANGE16'], tell: quarterOfACell },
  { name: 'a private word of five quarters', refused: ['RANGE16'], tell: () => fiveQuarters(), proven: true },
  ...[1, 2, 3].map((limb) => ({
    name: `a private word of five quarters in limb ${limb}`,
    refused: ['RANGE16'],
    tell: () => fiveQuarters(limb),
  })),
  { name: 'a load that finds what is stored later', refused: ['RANGE16'], tell: fromTheFuture },
  {
    name: 'an output before the first, its counter begun at minus one',
    refused: ['OUTPUT', 'boundary: zero: value'],
    tell: outputBeforeTheFirst,
  },
  {
    name: 'a row and its negative that put another word into a cell',
    refused: ['ctl: at most one selector', 'ctl: readPrivate is a bit', 'ctl: wide is a bit'],
    tell: rowAndItsNegative,
    proven: true,
  },
];
