/**
 * wide: bytes and full 64-bit products: bitwise operations, multiplication, shifts by variable counts, division; sums that
 * alu has no room for.
 * Accesses: slot b (x), slot c (y; an immediate is y itself), slot a (old, result).
 *
 * Eight slots of three bytes X, Y, Z = X & Y each, by one AND8 lookup a slot. Bitwise rows read them as the bytes of
 * x, of y and of x & y. The others read a slot as a limb of 16 bits, `X + 256·Y`, and leave Z to the lookup: so no
 * slot has two meanings for the bus.
 *
 * 64-bit division takes two rows: the first only range-checks the quotient and hands it over as `mid`. It needs no
 * access: the second row reads the operands and proves that the quotient is right.
 */
import { add, mul, not, sub, weighted } from '../../expr/expression.ts';
import { type Chip, ChipBuilder, type Expr } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import {
  ADD,
  AND,
  CODE_MASK,
  DIV,
  IMMEDIATE,
  MUL64,
  OR,
  REM,
  ROTL,
  SAR,
  SHL,
  SHR,
  WIDE,
  XOR,
} from '../instructions.ts';
import { AND8, POW2 } from '../tags.ts';
import { ACCESSES, PHASE_SHIFT } from '../trace.ts';
import { access, fetched, flagBits, selectors, step } from './adapter.ts';
import {
  accessAt,
  accessWriter,
  copyWide,
  type Fill,
  fetchWriter,
  flagWriter,
  type InstructionChip,
  NEW,
  OLD,
  selectorWriter,
} from './fill.ts';
import { below, multiply } from './words.ts';

const SERVED = {
  and: AND,
  or: OR,
  xor: XOR,
  mul: MUL64,
  shl: SHL,
  shr: SHR,
  rotl: ROTL,
  sar: SAR,
  div: DIV,
  rem: REM,
  add: ADD,
} as const;
const FLAGS = { immediate: IMMEDIATE, wide: WIDE } as const;
const SLOTS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

