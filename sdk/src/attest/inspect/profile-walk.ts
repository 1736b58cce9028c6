/**
 * The rows of a trace in the order of execution, each attributed to the function that executed it. A pass over the finished
 * trace: execution itself knows nothing of profiles.
 */
import {
  BRANCH,
  CALL,
  CALL_INDIRECT,
  type ChipName,
  CODE_MASK,
  JUMP,
  JUMP_TABLE,
  RETURN,
} from '../../machine/instructions.ts';
import type { Program } from '../../machine/program.ts';
import { PHASE_SHIFT, type Trace } from '../../machine/trace.ts';

/** Rows behind which another function may go on. */
const JUMPS: ReadonlySet<number> = new Set([JUMP.code, BRANCH.code, JUMP_TABLE.code]);

/** What executed rows come to. */
export interface Cost {
  readonly rows: number;
  /** Rows times columns of their chips, helper columns included. */
  readonly cells: number;
  /** Share of the estimated proving time. */
  readonly seconds: number;
  /** WebAssembly instructions (block, loop, else, end and nop not counted). */
  readonly instructions: number;
}

/** What one row of a chip comes to. */
export interface RowCost {
  readonly cells: number;
  readonly seconds: number;
}

/** What a section of the program (a function, a routine, the entry) cost. */
export interface SectionCost {
  readonly calls: number;
  /** Rows of the section's own. */
  readonly own: Cost;
  /** With those of the routines that it calls, by way of routines as well. Zero for a routine. */
  readonly self: Cost;
  /** With those of everything that it calls. Recursion counts once. */
  readonly total: Cost;
  /** The rows of `self` by chip (of a routine those of `own`). */
  readonly chips: Readonly<Record<ChipName, number>>;
}

/** A path of calls from the entry, and the rows that were executed at its end. */
export interface StackCost {
  /** Sections by index, the entry first. */
  readonly sections: readonly number[];
  readonly rows: number;
}

export interface Walk {
  /** By section of the program; those of traps are empty, their rows are the entry's. */
  readonly sections: readonly SectionCost[];
  readonly stacks: readonly StackCost[];
  /** Whether there were more or deeper stacks than are kept: their rows are at the nearest one that is. */
  readonly stacksFolded: boolean;
  /** By pc: rows and cells, those of routines at the call. */
  readonly pcRows: Float64Array;
  readonly pcCells: Float64Array;
}

/** No deeper stacks are kept apart, and no more than so many frames in all stacks together: about 10 MB as JSON. */
const MAX_DEPTH = 256;
const MAX_FRAMES = 1_000_000;

/** Sums of rows, cells, seconds and instructions by section. */
class Sums {
  readonly rows: Float64Array;
  readonly cells: Float64Array;
  readonly seconds: Float64Array;
  readonly instructions: Float64Array;

  constructor(length: number) {
    this.rows = new Float64Array(length);
    this.cells = new Float64Array(length);
    this.seconds = new Float64Array(length);
    this.instructions = new Float64Array(length);
  }

  add(i: number, cells: number, seconds: number, instructions: number): void {
    this.rows[i]! += 1;
    this.cells[i]! += cells;
    this.seconds[i]! += seconds;
    this.instructions[i]! += instructions;
  }

  /** Adds `sign` times what another one has at index `from`. */
  accumulate(i: number, sums: Sums, from: number, sign: 1 | -1): void {
    this.rows[i]! += sign * sums.rows[from]!;
    this.cells[i]! += sign * sums.cells[from]!;
    this.seconds[i]! += sign * sums.seconds[from]!;
    this.instructions[i]! += sign * sums.instructions[from]!;
  }

  at(i: number): Cost {
    return {
      rows: this.rows[i]!,
      cells: this.cells[i]!,
      seconds: this.seconds[i]!,
      instructions: this.instructions[i]!,
    };
  }
}

/** Distinct stacks as a tree; node 0 is the entry. */
class StackTree {
  folded = false;
  readonly #parents: number[] = [-1];
  readonly #sections: number[];
  readonly #depths: number[] = [1];
  readonly #rows: number[] = [0];
  readonly #children: Map<number, number> = new Map();
  readonly #width: number;
  #frames = 1;

  constructor(width: number, entry: number) {
    this.#width = width;
    this.#sections = [entry];
  }

  child(node: number, section: number): number {
    const key = node * this.#width + section;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const depth = this.#depths[node]! + 1;
    if (depth > MAX_DEPTH || this.#frames + depth > MAX_FRAMES) {
      this.folded = true;
      return node;
    }
    this.#frames += depth;
    const made = this.#parents.push(node) - 1;
    this.#sections.push(section);
    this.#depths.push(depth);
    this.#rows.push(0);
    this.#children.set(key, made);
    return made;
  }

  count(node: number): void {
    this.#rows[node]!++;
  }

