/** The queries: for each opcode number of an image, each row that can serve it, and each value of what must be a constant. */
import { bitsOf, IMMEDIATE, opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import { INSTRUCTION_CHIPS } from '../../../sdk/src/machine/system.ts';
import { type Decoding, decodings } from './decode.ts';
import { asConstant, type Polynomial } from './polynomial.ts';
import { type Row, type RowOptions, rowOf, type Widths } from './row.ts';
import { type Answer, type Answerer, Encoding, extend } from './solver.ts';
import { type Expected, expected, operandWidths } from './specification.ts';

export interface Case {
  readonly decoding: Decoding;
  readonly name: string;
  readonly label: string;
  readonly widths: Widths;
  readonly pins: Readonly<Record<string, bigint>>;
  /** `abstract`: any integer stands for the product of two words. `reduced`: operands of few bits, multiplied out. */
  readonly mode: 'full' | 'abstract' | 'reduced';
}

/** In z3's unit of work; every query is answered within a sixth of it. */
export const EFFORT = 200_000_000;

/** The name of a case, by which documents and tests know it. */
export function describeCase({ decoding, name, label, pins, mode }: Case): string {
  const values = Object.entries(pins).map(([input, value]) => ` ${input}=${value}`);
  return `${decoding.chip.name} ${name} [${label}]${values.join('')} ${mode}`;
}

const PRODUCTS = new Set(['mul', 'mulh', 'mul64', 'divu', 'remu']);
/** Operand bits of the reduced cases: 8-bit quotient, divisor and dividend. */
const REDUCED = 8;

/** Values of the operand that must be a constant: counts of shifts, powers of two of rotations by constants. */
function constantsOf(opcode: number): { input: string; values: bigint[] } | undefined {
  const { c } = opcodeInfo(opcode)!;
  if (c.role !== 'second') return undefined;
  const input = (opcode & IMMEDIATE) !== 0 ? 'c' : 'oldC';
  const width = bitsOf(c.bits, opcode);
  const upTo = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i));
  const powers = upTo(32).map((k) => 1n << k);
  switch (c.demand) {
    case 'count':
      return { input, values: upTo(width) };
    case 'rotation':
      return { input, values: upTo(width + 1) };
    case 'power':
      return { input, values: powers };
    case 'shift':
      return { input, values: powers.slice(1) };
    default:
      return undefined;
  }
}

/** All of them. */
export function allCases(): Case[] {
  const cases: Case[] = [];
  for (const { chip } of Object.values(INSTRUCTION_CHIPS)) {
    for (const decoding of decodings(chip)) {
      const { opcode, label } = decoding;
      const { name } = opcodeInfo(opcode)!;
      const isFirst = decoding.bits.get('first') === 1n;
      const mode = PRODUCTS.has(name) && !isFirst ? 'abstract' : 'full';
      const one: Case = { decoding, name, label, widths: operandWidths(opcode), pins: {}, mode };
      const constants = isFirst ? undefined : constantsOf(opcode);
      if (constants === undefined) cases.push(one);
      for (const value of constants?.values ?? [])
        cases.push({ ...one, pins: { [constants!.input]: value } });
      if (mode === 'abstract') {
        const y = (opcode & IMMEDIATE) !== 0 ? 'c' : 'oldC';
        const widths = { ...one.widths, oldB: REDUCED, [y]: REDUCED, mid: 16 };
        cases.push({ ...one, widths, mode: 'reduced' });
      }
    }
  }
  return cases;
}

export interface Finding {
  readonly case: Case;
  /** Width of the bit-vectors of the query. */
  readonly bits: number;
  /** Whether the outputs can differ from the specified ones: must be `unsat`. */
  readonly answer: Answer;
  /** Whether such a row exists at all: `sat`, or the query above says nothing. Undefined if not asked. */
  readonly exists: Answer | undefined;
  readonly impossible: string | undefined;
  readonly unused: readonly string[];
}