function declare(): Chip {
  const chip = new ChipBuilder('wide');
  const at = fetched(chip);
  const mid = chip.column('mid', 'bound', 2, 'the STATE received; 0 but in second rows');
  const midNext = chip.column('midNext', 'bound', 2, 'the limbs in first rows, else 0');
  const x = chip.column('x', 'bound', 2, 'slot b; free in first rows');
  const y = chip.column('y', 'bound', 2, 'slot c or the immediate; free in first rows');
  const old = chip.column('old', 'bound', 2, 'slot a before; free in first rows');
  const result = chip.column('result', 'bound', 2, 'one constraint for each opcode; 0 in first rows');
  const exponent = chip.column('exponent', 'bound', 1, 'constraint "shift: exponent"; free in other rows');
  const power = chip.column('power', 'bound', 2, 'POW2 of the image; free in other rows');
  const { on, real, code } = selectors(chip, SERVED);
  // The opcode of a division in two rows has WIDE by these; the flag `wide` is for the others.
  const first = chip.column('first', 'bit', 1, 'first row of a 64-bit division');
  const second = chip.column('second', 'bit', 1, 'second row of a 64-bit division');
  const { bits, sum: flags } = flagBits(chip, FLAGS);
  const sign = chip.column('sign', 'bit', 1, 'whether the 32-bit x of a sar is ≥ 2^31; the carry of a sum');
  const [X, Y, Z] = (['x', 'y', 'z'] as const).map((letter) =>
    SLOTS.map((i) => chip.column(`${letter}${i}`, 'byte', 1, `AND8 lookup of slot ${i}`)),
  ) as [Expr[], Expr[], Expr[]];
  for (const i of SLOTS) chip.receive(`slot ${i}`, AND8, real, [X[i]!, Y[i]!, Z[i]!]);

  const division = add(on.div, on.rem);
  chip.constrain('only divisions have two rows', mul(add(first, second), not(division)));
  chip.constrain('a row is not both', mul(first, second));
  // With first or second, real is 1. A 64-bit division whose quotient, remainder and divisor − 1 − remainder are
  // below 2^32 may also take one row with the flag `wide`: what that row proves is as true of 64-bit operands.
  step(chip, at, {
    real,
    opcode: add(code, flags, mul(add(first, second), WIDE)),
    accesses: ACCESSES.wide,
    pcNext: add(at.pc, 1n),
    phases: { first, second, mid, midNext },
  });
  const accesses = sub(real, first);
  access(chip, at, {
    name: 'B',
    key: add(at.fp, at.b),
    offset: 0n,
    old: x,
    value: x,
    multiplicity: accesses,
  });
  const readsC = mul(accesses, not(bits.immediate));
  access(chip, at, { name: 'C', key: add(at.fp, at.c), offset: 1n, old: y, value: y, multiplicity: readsC });
  access(chip, at, {
    name: 'A',
    key: add(at.fp, at.a),
    offset: 2n,
    old,
    value: result,
    multiplicity: accesses,
  });
  chip.constrain('immediate y', mul(bits.immediate, sub(y, at.c)));

  // Bitwise: sums of bytes are unique, so X, Y are the bytes of x, y.
  const bytes = (columns: readonly Expr[]): Expr =>
    weighted(columns.map((v, i) => [v, 1n << BigInt(8 * i)] as const));
  const bitwise = add(on.and, on.or, on.xor);
  const and = bytes(Z);
  chip.constrain('bytes of x', mul(bitwise, sub(x, bytes(X))));
  chip.constrain('bytes of y', mul(bitwise, sub(y, bytes(Y))));
  chip.constrain(
    'bitwise: result',
    add(
      mul(on.and, sub(result, and)),
      mul(on.or, sub(result, sub(add(x, y), and))),
      mul(on.xor, sub(result, sub(add(x, y), mul(and, 2n)))),
    ),
  );

  const limbs = SLOTS.map((i) => add(X[i]!, mul(Y[i]!, 1n << 8n)));
  const number = (from: number, count: number): Expr =>
    weighted(limbs.slice(from, from + count).map((limb, i) => [limb, 1n << BigInt(16 * i)] as const));
  const [low32, high32, third32] = [number(0, 2), number(2, 2), number(4, 2)];
  const [low64, high64] = [number(0, 4), number(4, 4)];

  // Shifts. left: x·2^y = low + 2^w·high; right: x·2^(w−y), as twice x·2^(w−1−y), so that the exponent stays below w
  // (the image's power of 64 is 1: rotl by 64 is rotl by 0). Products are below 2^128, so no wrap. Counts above w do
  // not come here: the verifier of images sees that they are masked, and right shifts by w or more have no power.
  const left = add(on.shl, on.rotl);
  const right = add(on.shr, on.sar);
  const width = add(32n, mul(bits.wide, 32n));
  chip.receive('power', POW2, add(left, right), [exponent, power]);
  chip.constrain(
    'shift: exponent',
    add(mul(left, sub(exponent, y)), mul(right, sub(add(exponent, y, 1n), width))),
  );
  // 32-bit shifts leave limbs 4 to 7 out; mul has all of them, and its flag chooses between the halves.
  chip.constrain(
    'products',
    sub(
      add(mul(left, x, power), mul(right, x, mul(power, 2n)), mul(on.mul, x, y)),
      add(
        mul(add(left, right, on.mul), low64),
        mul(add(mul(add(left, right), bits.wide), on.mul), mul(high64, 1n << 64n)),
      ),
    ),
  );
  const low = add(low32, mul(bits.wide, mul(high32, 1n << 32n)));
  const high = add(high32, mul(bits.wide, sub(high64, high32)));
  chip.constrain('sign of x', mul(on.sar, sub(add(x, 1n << 31n), add(third32, mul(sign, 1n << 32n)))));
  // sar fills the y upper bits: 2^32 − 2^(32−y).
  chip.constrain(
    'products, add: result',
    add(
      mul(on.mul, sub(result, add(low64, mul(bits.wide, sub(high64, low64))))),
      mul(add(on.shl, on.add), sub(result, low)),
      mul(on.shr, sub(result, high)),
      mul(on.rotl, sub(sub(result, low), high)),
      mul(on.sar, sub(sub(result, high32), mul(sign, sub(1n << 32n, mul(power, 2n))))),
    ),
  );

  // The result is canonical by its limbs, and with it the carry (a difference of one modulus) is the only one.
  const modulus = add(1n << 32n, mul(bits.wide, (1n << 64n) - (1n << 32n)));
  chip.constrain('add', mul(on.add, sub(add(x, y), add(low, mul(sign, modulus)))));

  // Division: x = q·y + r with 0 ≤ r < y as integers (both sides are below 2^129), which no y = 0 satisfies.
  const oneRow = sub(sub(division, first), second);
  chip.constrain(
    'division: x = q·y + r',
    add(mul(oneRow, sub(x, add(mul(low32, y), high32))), mul(second, sub(x, add(mul(mid, y), low64)))),
  );
  chip.constrain(
    'division: r is below y',
    add(mul(oneRow, sub(sub(y, high32), add(third32, 1n))), mul(second, sub(sub(y, low64), add(high64, 1n)))),
  );
  // Rows other than second ones receive mid = 0: only first rows send another, with a pc that second rows alone take.
  chip.constrain('quotient handed over', sub(midNext, mul(first, low64)));
  chip.constrain(
    'division: result',
    add(
      mul(on.div, sub(result, add(mid, mul(oneRow, low32)))),
      mul(on.rem, sub(result, add(mul(oneRow, high32), mul(second, low64)))),
    ),
  );
  return chip.build({
    about:
      'Bitwise operations, 64-bit multiplication, shifts and rotations by variable counts, unsigned division, sums.',
    height: { from: 'proof', minLog: SHARED_MIN_LOG },
  });
}

