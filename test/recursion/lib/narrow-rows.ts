/** Rows of large programs in the narrow chip before the row checker, in the storage that provers have. */
import assert from 'node:assert/strict';
import { check } from '../../../sdk/src/plonk/check/check.ts';
import { formatFailure } from '../../../sdk/src/plonk/check/report.ts';
import { FixedTable } from '../../../sdk/src/plonk/columns/fixed.ts';
import { layout } from '../../../sdk/src/plonk/declare/layout.ts';
import { NARROW_LOG, narrowSystem } from '../../../sdk/src/recursion/narrow/chip.ts';
import { type NarrowProgram, narrowWitness } from '../../../sdk/src/recursion/narrow/narrow.ts';
import type { ProgramInputs } from '../../../sdk/src/recursion/program.ts';

export function assertRowsHold(narrow: NarrowProgram, inputs: ProgramInputs): void {
  // As constants of the system: the words of a statement have 64 bits.
  const vector = inputs.publics.map((value) => ({ from: 'constant' as const, value }));
  const report = check({
    layout: layout(narrowSystem({ vector })),
    tables: [new FixedTable(NARROW_LOG, narrow.fixed, 'verifier')],
    witness: [{ log: NARROW_LOG, columns: narrowWitness(narrow, inputs) }],
    entry: 0n,
    statement: { publicInputs: [], publicOutputs: [], status: 0n },
    locate: (_chip, row) => narrow.rows.places[row],
  });
  assert.ok(report.ok, report.failures.slice(0, 3).map(formatFailure).join('\n'));
}
