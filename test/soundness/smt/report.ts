/** All queries, one after the other, and their table. */
import { opcodeInfo, WIDE } from '../../../sdk/src/machine/instructions.ts';
import { allCases, ask, type Case, describeCase, EFFORT, type Finding } from './cases.ts';
import { Both, type Installed } from './second.ts';
import { Siblings } from './siblings.ts';
import { type Answerer, Solver, type Verdict } from './solver.ts';
import { multiplicationLemma, operandWidths } from './specification.ts';

export interface SmtReport {
  readonly findings: readonly Finding[];
  /** One line each, the model included. Empty if all is as it must be. */
  readonly failures: readonly string[];
  readonly lemmaMs: number;
  /** Of a run with the second solver: verdicts that both gave, and which it is. */
  readonly agreed: Readonly<Record<Verdict, number>> | undefined;
  readonly versions: string | undefined;
}

function failureOf(finding: Finding): string | undefined {
  const { answer, exists, impossible } = finding;
  const name = describeCase(finding.case);
  if (impossible !== undefined) return `${name}: no such row (${impossible})`;
  if (answer.verdict !== 'unsat') return `${name}: ${answer.verdict}\n${answer.model}`;
  if (exists !== undefined && exists.verdict !== 'sat') {
    return `${name}: existence is ${exists.verdict} ${exists.model}`;
  }
  return undefined;
}

export interface RunOptions {
  readonly wanted?: (one: Case) => boolean;
  readonly progress?: (done: number, of: number) => void;
  /** Asked everything as well; of each case also a query that is satisfiable because a constraint or lookup is missing. */
  readonly second?: Installed | undefined;
}

/** Asks for each case whether outputs can differ from the specified ones (no) and whether the row exists (yes). */
export async function runSmt({ wanted, progress, second }: RunOptions = {}): Promise<SmtReport> {
  await using both = second && (await Both.start(second));
  await using alone = both ? undefined : await Solver.start();
  const solver: Answerer = both ?? alone!;
  const failures: string[] = [];
  const lemma = await solver.check(multiplicationLemma, EFFORT, 'QF_NIA');
  if (lemma.verdict !== 'unsat') failures.push(`lemma of multiplication: ${lemma.verdict}\n${lemma.model}`);
  const findings: Finding[] = [];
  const siblings = new Siblings();
  const cases = allCases().filter(wanted ?? (() => true));
  for (const one of cases) {
    const finding = await ask(solver, one, { effort: EFFORT, exists: true });
    findings.push(finding);
    const failure = failureOf(finding);
    if (failure !== undefined) failures.push(failure);
    if (both !== undefined && !(await siblings.confirm(both, one))) {
      failures.push(`${describeCase(one)}: no constraint or lookup whose loss both solvers notice`);
    }
    progress?.(findings.length, cases.length);
  }
  return { findings, failures, lemmaMs: lemma.ms, agreed: both?.agreed, versions: both?.versions };
}

/** What a short run asks: no immediates (but where there is nothing else), few counts of shifts, few relations. */
export function isInShortRun({ name, decoding, pins, mode }: Case): boolean {
  const { bits, opcode } = decoding;
  const isOn = (bit: string): boolean => bits.get(bit) === 1n;
  const isImmediateOnly = name === 'rot' || name === 'sar';
  if (isOn('immediate') && !isImmediateOnly) return false;
  const relation = ['less', 'equal', 'greater'].filter(isOn).join(' ');
  if (name === 'cmp' && !['less', 'equal'].includes(relation)) return false;
  if (name === 'br' && !['greater', 'less equal'].includes(relation)) return false;
  if (name === 'index' && relation !== 'less equal greater') return false;
  const [pin] = Object.values(pins);
  const width = (opcode & WIDE) !== 0 ? 64n : 32n;
  if (pin !== undefined) return (isImmediateOnly ? [2n, 1n << 13n] : [0n, 11n, width - 1n]).includes(pin);
  // Divisions take the longest: of those in one row the 32-bit ones.
  if ((name === 'divu' || name === 'remu') && isOn('wide')) return false;
  return mode !== 'reduced' || name === 'mul';
}

const SCOPE: Readonly<Record<Case['mode'], string>> = {
  full: 'full',
  abstract: 'full, x·y any integer',
  reduced: 'reduced: 8-bit operands',
};

function widthOf({ decoding }: Case): string {
  const widths = operandWidths(decoding.opcode);
  const info = opcodeInfo(decoding.opcode)!;
  if (widths['oldCell'] !== undefined) {
    const size = 8 << (info.code & 3);
    return `${size} of ${size === 64 || (decoding.opcode & WIDE) !== 0 ? 64 : 32}`;
  }
  return String(widths['oldB'] ?? 64);
}

function formOf({ decoding: { bits, chip } }: Case): string {
  if (chip.name !== 'memx' && chip.name !== 'wide') return 'one row';
  return bits.get('first') === 1n ? 'first of two' : bits.get('second') === 1n ? 'second of two' : 'one row';
}

/** Lines: chip, opcode, bits of the operands, row, scope, queries, bits of the encoding, result, milliseconds. */
export function tableOf({ findings, lemmaMs }: SmtReport): string {
  const groups = new Map<string, { cells: string[]; findings: Finding[] }>();
  for (const finding of findings) {
    const one = finding.case;
    const cells = [one.decoding.chip.name, one.name, widthOf(one), formOf(one), SCOPE[one.mode]];
    const key = cells.join('|');
    const group = groups.get(key) ?? { cells, findings: [] };
    group.findings.push(finding);
    groups.set(key, group);
  }
  const lines = [
    ['chip', 'opcode', 'width', 'row', 'scope', 'queries', 'encoded in', 'result', 'exists', 'ms', 'slowest'],
    ['', 'lemma', '∞', '', 'd ≥ 1, y ≥ 0: d·y ≥ y', '1', 'integers', 'unsat', '', lemmaMs.toFixed(0), ''],
  ];
  for (const { cells, findings: own } of groups.values()) {
    const verdicts = [...new Set(own.map(({ answer }) => answer.verdict))].join(', ');
    const exists = [...new Set(own.map((finding) => finding.exists?.verdict ?? 'not asked'))].join(', ');
    const times = own.map(({ answer }) => answer.ms);
    lines.push([
      ...cells,
      String(own.length),
      `${Math.max(...own.map(({ bits }) => bits))} bits`,
      verdicts,
      exists,
      times.reduce((sum, ms) => sum + ms, 0).toFixed(0),
      Math.max(...times).toFixed(0),
    ]);
  }
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
