/**
 * alu: sums, comparisons, fused branches, select, products below 2^64, elements of arrays, sign extension; moves and jumps
 * that mem and ctl have no room for. Accesses: slot b (x), slot c (y; an immediate is y itself), slot a (old, result).
 *
 * What the core relies on: x and y are canonical (below 2^64, below 2^32 where the opcode is a 32-bit one), because
 * every row that writes a slot writes a canonical value of the slot's type, and immediates come from the image.
 */
import { add, mul, not, sub, weighted } from '../../expr/expression.ts';
import { type Chip, ChipBuilder, type Expr } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import { SCALES, scaleOf } from '../flags.ts';
import {
  ADD,
  BRANCH,
  CODE_MASK,
  COMPARE_SET,
  EQUAL,
  EXTEND_SIGNED,
  GREATER,
  IMMEDIATE,
  INDEX,
  JUMP,
  LESS,
  MOVE,
  PRODUCT_HIGH,
  PRODUCT_LOW,
  PRODUCT_ROTATE,
  RSUB,
  SELECT,
  SHIFT_SIGNED,
  SIGNED,
  SUB,
  WIDE,
} from '../instructions.ts';
import { ACCESSES } from '../trace.ts';
import { access, fetched, flagBits, limb, selectors, step } from './adapter.ts';
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
import { below, multiply } from './words.ts';

const SERVED = {
  add: ADD,
  sub: SUB,
  rsub: RSUB,
  compare: COMPARE_SET,
  branch: BRANCH,
  select: SELECT,
  low: PRODUCT_LOW,
  high: PRODUCT_HIGH,
  rotate: PRODUCT_ROTATE,
  shift: SHIFT_SIGNED,
  extend: EXTEND_SIGNED,
  index: INDEX,
  move: MOVE,
  jump: JUMP,
} as const;
const FLAGS = {
  immediate: IMMEDIATE,
  wide: WIDE,
  signed: SIGNED,
  less: LESS,
  equal: EQUAL,
  greater: GREATER,
} as const;
const LIMBS = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'] as const;

