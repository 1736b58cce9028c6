/**
 * How a proof system instance is declared: chips with their columns, constraints and bus interactions, tags, public
 * terms. Everything else (keys, prover, verifier, Solidity, row checker, printed reference) derives from these
 * declarations. A chip is a set of rows: a constraint speaks of one row only, rows speak to each other only over the
 * bus, row order never matters, padding is an all-zero row.
 */
import { add, constant, type Expression, mul, type Operand, sub } from '../../expr/expression.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';

/** A column of one chip. `fixed` columns come from a key, `main` ones from the trace, `helper` ones from LogUp. */
export interface Column {
  readonly stage: 'fixed' | 'main' | 'helper';
  /** Position within its stage. */
  readonly index: number;
  readonly name: string;
}

export type Expr = Expression<Column>;
export type Term = Operand<Column>;

/**
 * What is known of a main cell and who enforces it. `bit`: derived constraint. `limb16`: derived RANGE16 lookup.
 * `byte`: inside a byte lookup that the chip declares. `bound`: fixed by other means, which `why` names
 * (an interaction or constraint that leaves one value, or a value any field element may take harmlessly).
 */
export type RangeKind = 'bit' | 'limb16' | 'byte' | 'bound';

export type ColumnWords = 1 | 2 | 8;

export interface MainColumn extends Column {
  readonly stage: 'main';
  readonly range: RangeKind;
  /** 32-bit words that an honest value needs: 1 (below 2^32), 2 (below 2^64), 8 (any field element). Storage, not a constraint. */
  readonly words: ColumnWords;
  readonly why: string;
}

/** First element of every bus tuple; `code ≥ 1`. One tag has one list of fields. */
export interface Tag {
  readonly name: string;
  readonly code: number;
  readonly fields: readonly string[];
}

export interface Interaction {
  readonly name: string;
  /** Tags this interaction can carry (several where the tag is an expression of selectors). */
  readonly tags: readonly Tag[];
  /** +1 sends (provides), −1 receives (consumes). */
  readonly sign: 1 | -1;
  /** A bit by constraint, or a table's multiplicity times a gate that is 0 in padding rows. */
  readonly multiplicity: Expr;
  /** Tag code first, then the fields. Fixed and main columns only. */
  readonly tuple: readonly Expr[];
}

export interface Constraint {
  readonly name: string;
  /** Vanishes on every row, padding included. */
  readonly expression: Expr;
}

/**
 * Where the height of a chip comes from. `proof`: chosen per proof, `2^minLog ≤ n ≤` what the key allows. `key`: the
 * chip's fixed columns are in the verifying key. `program`: its fixed columns are in the program key.
 */
export type Height =
  | { readonly from: 'proof'; readonly minLog: number }
  | { readonly from: 'key'; readonly log: number }
  | { readonly from: 'program'; readonly minLog: number };

export interface Chip {
  readonly name: string;
  /** What the chip proves, one or two sentences for the printed reference. */
  readonly about: string;
  readonly height: Height;
  readonly main: readonly MainColumn[];
  readonly fixed: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly interactions: readonly Interaction[];
}

/**
 * A field of a public tuple: a constant, the program's entry, or a part of the statement. The terms of a {@link Recursion} have those from
 * `message` on, which together are its public vector: elements that the verifier makes itself and puts on the bus.
 */
export type PublicField =
  | { readonly from: 'constant'; readonly value: bigint }
  /** Entry program counter, a number of the program key. */
  | { readonly from: 'entry' }
  /** 64-bit exit status of the statement. */
  | { readonly from: 'status' }
  /** Index of the word, only in a term with `each`. */
  | { readonly from: 'index' }
  /** The 64-bit word itself, only in a term with `each`. */
  | { readonly from: 'word' }
  /** A scalar that the proof names in its first round. */
  | { readonly from: 'message'; readonly index: number }
  /** A coordinate of the pair as {@link pointElements} splits points. */
  | { readonly from: 'pair'; readonly point: PairPoint; readonly part: PointPart }
  /** A 128-bit half of the hash of the whole statement, 0 the high one. */
  | { readonly from: 'statement'; readonly half: 0 | 1 }
  /** log2 of the height of the image in the program key. */
  | { readonly from: 'log' }
  /** A commitment of the program key, split likewise. */
  | { readonly from: 'commitment'; readonly index: number; readonly part: PointPart };

