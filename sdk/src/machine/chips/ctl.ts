/**
 * ctl: jumps, calls, inputs and outputs, the end of the run, growth of the memory. What its rows are stands in `ctl-cases.ts`, one
 * kind at a time; here is what they share: two accesses, the look-up of functions and return points, the words of the statement.
 */
import { fail } from '../../errors/index.ts';
import { add, mul, sub } from '../../expr/expression.ts';
import { ChipBuilder, type Expr, type Tag } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import type { FunctionRow, Image } from '../image.ts';
import { CALL_INDIRECT, CODE_MASK, DRAIN, GROW, RETURN, WIDE } from '../instructions.ts';
import { CELLS_PER_PAGE, MEMORY } from '../memory-map.ts';
import { EXIT, FUNC, INPUT, LEAVE_POINT, OUTPUT, ZERO } from '../tags.ts';
import { ACCESSES, PHASE_SHIFT, TRAP_PHASE } from '../trace.ts';
import { access, fetched, flagBits, ranged, selectors, step } from './adapter.ts';
import { type CaseChip, caseWriter, Scratch } from './case-fill.ts';
import { anyOf, type Case, casesOf, casesWith, constrainCases, type Known, type Sight } from './cases.ts';
import { type CtlCase, ctlCases, type Shared } from './ctl-cases.ts';
import { accessAt, type Fill, fetchWriter, flagWriter, type InstructionChip, NEW, OLD } from './fill.ts';

const FLAGS = { wide: WIDE } as const;
const LIMBS = ['r0', 'r1', 'r2', 'r3'] as const;

function declare(): CaseChip<CtlCase, Shared> {
  const chip = new ChipBuilder('ctl');
  const at = fetched(chip);
  const shared = (name: string, words: 1 | 2): Expr =>
    chip.column(name, 'bound', words, 'what it is in the case of the row, below');
  const pcNext = shared('pcNext', 1);
  const fpNext = shared('fpNext', 1);
  const [oldA, newA] = [shared('oldA', 2), shared('newA', 2)];
  const key = shared('key', 1);
  const [old, value] = [shared('old', 2), shared('value', 2)];
  const { bits, sum: flags } = flagBits(chip, FLAGS);
  const [r0, r1, r2, r3] = LIMBS.map((name) => chip.column(name, 'limb16')) as [Expr, Expr, Expr, Expr];
  const [lower, upper] = [add(r0, mul(r1, 1n << 16n)), add(r2, mul(r3, 1n << 16n))];
  const cell = { pcNext, fpNext, oldA, newA, key, old, value, lower, upper, r0, r2, r3 };

  const cases = ctlCases(at, cell, bits.wide);
  const opcodes = Object.fromEntries(casesOf(cases).map(([name, { opcode }]) => [name, opcode]));
  const { on, real, code } = selectors(chip, opcodes as Record<CtlCase, Case['opcode']>);
  const selected = anyOf(on, real);
  const where = (wanted: (one: Case<Shared>) => boolean): Expr => selected(casesWith(cases, wanted));
  const receiving = (...tags: readonly Tag[]): Expr =>
    where(({ receives }) => receives !== undefined && tags.includes(receives));
  LIMBS.forEach((name, i) => {
    ranged(chip, name, [r0, r1, r2, r3][i]!, real);
  });

  step(chip, at, {
    real,
    opcode: add(code, flags),
    accesses: ACCESSES.ctl,
    pcNext,
    fpNext,
    // A run ends where no state is sent.
    ends: receiving(EXIT),
  });
  access(chip, at, {
    name: 'A',
    key: add(at.fp, at.a),
    offset: 0n,
    old: oldA,
    value: newA,
    multiplicity: where(({ cells }) => cells.oldA?.by === 'memory'),
  });
  access(chip, at, {
    name: 'Cell',
    key,
    offset: sub(
      1n,
      where(({ cells }) => cells.old?.by === 'memory' && cells.old.access === 0),
    ),
    old,
    value,
    multiplicity: where(({ cells }) => cells.old?.by === 'memory'),
  });
  constrainCases(chip, cases, cell, selected);

  // FUNC: type, entry and return slot of the reference in slot a, which may be another type than c and, where it is not entered,
  // another pc than the next. LEAVE: 0, the pc behind and Δ of the return point in slot a.
  chip.interactOneOf(
    'function or return point',
    -1,
    [
      [FUNC, receiving(FUNC)],
      [LEAVE_POINT, receiving(LEAVE_POINT)],
    ],
    receiving(FUNC, LEAVE_POINT),
    [oldA, add(at.c, sub(r2, r3)), add(pcNext, sub(value, add(at.pc, 1n))), sub(key, fpNext)],
  );
  // The public terms provide one tuple for each input and output word and one EXIT; all are consumed, none twice.
  chip.interactOneOf(
    'public word or status',
    -1,
    [
      [INPUT, receiving(INPUT)],
      [OUTPUT, receiving(OUTPUT)],
      [EXIT, receiving(EXIT)],
    ],
    receiving(INPUT, OUTPUT, EXIT),
    [old, newA],
  );
  const first = add(mul(old, CELLS_PER_PAGE), MEMORY);
  const grows = where(({ sends }) => sends === ZERO);
  chip.send('zero page', ZERO, mul(grows, r0), [first, add(first, CELLS_PER_PAGE - 1), at.ts]);
  return {
    chip: chip.build({
      about:
        'Jumps, calls and returns, public and private inputs, outputs, the end of the run, growth of the memory.',
      height: { from: 'proof', minLog: SHARED_MIN_LOG },
    }),
    cases,
    cell,
    accesses: [
      { name: 'A', old: 'oldA', value: 'newA' },
      { name: 'Cell', old: 'old', value: 'value' },
    ],
    words: { lower: ['r0', 'r1'], upper: ['r2', 'r3'] },
  };
}

