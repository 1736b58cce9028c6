/**
 * Flat constraint programs as Yul: nested expressions for what is used once, memory or a few stack variables for shared
 * nodes. Sums are not reduced while they stay at most 5r < 2^256, for mulmod and addmod reduce what they are given.
 */
import { type FlatProgram, MUL, type Op, SUB } from '../expr/program.ts';
import { FR_MODULUS } from '../field/field.ts';
import { hexNumber } from './yul.ts';

export interface ProgramPrinting {
  /** Yul expression that reads a column leaf. */
  readonly column: (index: number) => string;
  /** Yul expression that reads a challenge leaf, and its name for a stack variable. */
  readonly challenge: (index: number) => string;
  /** Address of the first word that the program may use for intermediate values. */
  readonly scratch: number;
}

export interface PrintedProgram {
  /** Body of a Yul function that assigns its result to `c`. */
  readonly lines: readonly string[];
  /** Words used from `scratch` on. */
  readonly scratchWords: number;
}

/** The EVM reaches 16 slots from the top; `r` lies below the cached challenges and the registers. */
const REACH = 16;
const CACHED_CHALLENGES = 3;
const REGISTERS = 3;
/** A challenge read this often is worth a stack slot. */
const CACHE_FROM = 4;
const SPARE = 1;
/** `LAZY·r < 2^256` */
const LAZY = 5;

/** Prints a program of one output. */
export function printProgram(program: FlatProgram, printing: ProgramPrinting): PrintedProgram {
  if (program.outputs.length !== 1) throw new RangeError('printProgram: one output expected');
  const output = program.outputs[0]!;
  const leaves = program.columns + program.challenges.length + program.constants.length;
  const uses = countUses(program, output);
  const cached = cachedChallenges(program, uses);
  const limit = REACH - SPARE - cached.length - REGISTERS;

  const forms = chooseForms(program, leaves, output);
  const stored = chooseStored(program, forms, uses, leaves, limit);
  const statements = collectStatements(program, stored, leaves, output);
  const places = allocate(statements, output, printing.scratch);

  const challengeName = (index: number): string => `k${index}`;
  const leaf = (node: number): string => {
    if (node < program.columns) return printing.column(node);
    const challenge = node - program.columns;
    if (challenge < program.challenges.length) {
      return cached.includes(challenge) ? challengeName(challenge) : printing.challenge(challenge);
    }
    return constantExpression(program.constants[challenge - program.challenges.length]!);
  };
  const needs = stored.needs;
  const print = (node: number, root: boolean): string => {
    if (node < leaves) return leaf(node);
    if (!root && stored.is.has(node)) return places.read(node);
    const [op, a, b] = program.operations[node - leaves]!;
    const need = (x: number): number => (x < leaves || stored.is.has(x) ? 1 : needs[x - leaves]!);
    const [x, y] = [print(a, false), op === SUB ? `sub(r, ${print(b, false)})` : print(b, false)];
    const [needX, needY] = [need(a), op === SUB ? Math.max(need(b), 2) : need(b)];
    if (op === SUB && x === '0x00' && forms[node - leaves]!.lazy) return y;
    // Operands are evaluated from the right: the one that needs more stack comes last in the text.
    const [left, right] = needX > needY ? [y, x] : [x, y];
    if (forms[node - leaves]!.lazy) return `add(${left}, ${right})`;
    return `${op === MUL ? 'mulmod' : 'addmod'}(${left}, ${right}, r)`;
  };

  const lines = ['let r := R'];
  for (const index of cached) lines.push(`let ${challengeName(index)} := ${printing.challenge(index)}`);
  for (let i = 0; i < places.registers; i++) lines.push(`let t${i} := 0x00`);
  for (const { node } of statements) {
    const value = print(node, true);
    lines.push(node === output ? `c := ${value}` : places.write(node, value));
  }
  if (output < leaves) lines.push(`c := ${leaf(output)}`);
  return { lines, scratchWords: places.words };
}

/** Large constants are mostly small negative ones. */
function constantExpression(value: bigint): string {
  const negative = FR_MODULUS - value;
  return negative < 1n << 64n ? `sub(r, ${hexNumber(negative)})` : hexNumber(value);
}

/** How often each node is read, the output counted once more. */
function countUses(program: FlatProgram, output: number): number[] {
  const nodes =
    program.columns + program.challenges.length + program.constants.length + program.operations.length;
  const uses = new Array<number>(nodes).fill(0);
  for (const [, a, b] of program.operations) {
    uses[a]! += 1;
    uses[b]! += 1;
  }
  uses[output]! += 1;
  return uses;
}