function declare(): Chip {
  const chip = new ChipBuilder('alu');
  const at = fetched(chip);
  const pcNext = chip.column('pcNext', 'bound', 1, 'constraint "next pc"');
  const x = chip.column('x', 'bound', 2, 'slot b; free for jumps');
  const y = chip.column('y', 'bound', 2, 'slot c or the immediate; free where the opcode has no y');
  const old = chip.column('old', 'bound', 2, 'slot a before; free where slot a is not accessed');
  const result = chip.column(
    'result',
    'bound',
    2,
    'one constraint for each opcode; free for branches and jumps',
  );
  const { on, real, code } = selectors(chip, SERVED);
  const { bits, sum: flags } = flagBits(chip, FLAGS);
  const { immediate, wide, signed, less, equal, greater } = bits;
  const lt = chip.column('lt', 'bit', 1, 'x < y, by the constraints on the order');
  const eq = chip.column('eq', 'bit', 1, 'x = y, by the constraints on the order');
  const carry = chip.column('carry', 'bit', 1, 'carry or borrow; of signed comparisons, whether y ≥ 2^31');
  const sign = chip.column('sign', 'bit', 1, 'whether a 32-bit x ≥ 2^31, where its sign matters');
  const [r0, r1, r2, r3, r4, r5] = LIMBS.map((name) => limb(chip, name, real)) as [
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
    Expr,
  ];

  step(chip, at, { real, opcode: add(code, flags), accesses: ACCESSES.alu, pcNext });
  const usesB = sub(real, on.jump);
  access(chip, at, { name: 'B', key: add(at.fp, at.b), offset: 0n, old: x, value: x, multiplicity: usesB });
  // Degree 2, a bit also where a prover sets `immediate` in a row that is not real.
  const readsC = mul(sub(usesB, add(on.extend, on.move)), not(immediate));
  access(chip, at, { name: 'C', key: add(at.fp, at.c), offset: 1n, old: y, value: y, multiplicity: readsC });
  const usesA = sub(usesB, on.branch);
  access(chip, at, { name: 'A', key: add(at.fp, at.a), offset: 2n, old, value: result, multiplicity: usesA });
  chip.constrain('immediate y', mul(immediate, sub(y, at.c)));

  const low = add(r0, mul(r1, 1n << 16n));
  const high = add(r2, mul(r3, 1n << 16n));
  const value = add(low, mul(high, 1n << 32n));
  const third = add(r4, mul(r5, 1n << 16n));

  // Sums: the result is canonical by its limbs, and with it the carry (a difference of one modulus) is the only one.
  const sums = add(on.add, on.sub, on.rsub);
  const wrap = mul(carry, add(1n << 32n, mul(wide, (1n << 64n) - (1n << 32n))));
  chip.constrain(
    'add, sub, rsub: result',
    add(
      mul(on.add, sub(sub(add(x, y), result), wrap)),
      mul(on.sub, add(sub(sub(x, y), result), wrap)),
      mul(on.rsub, add(sub(sub(y, x), result), wrap)),
    ),
  );
  chip.constrain('add, sub, rsub: limbs', mul(sums, sub(result, value)));
  // A sum of two limbs (weighted) is zero only if both are.
  chip.constrain('add, sub, rsub: 32-bit result', mul(sums, not(wide), high));

  // Comparisons: exactly one of lt, eq, gt is 1 where K = 1; where K = 0, all are (gt = −lt − eq must be a bit).
  // x − y = (gt − lt)·(1 + d), d ≥ 0 by its limbs: gt means x > y, lt x < y, neither x = y. select compares with 0.
  const compares = add(on.compare, on.branch, on.select);
  const gt = sub(sub(compares, lt), eq);
  chip.constrain('gt is a bit', mul(gt, sub(gt, 1n)));
  const direction = sub(gt, lt);
  chip.constrain(
    'unsigned order',
    mul(
      not(signed),
      sub(sub(mul(compares, x), mul(add(on.compare, on.branch), y)), mul(direction, add(value, 1n))),
    ),
  );
  // Signed: both biased by 2^31 modulo 2^32; d takes the limbs r0, r1. No other opcode has the flag SIGNED.
  const biased = 1n << 31n;
  chip.constrain(
    'signed order',
    mul(signed, sub(mul(compares, sub(third, high)), mul(direction, add(low, 1n)))),
  );
  chip.constrain(
    'sign of x',
    mul(add(signed, on.shift, on.extend), sub(add(x, biased), add(third, mul(sign, 1n << 32n)))),
  );
  chip.constrain('sign of y', mul(signed, sub(add(y, biased), add(high, mul(carry, 1n << 32n)))));
  const holds = add(mul(less, lt), mul(equal, eq), mul(greater, gt));
  chip.constrain('compare: result', mul(on.compare, sub(result, holds)));
  chip.constrain('select: result', mul(on.select, sub(sub(result, y), mul(holds, sub(old, y)))));
  const following = add(at.pc, 1n);
  chip.constrain(
    'next pc',
    sub(mul(real, sub(pcNext, following)), mul(add(mul(on.branch, holds), on.jump), sub(at.a, following))),
  );

  // Products: x·y below 2^128, x·factor + y below 2^37, and equal to a number below 2^64, so no wrap. `rotate` and `shift` come
  // with immediate powers of two only (the verifier of images refuses others): with x < 2^32 and y = 2^k, low is a multiple of
  // 2^k and high is below 2^k, so their sum is below 2^32.
  const factor = weighted(SCALES.map(({ name, scale }) => [bits[name], scale] as const));
  chip.constrain(
    'products',
    add(
      mul(add(on.low, on.high, on.rotate, on.shift), sub(mul(x, y), value)),
      mul(on.index, sub(add(mul(x, factor), y), value)),
    ),
  );
  chip.constrain(
    'products: result',
    add(
      mul(add(on.low, on.index), sub(result, low)),
      mul(on.high, sub(result, high)),
      mul(on.rotate, sub(sub(result, low), high)),
      mul(on.shift, sub(sub(result, high), mul(sign, sub(1n << 32n, y)))),
    ),
  );
  chip.constrain(
    'extend, move: result',
    add(
      mul(on.extend, sub(sub(result, x), mul(sign, (1n << 64n) - (1n << 32n)))),
      mul(on.move, sub(result, x)),
    ),
  );
  return chip.build({
    about:
      'Sums, comparisons, fused compare-and-branch, select, products below 2^64 (multiplication, shifts and rotations of i32 by constants), elements of arrays, sign extension, moves, jumps.',
    height: { from: 'proof', minLog: SHARED_MIN_LOG },
  });
}

const [B, C, A] = [accessAt(0), accessAt(1), accessAt(2)];
const BIAS = 0x8000_0000;
const product: Uint32Array = new Uint32Array(8);