/** The chip with the table of its cases, for tests and the printed reference. */
export const CTL: CaseChip<CtlCase, Shared> = declare();

const [SLOT_A, CELL] = [accessAt(0), accessAt(1)];
/** Behind the header's pc, fp and ts: the word that a `drain` consumes. */
const AUX = 3;

/** A row is of one of the cases; what they take from elsewhere is looked up here. */
const fill: Fill = (trace, context) => {
  const { cells, code, image, uses } = context;
  const { records, rows, stride } = trace;
  const scratch = new Scratch();
  const setter = (name: Known | 'pc' | 'fp' | 'a' | 'b' | 'c'): ((value: number) => void) =>
    scratch.setter(name);
  const [pcIs, fpIs, aIs, bIs, cIs] = [setter('pc'), setter('fp'), setter('a'), setter('b'), setter('c')];
  const [typeIs, entryIs, returnSlotIs] = [setter('type'), setter('entry'), setter('returnSlot')];
  const [nextIs, deltaIs, openedIs] = [setter('next'), setter('delta'), setter('opened')];
  const [lowIs, highIs] = [setter('low'), setter('high')];
  const [fetch, flag] = [fetchWriter(trace, context), flagWriter(context, FLAGS)];
  const write = caseWriter({ ...CTL, trace, context, scratch });
  const [fp, limbs] = [cells('fp'), LIMBS.map(cells)];
  const seen: Sight = { traps: false, counts: false, reference: 0, type: 0, c: 0 };

  for (let row = 0, at = 0; row < rows; row++, at += stride) {
    const pc = fetch(row, at);
    const opcode = code.opcode[pc]!;
    const kind = opcode & CODE_MASK;
    flag(row, opcode);
    pcIs(pc);
    fpIs(fp[row]!);
    aIs(code.a[pc]!);
    bIs(code.b[pc]!);
    cIs(code.c[pc]!);

    const slot = records[at + SLOT_A + OLD]!;
    seen.traps = records[at + 1]! >>> PHASE_SHIFT === TRAP_PHASE;
    // A row that does not count has no such access.
    seen.counts = records[at + CELL + NEW]! !== 0;
    seen.reference = slot;
    seen.c = code.c[pc]!;
    if (kind === CALL_INDIRECT.code && slot !== 0) {
      const { row: found, type, pc: entry, returnSlot } = functionOf(image, slot, pc);
      uses.image[found]!++;
      seen.type = type;
      typeIs(type);
      entryIs(entry);
      returnSlotIs(returnSlot);
    } else if (kind === RETURN.code) {
      uses.image[slot]!++;
      nextIs(slot + 1);
      deltaIs(code.a[slot]!);
    } else if (kind === GROW.code) {
      openedIs(uses.grown.get(records[at + 2]!) ?? 0);
    }
    const word = at + (kind === DRAIN.code ? AUX : SLOT_A + NEW);
    lowIs(records[word]!);
    highIs(records[word + 1]!);

    write(kind, seen, row, at);
    for (const limb of limbs) uses.range16[limb[row]!]!++;
  }
};

/**
 * `WITNESS_INVALID` where the image has no such function. The translator makes no program that calls anything else, but the verifier of
 * images leaves it to the rows, which cannot prove it.
 */
function functionOf({ functions }: Image, reference: number, pc: number): FunctionRow {
  return (
    functions.get(reference) ??
    fail('WITNESS_INVALID', 'the run calls a reference that is neither null nor a function of the image', {
      where: `reference ${reference}, pc ${pc}`,
      fix: 'Report this with the program: its translation is wrong',
    })
  );
}

export const ctl: InstructionChip = { chip: CTL.chip, fill };
