/** Programs of joins as they are printed, against what was printed when their version was raised last. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
import { LIST_VERSION } from '../../../sdk/src/recursion/list.ts';
import type { WideProgram } from '../../../sdk/src/recursion/wide/wide.ts';

/** A digest of the fixed columns of all programs that are added: what their keys commit to. */
export class PrintedPrograms {
  readonly #hash = createHash('sha256');

  add({ fixed, rows }: WideProgram): void {
    for (const chip of ['values', 'field'] as const) {
      const height = rows[chip].rows.length;
      for (const column of fixed[chip]) {
        this.#hash.update(Array.from({ length: height }, (_, row) => valueAt(column, row)).join());
        this.#hash.update(';');
      }
    }
  }

  /** Caches hold keys under the version: other programs need another one. */
  assertKnown(known: { readonly version: string; readonly columns: string }): void {
    assert.deepEqual(
      { version: LIST_VERSION, columns: this.#hash.digest('hex') },
      known,
      'Programs of joins are others than before (or a key that they verify is). Where what prints them has changed, raise LIST_VERSION in ' +
        'sdk/src/recursion/list.ts; then enter both here',
    );
  }
}