const [B, C, A] = [accessAt(0), accessAt(1), accessAt(2)];
const BIAS = 0x8000_0000;
const limbs: Uint32Array = new Uint32Array(8);

const fill: Fill = (trace, context) => {
  const { cells, code, image, uses } = context;
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
  const [x, y, old, result] = [cells('x'), cells('y'), cells('old'), cells('result')];
  const [mid, midNext, exponent, power] = [cells('mid'), cells('midNext'), cells('exponent'), cells('power')];
  const [first, second, wide, sign] = [cells('first'), cells('second'), cells('wide'), cells('sign')];
  const X = SLOTS.map((i) => cells(`x${i}`));
  const Y = SLOTS.map((i) => cells(`y${i}`));
  const Z = SLOTS.map((i) => cells(`z${i}`));
  const slot = (row: number, i: number, xByte: number, yByte: number): void => {
    X[i]![row] = xByte;
    Y[i]![row] = yByte;
    Z[i]![row] = xByte & yByte;
    uses.and8[(xByte << 8) | yByte]!++;
  };

  for (let row = 0, at = 0; row < rows; row++, at += stride) {
    const pc = fetch(row, at);
    const opcode = code.opcode[pc]!;
    const kind = opcode & CODE_MASK;
    const phase = records[at + 1]! >>> PHASE_SHIFT;
    const isWide = (opcode & WIDE) !== 0;
    select(row, kind);
    flag(row, opcode);
    const [auxLow, auxHigh] = [records[at + 3]!, records[at + 4]!];
    let [yLow, yHigh] = [0, 0];
    if ((opcode & IMMEDIATE) !== 0) [yLow, yHigh] = [code.c[pc]!, code.cHigh[pc]!];
    if (phase === 1) {
      first[row] = 1;
      wide[row] = 0;
      [midNext[2 * row], midNext[2 * row + 1]] = [auxLow, auxHigh];
    } else {
      accessB(row, at);
      if ((opcode & IMMEDIATE) === 0) {
        accessC(row, at);
        [yLow, yHigh] = [records[at + C + OLD]!, records[at + C + OLD + 1]!];
      }
      accessA(row, at);
      copyWide(x, row, records, at + B + OLD);
      copyWide(old, row, records, at + A + OLD);
      copyWide(result, row, records, at + A + NEW);
    }
    [y[2 * row], y[2 * row + 1]] = [yLow, yHigh];
    const [xLow, xHigh] = [x[2 * row]!, x[2 * row + 1]!];

    if (kind === AND.code || kind === OR.code || kind === XOR.code) {
      for (let i = 0; i < 4; i++) {
        slot(row, i, (xLow >>> (8 * i)) & 255, (yLow >>> (8 * i)) & 255);
        slot(row, i + 4, (xHigh >>> (8 * i)) & 255, (yHigh >>> (8 * i)) & 255);
      }
      continue;
    }
    limbs.fill(0);
    switch (kind) {
      case ADD.code: {
        const [low, high] = [result[2 * row]!, result[2 * row + 1]!];
        put(0, low, high);
        sign[row] = below(low, high, xLow, xHigh) ? 1 : 0;
        break;
      }
      case MUL64.code:
        multiply(limbs, xLow, xHigh, yLow, yHigh);
        break;
      case DIV.code:
      case REM.code:
        if (phase === 1) put(0, auxLow, auxHigh);
        else {
          const wideRow = phase === 2;
          if (wideRow) {
            second[row] = 1;
            wide[row] = 0;
            [mid[2 * row], mid[2 * row + 1]] = [auxLow, auxHigh];
          }
          divisionLimbs(wideRow, xLow, xHigh, yLow, yHigh, auxLow, auxHigh);
        }
        break;
      default: {
        const isLeft = kind === SHL.code || kind === ROTL.code;
        const e = isLeft ? yLow : (isWide ? 63 : 31) - yLow;
        uses.image[image.powersAt + e]!++;
        exponent[row] = e;
        const [powerLow, powerHigh] = e < 32 || e === 64 ? [2 ** (e % 64), 0] : [0, 2 ** (e - 32)];
        [power[2 * row], power[2 * row + 1]] = [powerLow, powerHigh];
        multiply(limbs, xLow, xHigh, powerLow, powerHigh);
        if (!isLeft) double(limbs);
        if (kind === SAR.code) {
          sign[row] = xLow >>> 31;
          put(4, (xLow ^ BIAS) >>> 0, 0);
        }
      }
    }
    for (let i = 0; i < 8; i++) slot(row, i, limbs[i]! & 255, limbs[i]! >>> 8);
  }
};

