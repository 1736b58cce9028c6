/** The records of a trace as rows, in the order in which they ran. */
import assert from 'node:assert/strict';
import type { ChipName } from '../../../sdk/src/machine/instructions.ts';
import {
  ACCESS_WORDS,
  ACCESSES,
  HEADER_WORDS,
  PHASE_SHIFT,
  type Trace,
} from '../../../sdk/src/machine/trace.ts';

export interface TimedRow {
  readonly chip: ChipName;
  readonly pc: number;
  readonly fp: number;
  readonly phase: number;
  readonly ts: number;
  readonly accesses: readonly RowAccess[];
}

export interface RowAccess {
  readonly time: number;
  /** Time of the access before. */
  readonly before: number;
  readonly old: bigint;
  readonly value: bigint;
  readonly skipped: boolean;
}

export const wordOf = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

export function rowsInTime({ chips }: Trace): TimedRow[] {
  const rows: TimedRow[] = [];
  for (const chip of Object.keys(chips) as ChipName[]) {
    const { records, stride, rows: count } = chips[chip];
    assert.equal(stride, HEADER_WORDS + ACCESS_WORDS * ACCESSES[chip]);
    for (let at = 0; at < count * stride; at += stride) {
      const ts = records[at + 2]!;
      const accesses = Array.from({ length: ACCESSES[chip] }, (_, k): RowAccess => {
        const from = at + HEADER_WORDS + ACCESS_WORDS * k;
        const group = records.subarray(from, from + ACCESS_WORDS);
        return {
          time: ts + k,
          before: group[0]!,
          old: wordOf(group[1]!, group[2]!),
          value: wordOf(group[3]!, group[4]!),
          skipped: group.every((part) => part === 0),
        };
      });
      const packed = records[at + 1]!;
      const phase = packed >>> PHASE_SHIFT;
      rows.push({ chip, pc: records[at]!, fp: packed - phase * 2 ** PHASE_SHIFT, phase, ts, accesses });
    }
  }
  return rows.sort((a, b) => a.ts - b.ts);
}