/** Of a pair: what is paired with `[1]_2`, what with `[τ]_2`. */
export type PairPoint = 'A' | 'B';
/** Which of the three elements of a point. */
export type PointPart = 0 | 1 | 2;

/** A bus term that the verifier adds itself, once, or once per word of the public inputs or outputs. */
export interface PublicTerm {
  readonly name: string;
  readonly tag: Tag;
  readonly sign: 1 | -1;
  readonly fields: readonly PublicField[];
  readonly each?: 'inputs' | 'outputs';
}

/** A chip's columns by stage: what packs are made from. */
export interface ChipWidths {
  readonly name: string;
  readonly height: Height;
  readonly main: number;
  readonly fixed: number;
  readonly helpers: number;
}

/** The stages that columns of chips have; a pack is of one of them, so it is committed in one round. */
export type PackStage = 'main' | 'fixed' | 'helper';

export const PACK_STAGES: readonly PackStage[] = ['main', 'fixed', 'helper'];

/** Columns of a chip in a stage. */
export const widthOf = (
  { main, fixed, helpers }: Pick<ChipWidths, 'main' | 'fixed' | 'helpers'>,
  stage: PackStage,
): number => ({ main, fixed, helper: helpers })[stage];

/** A column: index of its chip, index within its stage. */
export type PackColumn = readonly [chip: number, column: number];

/**
 * Columns of any chips that share a commitment, `F(X) = Σ_i X^i·f_i(X^t)` for `columns[i] = f_i`, at most `t` of them. Heights
 * need not agree: a column is defined as a residue.
 */
export interface PackShape {
  readonly stage: PackStage;
  readonly t: number;
  readonly columns: readonly PackColumn[];
}

/** The packs of a system's columns; the same widths give the same packs (`packing.ts`). */
export type Packing = (chips: readonly ChipWidths[]) => readonly PackShape[];

/**
 * Where the bus balances. `closed`: within a proof, with the public terms. `shared`: among the proofs of a run, which share `α, β`; each shows
 * the sum of its own interactions.
 */
export type Bus = 'closed' | 'shared';

/** The machine whose runs a wrapping key is about: what its verifiers must know of it. */
export interface Subject {
  /** `Shape.machine` of the machine's keys. With the wrapping key's own `[τ]_2` it gives program ids. */
  readonly machine: `0x${string}`;
  /** Least and largest log2 height of an image. */
  readonly minLog: number;
  readonly maxLog: number;
  /** Commitments of a program key. */
  readonly commitments: number;
  readonly publicTerms: readonly (Omit<PublicTerm, 'tag'> & { readonly tag: number })[];
}

/**
 * Of a system whose proofs say that other proofs convince, but for a pairing: a proof carries `messages` scalars and the pair `(A, B)` with the
 * claim `e(A, [1]_2) = e(B, [τ]_2)`, which its verifier checks together with its own equation.
 */
export interface Recursion {
  readonly messages: number;
  /**
   * Of what a contract verifies: the proof is about a statement and a program of this machine, and its messages are `α, β` and the sum of the
   * bus of the proof it stands for (`SUBJECT_MESSAGES`), which must be minus that of the statement's public terms.
   */
  readonly subject?: Subject;
}

/** Messages of a proof with a {@link Subject}, in order. */
export const SUBJECT_MESSAGES = ['alpha', 'beta', 'sum'] as const;

export interface System {
  readonly name: string;
  /** Changes whenever the meaning of a program id changes (translation rules included); part of the vk digest. */
  readonly version: string;
  readonly maxDegree: number;
  readonly chips: readonly Chip[];
  /** The hash of its transcripts; keccak256, which contracts have, unless a circuit is to verify. */
  readonly transcript?: TranscriptHash;
  /** Whether the bus balances within every proof (default) or among all proofs of a run. */
  readonly bus?: Bus;
  /** All chips of the machine, in an order that all its systems share; `chips` unless they are only some of them. */
  readonly machine?: readonly Chip[];
  readonly tags: readonly Tag[];
  readonly publicTerms: readonly PublicTerm[];
  readonly recursion?: Recursion;
  /** Which columns are committed together. */
  readonly packing: Packing;
  /** Packing factors of the accumulator φ and of the quotient (≥ 2). */
  readonly tPhi: number;
  readonly tQuotient: number;
}

