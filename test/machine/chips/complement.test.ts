/**
 * Success and trap are exact complements: of the forms that the row of an instruction may have, given its state and what its
 * cells hold, exactly one has a solution. Which constraints this hangs on is tested too.
 */
import assert from 'node:assert/strict';
import { equations } from '../../../sdk/src/machine/chips/cases.ts';
import { CTL } from '../../../sdk/src/machine/chips/ctl.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import {
  MAX_FRAME,
  MAX_OFFSET,
  MEMORY,
  PAGE_BYTES,
  STACK,
  STACK_END,
} from '../../../sdk/src/machine/memory-map.ts';
import { PROVEN_TRAPS } from '../../../sdk/src/machine/program.ts';
import type { Chip, Column } from '../../../sdk/src/plonk/declare/declare.ts';
import { figure } from '../../soundness/lib/report.ts';
import { withoutEquation } from './case-table.ts';
import { assemble, chipIndex, type Line, SYSTEM } from './harness.ts';
import { Provided } from './rows.ts';
import { Infeasible, Solver } from './solver.ts';

interface Given {
  readonly line: Line;
  readonly fp: number;
  /** Values that accesses find, by the access. */
  readonly cells: Readonly<Record<string, bigint>>;
  readonly limbs?: Readonly<Record<string, number>>;
}

const PC = 100n;
const ALL_BITS = (chip: Chip): Column[] => chip.main.filter(({ range }) => range === 'bit');
const chipOf = (name: string): Chip => SYSTEM.chips[chipIndex(name)]!;
const without = (chip: Chip, name: string): Chip => {
  assert.ok(
    chip.constraints.some((constraint) => constraint.name === name),
    name,
  );
  return { ...chip, constraints: chip.constraints.filter((constraint) => constraint.name !== name) };
};

/** The row with exactly these bits, as far as it is determined; undefined where it cannot be. */
function rowWith(chip: Chip, on: readonly string[], given: Given, provided: Provided): Solver | undefined {
  const known = new Map<Column, bigint>(
    ALL_BITS(chip).map((column) => [column, on.includes(column.name) ? 1n : 0n]),
  );
  for (const column of chip.main) {
    const value = given.limbs?.[column.name];
    if (value !== undefined) known.set(column, BigInt(value));
  }
  const [info, flags, a, b = 0, c = 0] = given.line;
  const state = [5n, PC, BigInt(given.fp), 0n];
  const received = new Map<number, readonly (bigint | undefined)[]>();
  chip.interactions.forEach(({ name }, i) => {
    if (name === 'state') received.set(i, state);
    if (name === 'instruction') received.set(i, [PC, BigInt(info.code | flags), ...[a, b, c].map(BigInt)]);
    const access = /^cell (\w+) before$/.exec(name)?.[1];
    if (access !== undefined) received.set(i, [undefined, 3n, given.cells[access]]);
  });
  try {
    const solver = new Solver(chip, known);
    solver.solve(received, provided);
    return solver;
  } catch (error) {
    if (error instanceof Infeasible) return undefined;
    throw error;
  }
}

/**
 * The forms in which a row of ctl can be. Of another type constraints read r2 − r3 only, so one of the two may be 0: the solver
 * needs to be told which.
 */
function formsOf(chip: Chip, forms: readonly string[], given: Given, provided: Provided): string[] {
  const zero: Readonly<Record<string, string>> = { largerType: 'r3', smallerType: 'r2' };
  return forms.filter((form) => {
    const limbs = form in zero ? { [zero[form]!]: 0 } : {};
    return rowWith(chip, [form], { ...given, limbs }, provided) !== undefined;
  });
}

const FUNCTIONS = [1, 4, 9, 0xffff].map((type, i) => ({ id: i + 1, type, pc: 1, returnSlot: 2 }));
const INDIRECT = ['callIndirect', 'noStackIndirect', 'isNull', 'largerType', 'smallerType'];
const LIMIT = STACK_END - MAX_FRAME;
const FRAMES = [STACK, STACK + 1, LIMIT - MAX_FRAME, LIMIT - 9, LIMIT - 8, LIMIT - 7, LIMIT - 1, LIMIT];

