/**
 * Flat constraint programs as Yul: nested expressions for what is used once, memory or a few stack variables for shared
 * nodes. What is added and subtracted in which order, and reduced when, `lower` decides.
 */
import type { FlatProgram } from '../expr/program.ts';
import { FR_MODULUS } from '../field/field.ts';
import { type Leaf, type Lowered, lower, type Operation } from './lower.ts';
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

/** The EVM reaches 16 slots from the top; `r` lies below the cached leaves and the registers. */
const REACH = 16;
const CACHED = 5;
const REGISTERS = 3;
const SPARE = 1;
/** Gas that a stack slot is to save. */
const WORTH = 12;

/** Prints a program of one output. */
export function printProgram(program: FlatProgram, printing: ProgramPrinting): PrintedProgram {
  if (program.outputs.length !== 1) throw new RangeError('printProgram: one output expected');
  const lowered = lower(program);
  const { output, operations } = lowered;
  const leaves = lowered.leaves.length;
  const uses = countUses(lowered);
  const cached = cachedLeaves(lowered, uses);
  const stored = chooseStored(lowered, uses, REACH - SPARE - cached.length - REGISTERS);
  const statements = collectStatements(lowered, stored);
  const places = allocate(statements, output, printing.scratch);

  const leaf = (node: number): string => {
    const name = cached.indexOf(node);
    return name < 0 ? printLeaf(lowered.leaves[node]!, printing) : `k${name}`;
  };
  const print = (node: number, root: boolean): string => {
    if (node < leaves) return leaf(node);
    if (!root && stored.is.has(node)) return places.read(node);
    const { op, a, b } = operations[node - leaves]!;
    const [x, y] = [print(a, false), print(b, false)];
    // Operands are evaluated from the right: the one that needs more stack comes last in the text.
    const [left, right] = op !== 'sub' && stored.need(a) > stored.need(b) ? [y, x] : [x, y];
    return op === 'add' || op === 'sub' ? `${op}(${left}, ${right})` : `${op}(${left}, ${right}, r)`;
  };

  const lines = ['let r := R'];
  cached.forEach((node, i) => {
    lines.push(`let k${i} := ${printLeaf(lowered.leaves[node]!, printing)}`);
  });
  for (let i = 0; i < places.registers; i++) lines.push(`let t${i} := 0x00`);
  for (const { node } of statements) {
    const value = print(node, true);
    lines.push(node === output ? `c := ${value}` : places.write(node, value));
  }
  if (output < leaves) lines.push(`c := ${leaf(output)}`);
  return { lines, scratchWords: places.words };
}

function printLeaf(leaf: Leaf, { column, challenge }: ProgramPrinting): string {
  switch (leaf.kind) {
    case 'column':
      return column(leaf.index);
    case 'challenge':
      return challenge(leaf.index);
    case 'multiple': {
      const multiple = leaf.times === 1n ? 'r' : `mul(r, ${hexNumber(leaf.times)})`;
      return leaf.plus === 0n ? multiple : `add(${multiple}, ${hexNumber(leaf.plus)})`;
    }
    case 'constant':
      return isNegative(leaf.value) ? `sub(r, ${hexNumber(FR_MODULUS - leaf.value)})` : hexNumber(leaf.value);
  }
}

/** Large constants are mostly small negative ones. */
const isNegative = (value: bigint): boolean => FR_MODULUS - value < 1n << 64n;

/** How often each node is read, the output counted once more. */
function countUses({ leaves, operations, output }: Lowered): number[] {
  const uses = new Array<number>(leaves.length + operations.length).fill(0);
  for (const { a, b } of operations) {
    uses[a]! += 1;
    uses[b]! += 1;
  }
  uses[output]! += 1;
  return uses;
}

/** Leaves that are worth a stack slot. */
function cachedLeaves({ leaves }: Lowered, uses: readonly number[]): number[] {
  // Gas of a read beyond that of a stack slot.
  const extra = (leaf: Leaf): number => {
    if (leaf.kind === 'challenge' || leaf.kind === 'column') return 3;
    if (leaf.kind === 'multiple') return (leaf.times === 1n ? 0 : 8) + (leaf.plus === 0n ? 0 : 6);
    return leaf.kind === 'constant' && isNegative(leaf.value) ? 6 : 0;
  };
  return leaves
    .map((leaf, node) => ({ node, saved: uses[node]! * extra(leaf) }))
    .filter(({ saved }) => saved >= WORTH)
    .sort((a, b) => b.saved - a.saved || a.node - b.node)
    .slice(0, CACHED)
    .map(({ node }) => node)
    .sort((a, b) => a - b);
}

interface Stored {
  readonly is: ReadonlySet<number>;
  /** Stack slots that reading the node takes: of a stored one as of a leaf. */
  need(node: number): number;
}

function needOf(op: Operation['op'], a: number, b: number): number {
  if (op === 'sub') return Math.max(b, 1 + a);
  const [more, less] = [Math.max(a, b), Math.min(a, b)];
  return op === 'add' ? Math.max(more, 1 + less) : Math.max(1 + more, 2 + less);
}

/** Shared nodes are stored, and so is what would make an expression too deep for the stack. */
function chooseStored({ leaves, operations }: Lowered, uses: readonly number[], limit: number): Stored {
  const is = new Set<number>();
  const needs: number[] = [];
  // A constant printed as `sub(r, …)` takes two.
  const need = (node: number): number =>
    node < leaves.length ? 2 : is.has(node) ? 1 : needs[node - leaves.length]!;
  operations.forEach(({ op, a, b }, i) => {
    let total = needOf(op, need(a), need(b));
    while (total > limit) {
      const deeper = need(a) >= need(b) ? a : b;
      if (deeper < leaves.length || is.has(deeper)) throw new RangeError('printProgram: too few stack slots');
      is.add(deeper);
      total = needOf(op, need(a), need(b));
    }
    needs.push(total);
    if (uses[leaves.length + i]! > 1) is.add(leaves.length + i);
  });
  return { is, need };
}

interface Statement {
  readonly node: number;
  /** Stored nodes that the statement reads. */
  readonly reads: readonly number[];
}

function collectStatements({ leaves, operations, output }: Lowered, stored: Stored): Statement[] {
  const statements: Statement[] = [];
  operations.forEach(({ a: first, b: second }, i) => {
    const node = leaves.length + i;
    if (!stored.is.has(node) && node !== output) return;
    const reads: number[] = [];
    const walk = (x: number): void => {
      if (x < leaves.length) return;
      if (stored.is.has(x)) {
        reads.push(x);
        return;
      }
      const { a, b } = operations[x - leaves.length]!;
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
