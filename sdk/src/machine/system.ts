/** The machine as a proof system: its chips, tags, public terms. */

import type { ColumnValues } from '../plonk/columns/fixed.ts';
import type { Chip, Packing, PublicTerm, System } from '../plonk/declare/declare.ts';
import { choosePacks } from '../plonk/declare/packing.ts';
import { mainBlinding, SHARED_MIN_LOG } from '../plonk/declare/shape.ts';
import type { TranscriptHash } from '../transcript/transcript.ts';
import { alu } from './chips/alu.ts';
import { boundary } from './chips/boundary.ts';
import { ctl } from './chips/ctl.ts';
import type { InstructionChip } from './chips/fill.ts';
import { image } from './chips/image.ts';
import { mem } from './chips/mem.ts';
import { memx } from './chips/memx.ts';
import { ring } from './chips/ring.ts';
import { TABLES_LOG, tableColumns, tables } from './chips/tables.ts';
import { wide } from './chips/wide.ts';
import type { ChipName } from './instructions.ts';
import { CHAIN_END, CHAIN_START, FIRST_TIMESTAMP, STACK } from './memory-map.ts';
import { CHAIN, EXIT, INPUT, OUTPUT, STATE, TAGS } from './tags.ts';

/** Names the meaning of a program id: translation rules, instruction set, address space and chips. */
export const MACHINE_VERSION = '4';

/** The chips of instructions: what they declare and how they are filled. */
export const INSTRUCTION_CHIPS: Readonly<Record<ChipName, InstructionChip>> = { alu, mem, memx, wide, ctl };

/**
 * What proofs there are: of a whole run; of the rows of some of its time, and of image and tables for all of them. Every kind is a list of the
 * machine's chips with a key of its own.
 */
export type Kind = 'whole' | 'body' | 'closing';

const BODY: readonly Chip[] = [...Object.values(INSTRUCTION_CHIPS).map(({ chip }) => chip), boundary.chip];
const CLOSING: readonly Chip[] = [image.chip, tables.chip];
const KINDS: Readonly<Record<Kind, readonly Chip[]>> = {
  whole: [...BODY, ...CLOSING],
  body: [...BODY, ring.chip],
  closing: [...CLOSING, ring.chip],
};
/** In the order that the digest of the machine has them. */
const MACHINE: readonly Chip[] = [...BODY, ...CLOSING, ring.chip];

export interface SystemOptions {
  /** Default: of a whole run. */
  readonly kind?: Kind;
  /** The hash of its transcripts; default: the one that contracts have. */
  readonly transcript?: TranscriptHash;
  readonly maxDegree?: number;
  readonly packing?: Packing;
  readonly tPhi?: number;
  readonly tQuotient?: number;
}

/** Largest factor of a pack of a proof that a contract verifies. */
export const MOST_COLUMNS = 15;

/** D of a key that allows every chip `2^maxLog` rows: packs, φ and quotient all fit, since no factor is larger. Larger ones allow less. */
export const powersFor = (maxLog: number): number => MOST_COLUMNS * (2 ** maxLog + mainBlinding('shared'));

/** log2 of what chips usually have; in most programs `alu` is the tallest one and the others at most half as tall. */
const TYPICAL = {
  alu: 15,
  mem: 14,
  memx: 14,
  wide: 14,
  ctl: 14,
  boundary: 14,
  image: 14,
  ring: SHARED_MIN_LOG,
} as const;

/** Factor of the image's packs, in all keys: program ids depend on it. */
const IMAGE_COLUMNS = 15;

interface Factors {
  readonly packing: Packing;
  readonly tPhi: number;
  readonly tQuotient: number;
}

/** Packs of `alu`, the tables, φ and the quotient with so many columns, and of the other chips with at most so many. */
const factors = (tall: number, most: number): Factors => ({
  packing: choosePacks({
    longest: tall * 2 ** TYPICAL.alu,
    always: tall * 2 ** TABLES_LOG,
    typical: TYPICAL,
    program: IMAGE_COLUMNS,
    most,
  }),
  tPhi: tall,
  tQuotient: tall,
});

const CONTRACTS: Factors = factors(10, MOST_COLUMNS);

/**
 * Chips that are not as tall as `alu` may have more columns in a commitment, 15 against 10 (docs/decisions/0011-packs-are-data.md). Where a circuit
 * verifies, a commitment costs it rows: fewer in proofs that are wrapped at once, more in those of which many are joined (0019-recursion-layout.md).
 */
const FACTORS: Readonly<Record<TranscriptHash, Readonly<Record<Kind, Factors>>>> = {
  keccak256: { whole: CONTRACTS, body: CONTRACTS, closing: CONTRACTS },
  poseidon2: { whole: factors(10, 18), body: factors(8, 15), closing: factors(8, 15) },
};

const constant = (value: number): { from: 'constant'; value: bigint } => ({
  from: 'constant',
  value: BigInt(value),
});

const PUBLIC_TERMS: readonly PublicTerm[] = [
  {
    name: 'initial state',
    tag: STATE,
    sign: 1,
    fields: [constant(FIRST_TIMESTAMP), { from: 'entry' }, constant(STACK), constant(0)],
  },
  { name: 'exit', tag: EXIT, sign: 1, fields: [constant(0), { from: 'status' }] },
  { name: 'first key', tag: CHAIN, sign: 1, fields: [constant(CHAIN_START)] },
  { name: 'last key', tag: CHAIN, sign: -1, fields: [constant(CHAIN_END)] },
  { name: 'input', tag: INPUT, sign: 1, fields: [{ from: 'index' }, { from: 'word' }], each: 'inputs' },
  { name: 'output', tag: OUTPUT, sign: 1, fields: [{ from: 'index' }, { from: 'word' }], each: 'outputs' },
];

/**
 * Same options, same declarations; the chips' order is part of the verifying key. A proof of a whole run stands alone where a contract verifies it; where a
 * circuit does, it is a run of one shard, so that all that is wrapped is of one form.
 */
export function machineSystem(options: SystemOptions = {}): System {
  const { kind = 'whole', transcript = 'keccak256', maxDegree = 4, ...others } = options;
  const { packing, tPhi, tQuotient } = { ...FACTORS[transcript][kind], ...others };
  const contracts = transcript === 'keccak256';
  return {
    name: ['wattest', ...(kind === 'whole' ? [] : [kind]), ...(contracts ? [] : [transcript])].join(' '),
    version: MACHINE_VERSION,
    maxDegree,
    transcript,
    bus: contracts && kind === 'whole' ? 'closed' : 'shared',
    chips: KINDS[kind],
    machine: MACHINE,
    tags: TAGS,
    publicTerms: PUBLIC_TERMS,
    packing,
    tPhi,
    tQuotient,
  };
}

/** Fixed columns of the chips that have their height from the key, by chip name. */
export function machineTables(): Readonly<Record<string, readonly ColumnValues[]>> {
  return { [tables.chip.name]: tableColumns() };
}