/** What is proven: 64-bit words in, 64-bit words out, 64-bit status. */
export interface Statement {
  readonly publicInputs: readonly bigint[];
  readonly publicOutputs: readonly bigint[];
  readonly status: bigint;
}

/** Collects one chip's declaration; machine chips wrap it with their adapters. */
export class ChipBuilder {
  readonly name: string;
  readonly #main: MainColumn[] = [];
  readonly #fixed: Column[] = [];
  readonly #constraints: Constraint[] = [];
  readonly #interactions: Interaction[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** A main column. `why` says who bounds it, for `bound` and `byte`. */
  column(name: string, range: RangeKind, words: ColumnWords = 1, why = ''): Expr {
    const column: MainColumn = { stage: 'main', index: this.#main.length, name, range, words, why };
    this.#unique(name);
    this.#main.push(column);
    const cell: Expr = { op: 'column', column };
    if (range === 'bit') this.constrain(`${name} is a bit`, mul(cell, sub(cell, 1n)));
    return cell;
  }

  bit(name: string): Expr {
    return this.column(name, 'bit');
  }

  fixed(name: string): Expr {
    this.#unique(name);
    const column: Column = { stage: 'fixed', index: this.#fixed.length, name };
    this.#fixed.push(column);
    return { op: 'column', column };
  }

  /** `expression = 0` on every row. */
  constrain(name: string, expression: Term): void {
    this.#constraints.push({ name, expression: add(expression) });
  }

  /** `left = right` on every row. */
  equal(name: string, left: Term, right: Term): void {
    this.constrain(name, sub(left, right));
  }

  send(name: string, tag: Tag, multiplicity: Term, fields: readonly Term[]): void {
    this.#interact(name, 1, tag, multiplicity, fields);
  }

  receive(name: string, tag: Tag, multiplicity: Term, fields: readonly Term[]): void {
    this.#interact(name, -1, tag, multiplicity, fields);
  }

  /** An interaction whose tag is chosen by selectors: the tag code is `Σ selector·code`; at most one selector is 1. */
  interactOneOf(
    name: string,
    sign: 1 | -1,
    tags: readonly (readonly [Tag, Term])[],
    multiplicity: Term,
    fields: readonly Term[],
  ): void {
    const code = tags.reduce<Expr>((sum, [tag, selector]) => add(sum, mul(selector, tag.code)), constant(0n));
    const tuple = [code, ...fields.map((field) => add(field))];
    this.#interactions.push({
      name,
      tags: tags.map(([tag]) => tag),
      sign,
      multiplicity: add(multiplicity),
      tuple,
    });
  }

  /** Sends of a table that holds several kinds of tuples: `kind`, a fixed column, is the code of a row's tag. */
  sendKinds(
    name: string,
    tags: readonly Tag[],
    kind: Expr,
    multiplicity: Term,
    fields: readonly Term[],
  ): void {
    const tuple = [kind, ...fields.map((field) => add(field))];
    this.#interactions.push({ name, tags, sign: 1, multiplicity: add(multiplicity), tuple });
  }

  build(rest: { about: string; height: Height }): Chip {
    return {
      name: this.name,
      ...rest,
      main: this.#main,
      fixed: this.#fixed,
      constraints: this.#constraints,
      interactions: this.#interactions,
    };
  }

  #interact(name: string, sign: 1 | -1, tag: Tag, multiplicity: Term, fields: readonly Term[]): void {
    if (fields.length !== tag.fields.length) {
      throw new RangeError(
        `${this.name}/${name}: ${tag.name} takes ${tag.fields.length} fields, got ${fields.length}`,
      );
    }
    const tuple = [constant<Column>(tag.code), ...fields.map((field) => add(field))];
    this.#interactions.push({ name, tags: [tag], sign, multiplicity: add(multiplicity), tuple });
  }

  #unique(name: string): void {
    if (this.#main.some((c) => c.name === name) || this.#fixed.some((c) => c.name === name)) {
      throw new RangeError(`${this.name}: column ${name} is declared twice`);
    }
  }
}