/** The ways in which a row may not do what is expected of it, each a Bool. */
function violations(row: Row, encoding: Encoding, wanted: Expected): string[] {
  const { width } = encoding;
  const differ = (got: Polynomial, want: { text: string; width: number }): string => {
    // An expected number that is wider than the row's encoding has zeros above.
    const bits = Math.max(width, want.width);
    return `(not (= ${extend(encoding.value(got), bits).text} ${extend(want, bits).text}))`;
  };
  const found: string[] = [differ(row.state.from, wanted.from)];
  if (row.state.ends) {
    if (wanted.next !== undefined) found.push('true');
  } else if (wanted.next === undefined) found.push('true');
  else {
    const { pc, fp, mid } = wanted.next;
    // A later time, by a constant.
    if ((asConstant(row.state.time) ?? 0n) < 1n) found.push('true');
    found.push(differ(row.state.pc, pc), differ(row.state.fp, fp), differ(row.state.midNext, mid));
  }
  for (const [name, { present, key, after }] of Object.entries(wanted.cells)) {
    const cell = row.cells.get(name);
    if (cell === undefined) found.push(present);
    else found.push(`(not ${present})`, differ(cell.key, key), differ(cell.after, after));
  }
  for (const name of row.cells.keys()) if (!(name in wanted.cells)) found.push('true');
  // A page is there from the time on at which it is counted.
  if (row.zero !== undefined && asConstant(row.zero.delay) !== 0n) found.push('true');
  return [...found, ...wanted.also.map((condition) => `(not ${condition})`)];
}

function outputsOf(row: Row): Polynomial[] {
  const { state } = row;
  return [
    state.from,
    ...(state.ends ? [] : [state.pc, state.fp, state.midNext]),
    ...[...row.cells.values()].flatMap(({ key, after }) => [key, after]),
    ...(row.zero === undefined ? [] : [row.zero.lo, row.zero.hi]),
  ];
}

export interface AskOptions {
  readonly effort: number;
  /** Ask as well whether the row exists. */
  readonly exists: boolean;
  readonly without?: RowOptions['without'];
  readonly words?: RowOptions['words'];
  /** Leave out what is taken for granted of operands and slots (`Expected.when`). */
  readonly unconditional?: boolean;
  /** Forms of the opcode, by their bits, of which the row must do none; that of its own bits if not said. */
  readonly forms?: readonly Decoding['bits'][];
}

/** What a form of the opcode does; undefined where the row has not what it needs. */
function expectedOf(encoding: Encoding, form: Decoding['bits']): Expected | undefined {
  try {
    return expected(encoding, form);
  } catch (error) {
    if (error instanceof Error && /no variable/.test(error.message)) return undefined;
    throw error;
  }
}

export async function ask(solver: Answerer, one: Case, options: AskOptions): Promise<Finding> {
  const { without, words } = options;
  const row = rowOf(one.decoding, { widths: one.widths, pins: one.pins, without, words });
  const { impossible, unused } = row;
  if (impossible !== undefined) {
    const answer: Answer = { verdict: 'unsat', model: '', ms: 0 };
    return { case: one, bits: 0, answer, exists: undefined, impossible, unused };
  }
  const encoding = new Encoding(row, outputsOf(row), { multiply: one.mode === 'reduced' });
  const wrong: string[] = [];
  for (const form of options.forms ?? [one.decoding.bits]) {
    const wanted = options.forms === undefined ? expected(encoding) : expectedOf(encoding, form);
    // The form takes something that this row does not: whatever the row does is something else.
    if (wanted === undefined) continue;
    if (options.unconditional !== true) for (const condition of wanted.when) encoding.assert(condition);
    wrong.push(`(assert (or ${violations(row, encoding, wanted).join('\n  ')} false))`);
  }
  const script = encoding.lines.join('\n');
  const answer = await solver.check([script, ...wrong].join('\n'), options.effort);
  const exists = options.exists ? await solver.check(script, options.effort) : undefined;
  return { case: one, bits: encoding.width, answer, exists, impossible, unused };
}
