/** Keys: from a system's declarations, an SRS and the values of fixed columns. */

import type { G1Point } from '../../curve/g1.ts';
import { equalG2 } from '../../curve/g2.ts';
import { fail } from '../../errors/index.ts';
import { type ColumnValues, FixedTable } from '../columns/fixed.ts';
import { type CommitmentSources, commitFixed } from '../columns/fixed-commitment.ts';
import type { PackShape, Subject, System } from '../declare/declare.ts';
import { type Layout, layout } from '../declare/layout.ts';
import { type Schedule, schedule } from '../declare/schedule.ts';
import {
  fixedPacks,
  imageLogs,
  largestFactor,
  maxLog,
  packLogs,
  powersForHeight,
  programChips,
} from '../declare/shape.ts';
import { type Circuit, type ProgramKey, sealKey, type VerifyingKey } from './key.ts';

/** What the prover needs of a system, for all programs. Its tables load themselves into an engine when used. */
export interface ProvingKey {
  readonly key: VerifyingKey;
  readonly layout: Layout;
  readonly schedule: Schedule;
  /** Per chip: its fixed columns where they are in the key. */
  readonly tables: readonly (FixedTable | undefined)[];
}

/** What the prover needs of a program. */
export interface ProvingProgram {
  readonly key: ProgramKey;
  /** The image's fixed columns; undefined in a system without such a chip. */
  readonly table: FixedTable | undefined;
  /** Those of the next chips that have their heights from the program. */
  readonly more?: readonly FixedTable[];
}

/** Fixed columns of chip `j` where they are a program's. */
export function programTable(
  { layout: { shape } }: ProvingKey,
  program: ProvingProgram,
  j: number,
): FixedTable | undefined {
  const i = programChips(shape).indexOf(j);
  return i > 0 ? program.more?.[i - 1] : i === 0 ? program.table : undefined;
}

export interface KeygenParameters extends CommitmentSources {
  readonly system: System;
  /** Fixed columns, in order, of every chip that has its height from the key, by chip name; others are not looked at. */
  readonly tables: Readonly<Record<string, readonly ColumnValues[]>>;
  /** A key of the machine that a {@link Subject} is of. */
  readonly subject?: VerifyingKey;
  /** D: how many powers of τ proofs may use, at most the size of the SRS (default). Bounds every height. */
  readonly powers?: number;
}

/** What verifiers of proofs about runs of a machine must know of it, from a key for its programs. */
export function subjectOf({ shape, powers }: Pick<VerifyingKey, 'shape' | 'powers'>): Subject {
  const [image, ...others] = imageLogs(shape, powers);
  if (image === undefined || others.length > 0) {
    throw new RangeError(`${shape.name}: what is wrapped has one image`);
  }
  const { least, most } = image;
  return {
    machine: shape.machine,
    minLog: least,
    maxLog: most,
    commitments: fixedPacks(shape, 'program').length,
    publicTerms: shape.publicTerms,
  };
}

/**
 * `SYSTEM_INVALID` for declarations that break a rule, `SRS_TOO_SMALL` where the key's own tables do not fit, `KEY_INVALID` for a subject that
 * stands on another τ.
 */
export async function keygen(parameters: KeygenParameters): Promise<ProvingKey> {
  const { srs, system, powers = srs.size } = parameters;
  const built = layout(system);
  checkSubject(parameters);
  if (powers > srs.size) {
    fail('SRS_TOO_SMALL', `a key of ${powers} powers of τ needs a larger SRS than ${srs.size}`, {
      where: srs.provenance,
      fix: 'Use a larger SRS or fewer powers',
    });
  }
  const tables = system.chips.map((chip, j): FixedTable | undefined => {
    if (chip.height.from !== 'key') return undefined;
    const most = maxLog(built.shape, powers, j);
    if (chip.height.log > most) {
      fail(
        'SRS_TOO_SMALL',
        `${powers} powers of τ allow ${2 ** Math.max(0, most)} rows, the table has more`,
        {
          where: `${system.name}/${chip.name}`,
          fix: `Use an SRS of at least ${powersForHeight(built.shape, j, chip.height.log)} powers`,
        },
      );
    }
    return new FixedTable(chip.height.log, tableOf(parameters, chip.name, chip.fixed.length), chip.name);
  });
  const commitments = await commitTables(parameters, fixedPacks(built.shape, 'key'), (j) => tables[j]!);
  const key = sealKey({
    shape: built.shape,
    powers,
    tau2: srs.tauG2,
    insecure: srs.insecure,
    commitments,
  });
  return { key, layout: built, schedule: schedule(built.shape), tables };
}

