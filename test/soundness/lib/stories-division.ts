/** Lies about quotients: of each constraint that says which one it is. */
import { Fr } from '../../../sdk/src/field/field.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { STACK } from '../../../sdk/src/machine/memory-map.ts';
import { assemble, SHIFT } from '../../machine/chips/harness.ts';
import {
  cell,
  edited,
  type Lie,
  openingOf,
  pcOf,
  recounted,
  rowAt,
  type Story,
  tell,
  withCode,
} from './story.ts';

const X = 1000n;
const Y = 7n;

/** The lowest bytes of the three numbers of a division: quotient, remainder, and by how much the divisor is above it, less 1. */
const digits = (places: readonly string[], values: readonly bigint[]): Record<string, bigint> =>
  Object.fromEntries(
    places.flatMap((place, i) => [
      [`x${place}`, values[i]!],
      [`y${place}`, 0n],
      [`z${place}`, 0n],
    ]),
  );

/** 1000 / 7 in 32 bits, which is `result`, by these numbers. */
function quotient(result: bigint, ...numbers: readonly [q: bigint, r: bigint, above: bigint]): Story {
  const honest = assemble([
    [I.CONST, 0, 0, 0, X],
    [I.DIV, I.IMMEDIATE, 1, 0, Y],
    [I.WRITE, 0, 1],
  ]);
  // Constants are as good as quotients to all that follows.
  const executed = withCode(honest, [
    [SHIFT + 2, { opcode: I.ADD.code | I.IMMEDIATE, c: Number((result - X) & 0xffff_ffffn) }],
  ]);
  const by = tell(executed, {});
  const story = tell(honest, {});
  const row = rowAt(story, 'wide', pcOf(honest, I.DIV));
  let told: Story = edited(story, 'wide', row, { result, ...digits(['0', '2', '4'], numbers) });
  const write = rowAt(story, 'ctl', pcOf(honest, I.WRITE));
  told = edited(told, 'ctl', write, { oldA: result, newA: result });
  told = edited(told, 'boundary', openingOf(story, STACK + 1), { received: result });
  return recounted({ ...told, statement: by.statement });
}

/** `x / 7 · 7 = x`, of 64 bits, as if 7 divided 1000: the quotient that is handed over is the one in the field. */
function quotientInTheField(): Story {
  const lines = (y: bigint) =>
    assemble([
      [I.CONST, 0, 0, 0, X],
      [I.DIV, I.WIDE | I.IMMEDIATE, 1, 0, y],
      [I.MUL64, I.IMMEDIATE, 2, 1, y],
      [I.COMPARE_SET, I.WIDE | I.IMMEDIATE | I.EQUAL, 3, 2, X],
      [I.WRITE, 0, 3],
    ]);
  // Eight does divide it.
  const honest = lines(Y);
  const story = tell(honest, {}, { executed: lines(8n) });
  const q = Fr.mul(X, Fr.inv(Y));
  const [first, second] = [0, 1].map((n) => rowAt(story, 'wide', pcOf(honest, I.DIV), n)) as [number, number];
  const isFirst = cell(story, 'wide', 'first', first) === 1n;
  let told: Story = edited(story, 'wide', isFirst ? first : second, { midNext: q });
  const all = digits('01234567'.split(''), [0n, 0n, 0n, 0n, Y - 1n, 0n, 0n, 0n]);
  const divided = { mid: q, result: q, y: Y, ...all };
  told = edited(told, 'wide', isFirst ? second : first, divided);
  const thousand = { x0: X & 255n, y0: X >> 8n, z0: X & 255n & (X >> 8n) };
  told = edited(told, 'wide', rowAt(story, 'wide', pcOf(honest, I.MUL64)), { x: q, y: Y, ...thousand });
  return recounted(edited(told, 'boundary', openingOf(story, STACK + 1), { received: q }));
}

export const DIVISION_LIES: readonly Lie[] = [
  {
    name: 'a quotient that is one more, with a remainder of nothing',
    refused: ['wide: division: x = q·y + r'],
    tell: () => quotient(143n, 143n, 0n, 6n),
  },
  {
    name: 'a quotient that is one less, with a remainder of more than the divisor',
    refused: ['wide: division: r is below y'],
    tell: () => quotient(141n, 141n, 13n, 0n),
  },
  {
    name: 'a result that is not the quotient',
    refused: ['wide: division: result'],
    tell: () => quotient(143n, 142n, 6n, 0n),
  },
  {
    name: 'a quotient in the field, handed over to the second row',
    refused: ['wide: quotient handed over'],
    tell: quotientInTheField,
  },
];