function cachedChallenges(program: FlatProgram, uses: readonly number[]): number[] {
  return program.challenges
    .map((_, index) => ({ index, uses: uses[program.columns + index]! }))
    .filter((challenge) => challenge.uses >= CACHE_FROM)
    .sort((a, b) => b.uses - a.uses || a.index - b.index)
    .slice(0, CACHED_CHALLENGES)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

interface Stored {
  readonly is: ReadonlySet<number>;
  /** Stack slots that the expression of an operation takes, operands that are stored counted as leaves. */
  readonly needs: readonly number[];
}

interface Form {
  /** A sum that is not reduced. */
  readonly lazy: boolean;
  /** The value is at most `bound·r`. */
  readonly bound: number;
}

/** What is subtracted (as `r − b`) and the output are reduced, other sums when they would become too large. */
function chooseForms(program: FlatProgram, leaves: number, output: number): Form[] {
  const reduced = new Set<number>([output]);
  for (const [op, , b] of program.operations) if (op === SUB) reduced.add(b);
  const forms: Form[] = [];
  const bound = (node: number): number => (node < leaves ? 1 : forms[node - leaves]!.bound);
  program.operations.forEach(([op, a, b], i) => {
    const sum = op === MUL ? Number.POSITIVE_INFINITY : bound(a) + bound(b);
    const lazy = sum <= LAZY && !reduced.has(leaves + i);
    forms.push({ lazy, bound: lazy ? sum : 1 });
  });
  return forms;
}

function needOf(op: Op, lazy: boolean, a: number, b: number): number {
  const second = op === SUB ? Math.max(b, 2) : b;
  const [more, less] = [Math.max(a, second), Math.min(a, second)];
  return lazy ? Math.max(more, 1 + less) : Math.max(1 + more, 2 + less);
}

/** Shared nodes are stored, and so is what would make an expression too deep for the stack. */
function chooseStored(
  program: FlatProgram,
  forms: readonly Form[],
  uses: readonly number[],
  leaves: number,
  limit: number,
): Stored {
  const is = new Set<number>();
  const needs: number[] = [];
  const need = (node: number): number => (node < leaves || is.has(node) ? 1 : needs[node - leaves]!);
  // A constant printed as `sub(r, …)` takes two.
  const needLeafAware = (node: number): number => Math.max(need(node), node < leaves ? 2 : 1);
  program.operations.forEach(([op, a, b], i) => {
    let total = needOf(op, forms[i]!.lazy, needLeafAware(a), needLeafAware(b));
    while (total > limit) {
      const deeper = need(a) >= need(b) ? a : b;
      if (need(deeper) === 1) throw new RangeError('printProgram: too few stack slots');
      is.add(deeper);
      total = needOf(op, forms[i]!.lazy, needLeafAware(a), needLeafAware(b));
    }
    needs.push(total);
    if (uses[leaves + i]! > 1) is.add(leaves + i);
  });
  return { is, needs };
}

interface Statement {
  readonly node: number;
  /** Stored nodes that the statement reads. */
  readonly reads: readonly number[];
}

function collectStatements(
  program: FlatProgram,
  stored: Stored,
  leaves: number,
  output: number,
): Statement[] {
  const statements: Statement[] = [];
  program.operations.forEach(([, first, second], i) => {
    const node = leaves + i;
    if (!stored.is.has(node) && node !== output) return;
    const reads: number[] = [];
    const walk = (x: number): void => {
      if (x < leaves) return;
      if (stored.is.has(x)) {
        reads.push(x);
        return;
      }
      const [, a, b] = program.operations[x - leaves]!;
      walk(a);
      walk(b);
    };
    walk(first);
    walk(second);
    statements.push({ node, reads });
  });
  return statements;
}

interface Places {
  readonly registers: number;
  readonly words: number;
  read(node: number): string;
  write(node: number, value: string): string;
}

/** Stack registers for the shortest lives, memory words for the rest, both reused when their value is dead. */
function allocate(statements: readonly Statement[], output: number, scratch: number): Places {
  const lives = new Map<number, { node: number; start: number; end: number; reads: number }>();
  statements.forEach(({ node, reads }, at) => {
    for (const read of reads) {
      const life = lives.get(read)!;
      life.end = at;
      life.reads += 1;
    }
    if (node !== output) lives.set(node, { node, start: at, end: at, reads: 0 });
  });
  const place = new Map<number, string>();
  let registers = 0;
  const byWorth = [...lives.values()].sort(
    (a, b) => (a.end - a.start) / a.reads - (b.end - b.start) / b.reads || a.start - b.start,
  );
  const taken: { start: number; end: number }[][] = Array.from({ length: REGISTERS }, () => []);
  for (const life of byWorth) {
    // A statement may read what dies in it into the place that it writes.
    const free = taken.findIndex((list) =>
      list.every((other) => other.end <= life.start || life.end <= other.start),
    );
    if (free < 0) continue;
    taken[free]!.push(life);
    place.set(life.node, `t${free}`);
    registers = Math.max(registers, free + 1);
  }

  const freeWords: number[] = [];
  const endsAt = new Map<number, number[]>();
  let words = 0;
  const wordOf = new Map<number, number>();
  statements.forEach(({ node }, at) => {
    for (const dead of endsAt.get(at) ?? []) freeWords.push(dead);
    const life = lives.get(node);
    if (life === undefined || place.has(node)) return;
    const word = freeWords.pop() ?? words++;
    wordOf.set(node, word);
    const list = endsAt.get(life.end) ?? [];
    list.push(word);
    endsAt.set(life.end, list);
  });
  const address = (node: number): string => hexNumber(scratch + 32 * wordOf.get(node)!);
  return {
    registers,
    words,
    read: (node) => place.get(node) ?? `mload(${address(node)})`,
    write: (node, value) => {
      const register = place.get(node);
      return register === undefined ? `mstore(${address(node)}, ${value})` : `${register} := ${value}`;
    },
  };
}