  stacks(): StackCost[] {
    const found: StackCost[] = [];
    for (const [leaf, rows] of this.#rows.entries()) {
      if (rows === 0) continue;
      const sections: number[] = [];
      for (let node = leaf; node >= 0; node = this.#parents[node]!) sections.push(this.#sections[node]!);
      found.push({ sections: sections.reverse(), rows });
    }
    return found;
  }
}

/** Attributes every row of the instruction chips. `costs` are those of one row, by chip. */
export function walk(program: Program, trace: Trace, costs: Readonly<Record<ChipName, RowCost>>): Walk {
  const { code, sections } = program;
  const entry = sections.findIndex(({ kind }) => kind === 'entry');
  const sectionOf = new Int32Array(code.length);
  for (const [i, { pc }] of sections.entries()) sectionOf.fill(i, pc, sections[i + 1]?.pc ?? code.length);
  const isTrap = sections.map(({ kind }) => kind === 'trap');
  const isRoutine = sections.map(({ kind }) => kind === 'routine');

  const chips = Object.values(trace.chips);
  const rowCosts = chips.map(({ chip }) => costs[chip]);
  const ends = chips.map(({ rows, stride }) => rows * stride);
  const at = chips.map(() => 0);

  const own = new Sums(sections.length);
  const self = new Sums(sections.length);
  const total = new Sums(sections.length);
  // What all rows so far come to, and what they came to when a section became active.
  const now = new Sums(1);
  const active = new Float64Array(sections.length);
  const calls = new Float64Array(sections.length);
  const chipRows = chips.map(() => new Float64Array(sections.length));
  const pcRows = new Float64Array(code.length);
  const pcCells = new Float64Array(code.length);
  const tree = new StackTree(sections.length, entry);

  const frames: number[] = [];
  /** Of each frame: the function that it belongs to, the pc of that function's call where it is a routine, the stack. */
  const owners: number[] = [];
  const callPcs: number[] = [];
  const nodes: number[] = [];
  const enter = (section: number, owner: number, callPc: number, node: number): void => {
    if (active[section]!++ === 0) total.accumulate(section, now, 0, -1);
    calls[section]! += 1;
    frames.push(section);
    owners.push(owner);
    callPcs.push(callPc);
    nodes.push(node);
  };
  /** A tail call: by way of a routine, which belongs to the function on top, that is left, and the next one is called by whoever called it. */
  const goOnAs = (section: number, jumpPc: number): void => {
    const top = frames.length - 1;
    if (isRoutine[section] === true) {
      enter(section, owners[top]!, jumpPc, tree.child(nodes[top]!, section));
      return;
    }
    if (isRoutine[frames[top]!] === true) leave();
    leave();
    enter(section, section, -1, tree.child(nodes.at(-1)!, section));
  };
  const leave = (): void => {
    const section = frames.pop()!;
    owners.pop();
    callPcs.pop();
    nodes.pop();
    if (--active[section]! === 0) total.accumulate(section, now, 0, 1);
  };

  enter(entry, entry, -1, 0);
  let calledFrom = -1;
  let jumpedFrom = -1;
  for (;;) {
    let chip = -1;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < chips.length; i++) {
      const ts = at[i]! < ends[i]! ? chips[i]!.records[at[i]! + 2]! : Number.POSITIVE_INFINITY;
      if (ts < first) {
        first = ts;
        chip = i;
      }
    }
    if (chip < 0) break;
    const { records, stride } = chips[chip]!;
    const pc = records[at[chip]!]!;
    const phase = records[at[chip]! + 1]! >>> PHASE_SHIFT;
    at[chip]! += stride;

    let section = sectionOf[pc]!;
    let top = frames.length - 1;
    if (isTrap[section] === true) {
      // Nothing returns from here: the exits belong to the entry.
      while (frames.length > 1) leave();
      top = 0;
      section = entry;
    } else if (calledFrom >= 0) {
      const routine = isRoutine[section] === true;
      const callPc = !routine ? -1 : isRoutine[frames[top]!] === true ? callPcs[top]! : calledFrom;
      enter(section, routine ? owners[top]! : section, callPc, tree.child(nodes[top]!, section));
      top++;
    } else if (jumpedFrom >= 0 && frames[top] !== section) {
      goOnAs(section, jumpedFrom);
      top = frames.length - 1;
    }
    calledFrom = -1;
    jumpedFrom = -1;
    if (frames[top] !== section) throw new Error(`pc ${pc} is not in the function that was called`);

    const { cells, seconds } = rowCosts[chip]!;
    // A two-row instruction is one.
    const instructions = phase === 2 ? 0 : code.weight[pc]!;
    const owner = owners[top]!;
    now.add(0, cells, seconds, instructions);
    own.add(section, cells, seconds, instructions);
    self.add(owner, cells, seconds, instructions);
    chipRows[chip]![owner]! += 1;
    if (section !== owner) chipRows[chip]![section]! += 1;
    const place = callPcs[top]! >= 0 ? callPcs[top]! : pc;
    pcRows[place]! += 1;
    pcCells[place]! += cells;
    tree.count(nodes[top]!);

    const kind = code.opcode[pc]! & CODE_MASK;
    if (kind === CALL.code || kind === CALL_INDIRECT.code) calledFrom = pc;
    else if (kind === RETURN.code) leave();
    else if (JUMPS.has(kind)) jumpedFrom = pc;
  }
  while (frames.length > 0) leave();

  return {
    sections: sections.map((_, i) => ({
      calls: calls[i]!,
      own: own.at(i),
      self: self.at(i),
      total: total.at(i),
      chips: Object.fromEntries(chips.map((c, k) => [c.chip, chipRows[k]![i]!])) as Record<ChipName, number>,
    })),
    stacks: tree.stacks(),
    stacksFolded: tree.folded,
    pcRows,
    pcCells,
  };
}