function indirectCases(): { readonly given: Given; readonly expected: string }[] {
  return [0, 1, 2, 3, 4].flatMap((reference) =>
    [0, 1, 4, 5, 9, 0xffff].flatMap((type) =>
      FRAMES.map((fp) => {
        const given = {
          line: [I.CALL_INDIRECT, 0, 7, 8, type] as const,
          fp,
          cells: { A: BigInt(reference) },
        };
        const found = FUNCTIONS[reference - 1]?.type;
        const expected =
          found === undefined
            ? 'isNull'
            : found !== type
              ? found > type
                ? 'largerType'
                : 'smallerType'
              : fp + 8 > LIMIT
                ? 'noStackIndirect'
                : 'callIndirect';
        return { given, expected };
      }),
    ),
  );
}

describe('chips: success and trap are complements', () => {
  const provided = new Provided(assemble([], { functions: FUNCTIONS }));
  const ctl = chipOf('ctl');

  it('an indirect call is a call, of null, of a larger or smaller type, or without stack', () => {
    const cases = indirectCases();
    for (const { given, expected } of cases) {
      assert.deepEqual(formsOf(ctl, INDIRECT, given, provided), [expected], JSON.stringify(given.line));
    }
    assert.equal(new Set(cases.map(({ expected }) => expected)).size, INDIRECT.length);
    figure(`${cases.length} indirect calls, each with one form of ${INDIRECT.length}`);
  });

  it('a call has room for its frame or traps', () => {
    for (const fp of FRAMES) {
      for (const frame of [0, 1, 7, 8, 9, MAX_FRAME]) {
        const given = { line: [I.CALL, 0, 12, frame, 2] as const, fp, cells: {} };
        const expected = fp + frame > LIMIT ? 'noStack' : 'call';
        assert.deepEqual(formsOf(ctl, ['call', 'noStack'], given, provided), [expected]);
      }
    }
  });

  it('a trap goes to its own exit, with the frame as it was, and changes no cell', () => {
    const exits = {
      noStackIndirect: 'stackExhausted',
      isNull: 'uninitialisedElement',
      largerType: 'indirectTypeMismatch',
      smallerType: 'indirectTypeMismatch',
    } as const;
    for (const { given, expected } of indirectCases()) {
      if (expected === 'callIndirect') continue;
      const row = rowWith(ctl, [expected], given, provided)!;
      const value = (interaction: string, field: number): bigint | undefined => {
        const { tuple, multiplicity } = ctl.interactions.find(({ name }) => name === interaction)!;
        return field < 0 ? row.value(multiplicity) : row.value(tuple[field]!);
      };
      assert.equal(value('next state', 2), BigInt(PROVEN_TRAPS[exits[expected as keyof typeof exits]]));
      assert.equal(value('next state', 3), BigInt(given.fp));
      assert.equal(value('cell A after', 3), given.cells['A']);
      assert.equal(value('cell Cell after', -1), 0n);
    }
  });

  it('an access lies in the memory or traps, for every size at every place', () => {
    const chip = chipOf('memx');
    let [inside, outside] = [0, 0];
    for (const { given, pages, ea, size } of accessCases()) {
      const end = pages * PAGE_BYTES;
      const fits = ea + size <= end;
      const [successes, trap] = accessForms(chip, given, pages);
      assert.equal(trap !== undefined, !fits, `trap: ${size} bytes at ${ea} of ${end}`);
      const reachable = successes.filter((keys) => keys.every((key) => key < BigInt(MEMORY + end / 4)));
      assert.equal(reachable.length > 0, fits, `success: ${size} bytes at ${ea} of ${end}`);
      if (trap === undefined) {
        inside++;
        continue;
      }
      outside++;
      // Nothing but the pages cell is touched, and it stays as it is.
      const of = (name: string) => chip.interactions.find((interaction) => interaction.name === name)!;
      assert.equal(trap.value(of('next state').tuple[2]!), BigInt(PROVEN_TRAPS.memoryOutOfBounds));
      assert.equal(trap.value(of('cell Cell0 after').tuple[3]!), BigInt(pages));
      for (const access of ['A', 'Cell1'])
        assert.equal(trap.value(of(`cell ${access} after`).multiplicity), 0n);
    }
    figure(`${inside} accesses inside of the memory and ${outside} outside, none both`);
    assert.ok(inside > 100 && outside > 200);
  });

  /** Of a call, direct or not: whether two of its forms are possible. */
  const isTwofold = (weaker: Chip): boolean =>
    indirectCases().some(({ given }) => formsOf(weaker, INDIRECT, given, provided).length > 1) ||
    FRAMES.some((fp) => {
      const given = { line: [I.CALL, 0, 12, 8, 2] as const, fp, cells: {} };
      return formsOf(weaker, ['call', 'noStack'], given, provided).length > 1;
    });
  const losses: readonly (readonly [chip: string, constraint: string])[] = [
    ['ctl', 'type as named'],
    ['ctl', 'other type'],
    ['ctl', 'null'],
    ['ctl', 'the stack suffices'],
    ['ctl', 'the stack does not suffice'],
    ['memx', 'out of bounds'],
  ];
  for (const [name, constraint] of losses) {
    it(`${name}: without "${constraint}" an instruction has two results`, () => {
      const weaker = without(chipOf(name), constraint);
      if (name === 'ctl') {
        assert.ok(isTwofold(weaker));
        return;
      }
      const two = accessCases().filter(({ given, pages, ea, size }) => {
        const [, trap] = accessForms(weaker, given, pages);
        return trap !== undefined && ea + size <= pages * PAGE_BYTES;
      });
      assert.ok(two.length > 0);
    });
  }

  const DECIDING = losses.filter(([chip]) => chip === 'ctl').map(([, constraint]) => constraint);
  for (const [form, { constraint }] of equations(CTL.cases, CTL.cell)) {
    if (!DECIDING.includes(constraint) || form === 'return') continue;
    it(`ctl: without "${constraint}" in ${form} alone an instruction has two results`, () =>
      assert.ok(isTwofold(withoutEquation(CTL, form, constraint))));
  }
});