/** Pairs on different powers of τ cannot be added up, and a program id means a τ. */
function checkSubject({ system, srs, subject }: KeygenParameters): void {
  const declared = system.recursion?.subject;
  if (declared === undefined && subject === undefined) return;
  if (declared === undefined || subject === undefined || declared.machine !== subject.shape.machine) {
    throw new RangeError(
      `${system.name}: its subject and the key that is given for it are not of one machine`,
    );
  }
  if (!equalG2(subject.tau2, srs.tauG2) || subject.insecure !== srs.insecure) {
    fail('KEY_INVALID', 'the key of the proofs that are wrapped stands on another τ', {
      where: srs.provenance,
      fix: 'Make both keys from one SRS',
    });
  }
}

export interface ProgramKeyParameters extends CommitmentSources {
  readonly key: { readonly key: Circuit };
  /** log2 of the image's height. */
  readonly log: number;
  readonly entry: bigint;
  /** Fixed columns of the image chip, in order. */
  readonly columns: readonly ColumnValues[];
  /** The same of the next chips that have their heights from the program, in order. */
  readonly more?: readonly { readonly log: number; readonly columns: readonly ColumnValues[] }[];
}

/** The keys of a program; `TRACE_TOO_TALL` where its image does not fit the key. */
export async function programKeygen(parameters: ProgramKeyParameters): Promise<ProvingProgram> {
  const { key, entry, log, columns, more = [] } = parameters;
  const { shape } = key.key;
  const images = programChips(shape);
  if (images.length === 0) return { key: { log: 0, entry, commitments: [] }, table: undefined };
  const given = [{ log, columns }, ...more];
  if (given.length !== images.length) {
    throw new RangeError(`${shape.name}: tables of ${given.length} chips instead of ${images.length}`);
  }
  const tables = images.map((j, i): FixedTable => {
    const { name, fixed } = shape.chips[j]!;
    const own = given[i]!;
    requireHeight(key, j, own.log);
    if (own.columns.length !== fixed) {
      throw new RangeError(`${name}: ${own.columns.length} fixed columns instead of ${fixed}`);
    }
    return new FixedTable(own.log, own.columns, name);
  });
  const packs = fixedPacks(shape, 'program');
  const commitments = await commitTables(parameters, packs, (j) => tables[images.indexOf(j)]!);
  const [table, ...others] = tables;
  const logs = packLogs(given.map((one) => one.log));
  return { key: { log: logs, entry, commitments }, table, ...(others.length === 0 ? {} : { more: others }) };
}

/** `TRACE_TOO_TALL`, with numbers, unless chip `j` may have `2^log` rows. */
export function requireHeight({ key }: { readonly key: Circuit }, j: number, log: number): void {
  const { shape } = key;
  const { name, height } = shape.chips[j]!;
  const least = height.from === 'key' ? height.log : height.minLog;
  const most = height.from === 'key' ? height.log : maxLog(shape, key.powers, j);
  if (log < least) throw new RangeError(`${name}: height 2^${log} is below 2^${least}`);
  if (log > most) {
    fail('TRACE_TOO_TALL', `${2 ** log} rows are needed and this key allows ${2 ** most}`, {
      where: `chip ${name}`,
      fix: `Use a key of at least ${powersForHeight(shape, j, log)} powers of τ (packs of up to ${largestFactor(shape, j)} columns), or a shorter run`,
    });
  }
}

async function commitTables(
  sources: CommitmentSources,
  packs: readonly PackShape[],
  tableOf: (chip: number) => FixedTable,
): Promise<G1Point[]> {
  const commitments: G1Point[] = [];
  for (const { t, columns } of packs) {
    const pack = columns.map(([j, index]) => ({ table: tableOf(j), index }));
    commitments.push(await commitFixed(sources, t, pack));
  }
  return commitments;
}

function tableOf({ system, tables }: KeygenParameters, name: string, width: number): readonly ColumnValues[] {
  const columns = tables[name] ?? [];
  if (columns.length !== width) {
    fail('SYSTEM_INVALID', `${columns.length} fixed columns instead of ${width}`, {
      where: `${system.name}/${name}`,
      fix: 'Give the values of every fixed column of the table',
    });
  }
  return columns;
}