const fill: Fill = (trace, context) => {
  const { cells, code } = context;
  const { records, rows, stride } = trace;
  const [fetch, select, flag] = [
    fetchWriter(trace, context),
    selectorWriter(context, SERVED),
    flagWriter(context, FLAGS),
  ];
  const [accessB, accessC, accessA] = [
    accessWriter(trace, context, 'B', 0),
    accessWriter(trace, context, 'C', 1),
    accessWriter(trace, context, 'A', 2),
  ];
  const limbs = limbWriter(context, LIMBS);
  const [x, y, old, result] = [cells('x'), cells('y'), cells('old'), cells('result')];
  const [pcNext, lt, eq, carry, sign] = [
    cells('pcNext'),
    cells('lt'),
    cells('eq'),
    cells('carry'),
    cells('sign'),
  ];

  for (let row = 0, at = 0; row < rows; row++, at += stride) {
    const pc = fetch(row, at);
    const opcode = code.opcode[pc]!;
    const kind = opcode & CODE_MASK;
    select(row, kind);
    flag(row, opcode);
    pcNext[row] = pc + 1;

    if (kind === JUMP.code) {
      pcNext[row] = code.a[pc]!;
      for (let i = 0; i < LIMBS.length; i++) limbs(row, i, 0);
      continue;
    }
    accessB(row, at);
    copyWide(x, row, records, at + B + OLD);
    const [xLow, xHigh] = [records[at + B + OLD]!, records[at + B + OLD + 1]!];
    let [yLow, yHigh] = [0, 0];
    if ((opcode & IMMEDIATE) !== 0) {
      [yLow, yHigh] = [code.c[pc]!, code.cHigh[pc]!];
    } else if (kind !== EXTEND_SIGNED.code && kind !== MOVE.code) {
      accessC(row, at);
      [yLow, yHigh] = [records[at + C + OLD]!, records[at + C + OLD + 1]!];
    }
    [y[2 * row], y[2 * row + 1]] = [yLow, yHigh];
    const [resultLow, resultHigh] = [records[at + A + NEW]!, records[at + A + NEW + 1]!];
    if (kind !== BRANCH.code) {
      accessA(row, at);
      copyWide(old, row, records, at + A + OLD);
      copyWide(result, row, records, at + A + NEW);
    }

    // The limbs r0…r3 and r4, r5 are two numbers; which, depends on the opcode.
    let [low, high, third] = [0, 0, 0];
    switch (kind) {
      case ADD.code:
        carry[row] = below(resultLow, resultHigh, xLow, xHigh) ? 1 : 0;
        [low, high] = [resultLow, resultHigh];
        break;
      case SUB.code:
        carry[row] = below(xLow, xHigh, yLow, yHigh) ? 1 : 0;
        [low, high] = [resultLow, resultHigh];
        break;
      case RSUB.code:
        carry[row] = below(yLow, yHigh, xLow, xHigh) ? 1 : 0;
        [low, high] = [resultLow, resultHigh];
        break;
      case COMPARE_SET.code:
      case BRANCH.code:
      case SELECT.code: {
        const isSigned = (opcode & SIGNED) !== 0;
        if (isSigned) {
          [sign[row], carry[row]] = [xLow >>> 31, yLow >>> 31];
          third = (xLow ^ BIAS) >>> 0;
          high = (yLow ^ BIAS) >>> 0;
        }
        const other = kind === SELECT.code ? [0, 0] : [yLow, yHigh];
        const [l, lHigh] = isSigned ? [third, 0] : [xLow, xHigh];
        const [r, rHigh] = isSigned ? [high, 0] : (other as [number, number]);
        const isLess = below(l, lHigh, r, rHigh);
        const isEqual = l === r && lHigh === rHigh;
        if (isLess) lt[row] = 1;
        else if (isEqual) eq[row] = 1;
        if (!isEqual) {
          // |x − y| − 1; the larger operand is at least 1, and a borrow below 0 wraps as it should.
          const [m, mHigh, s, sHigh] = isLess ? [r, rHigh, l, lHigh] : [l, lHigh, r, rHigh];
          low = (m - s - 1) >>> 0;
          if (!isSigned) high = (mHigh - sHigh - (m < s + 1 ? 1 : 0)) >>> 0;
        }
        if (kind === BRANCH.code) {
          const relation = isLess ? LESS : isEqual ? EQUAL : GREATER;
          if ((opcode & relation) !== 0) pcNext[row] = code.a[pc]!;
        }
        break;
      }
      case MOVE.code:
        break;
      case EXTEND_SIGNED.code:
        sign[row] = xLow >>> 31;
        third = (xLow ^ BIAS) >>> 0;
        break;
      case INDEX.code: {
        // Below 2^37.
        const sum = xLow * scaleOf(opcode) + yLow;
        [low, high] = [sum >>> 0, Math.floor(sum / 2 ** 32)];
        break;
      }
      default: {
        // Products: below 2^64.
        multiply(product, xLow, xHigh, yLow, yHigh);
        low = (product[0]! | (product[1]! << 16)) >>> 0;
        high = (product[2]! | (product[3]! << 16)) >>> 0;
        if (kind === SHIFT_SIGNED.code) {
          sign[row] = xLow >>> 31;
          third = (xLow ^ BIAS) >>> 0;
        }
      }
    }
    limbs(row, 0, low & 0xffff);
    limbs(row, 1, low >>> 16);
    limbs(row, 2, high & 0xffff);
    limbs(row, 3, high >>> 16);
    limbs(row, 4, third & 0xffff);
    limbs(row, 5, third >>> 16);
  }
};

export const alu: InstructionChip = { chip: declare(), fill };