interface AccessCase {
  readonly given: Given;
  readonly pages: number;
  readonly ea: number;
  readonly size: number;
}

function accessCases(): AccessCase[] {
  const cases: AccessCase[] = [];
  for (const info of [I.LOAD8, I.LOAD16, I.LOAD32, I.LOAD64, I.STORE8, I.STORE16, I.STORE32, I.STORE64]) {
    const size = 1 << (info.code & 3);
    for (const pages of [0, 1, 4096]) {
      const end = pages * PAGE_BYTES;
      const near = Array.from({ length: 20 }, (_, i) => end - 10 + i);
      for (const ea of [0, 1, ...near, 2 ** 32 - 4, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + MAX_OFFSET - 2]) {
        const offset = ea >= 2 ** 32 ? MAX_OFFSET - 1 : ea % 3 === 0 ? 0 : 7;
        const x = ea - offset;
        if (x < 0 || x >= 2 ** 32) continue;
        const cells = { A: 0x0102_0304_0506_0708n, B: BigInt(x), Cell0: BigInt(pages) };
        const given = { line: [info, 0, 1, 2, offset] as const, fp: STACK, cells };
        cases.push({ given, pages, ea, size });
      }
    }
  }
  return cases;
}

const SIZES = ['size1', 'size2', 'size4', 'size8'] as const;

/** Of an access in one or two rows: the keys that each possible form of it names, and the row that traps. */
function accessForms(
  chip: Chip,
  given: Given,
  pages: number,
): [successes: bigint[][], trap: Solver | undefined] {
  const [info] = given.line;
  const provided = NO_FUNCTIONS;
  const store = info.code >= I.STORE8.code ? ['store'] : [];
  const size = SIZES[info.code & 3]!;
  const { Cell0: _, ...others } = given.cells;
  const inside: Given = { ...given, cells: others };
  const successes: bigint[][] = [];
  for (const offset of ['', 'offset1', 'offset2', 'offset3']) {
    const keysOf = (form: string): bigint[] | undefined => {
      const row = rowWith(chip, [form, offset, ...store], inside, provided);
      if (row === undefined) return undefined;
      return ['Cell0', 'Cell1'].flatMap((access) => {
        const { multiplicity, tuple } = chip.interactions.find(
          ({ name }) => name === `cell ${access} before`,
        )!;
        return row.value(multiplicity) === 1n ? [row.value(tuple[1]!)!] : [];
      });
    };
    const whole = keysOf(size);
    if (whole !== undefined) successes.push(whole);
    // The second row of two accesses the cells one further.
    const first = size === 'size8' ? keysOf('first') : undefined;
    if (first !== undefined) successes.push([...first, ...first.map((key) => key + 1n)]);
  }
  const cells = { ...given.cells, Cell0: BigInt(pages) };
  return [successes, rowWith(chip, [size, 'oob', ...store], { ...given, cells }, provided)];
}
const NO_FUNCTIONS = new Provided(assemble([]));