/** Writes a 64-bit number into four limbs. */
function put(from: number, low: number, high: number): void {
  limbs[from] = low & 0xffff;
  limbs[from + 1] = low >>> 16;
  limbs[from + 2] = high & 0xffff;
  limbs[from + 3] = high >>> 16;
}

function double(number: Uint32Array): void {
  for (let i = 7; i >= 0; i--) {
    number[i] = ((number[i]! << 1) & 0xffff) | (i > 0 ? number[i - 1]! >>> 15 : 0);
  }
}

const quotientTimesY: Uint32Array = new Uint32Array(8);

/**
 * One row: quotient in limbs 0, 1, remainder in 2, 3, y − 1 − remainder in 4, 5. Second row of two: remainder in 0 to
 * 3, y − 1 − remainder in 4 to 7; the quotient is given.
 */
function divisionLimbs(
  wideRow: boolean,
  xLow: number,
  xHigh: number,
  yLow: number,
  yHigh: number,
  qLow: number,
  qHigh: number,
): void {
  if (!wideRow) {
    const quotient = Math.floor(xLow / yLow);
    const remainder = xLow % yLow;
    limbs[0] = quotient & 0xffff;
    limbs[1] = quotient >>> 16;
    put(2, remainder, 0);
    put(4, yLow - 1 - remainder, 0);
    return;
  }
  multiply(quotientTimesY, qLow, qHigh, yLow, yHigh);
  const low = (quotientTimesY[0]! | (quotientTimesY[1]! << 16)) >>> 0;
  const high = (quotientTimesY[2]! | (quotientTimesY[3]! << 16)) >>> 0;
  const rLow = (xLow - low) >>> 0;
  const rHigh = (xHigh - high - (xLow < low ? 1 : 0)) >>> 0;
  put(0, rLow, rHigh);
  put(4, (yLow - 1 - rLow) >>> 0, (yHigh - rHigh - (yLow - 1 < rLow ? 1 : 0)) >>> 0);
}

export const wide: InstructionChip = { chip: declare(), fill };
