/** A row checker that is nothing but BigInt: the oracle of the row checker's own tests. */
import assert from 'node:assert/strict';
import { evaluateProgram, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { flatten } from '../../sdk/src/expr/flatten.ts';
import type { FlatProgram } from '../../sdk/src/expr/program.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { type CheckParameters, check } from '../../sdk/src/plonk/check/check.ts';
import { valueAt } from '../../sdk/src/plonk/columns/fixed.ts';
import type { Column, Expr } from '../../sdk/src/plonk/declare/declare.ts';
import { publicTuples } from '../../sdk/src/plonk/verify/public-terms.ts';

/** Rows of each constraint that do not vanish, and the balance of each unbalanced tuple. */
export function naive({ layout, tables, witness, entry, statement }: CheckParameters): Map<string, bigint> {
  const found = new Map<string, bigint>();
  const count = (key: string, by: bigint): void => {
    const sum = Fr.from((found.get(key) ?? 0n) + by);
    if (sum === 0n) found.delete(key);
    else found.set(key, sum);
  };
  const keyOf = (tuple: readonly bigint[]): string => `bus ${tuple.join().replace(/(,0)*$/, '')}`;
  layout.chips.forEach(({ chip }, j) => {
    const columns = [...witness[j]!.columns, ...(tables[j]?.values ?? [])];
    const inputs: Column[] = [...chip.main, ...chip.fixed];
    const program = (outputs: readonly Expr[]): FlatProgram =>
      flatten(outputs, { columns: inputs.length, indexOf: (c) => inputs.indexOf(c), challenges: [] });
    const constraints = program(chip.constraints.map(({ expression }) => expression));
    const multiplicities = chip.interactions.map(({ multiplicity }) => program([multiplicity]));
    const tuples = chip.interactions.map(({ tuple }) => program(tuple));
    for (let row = 0; row < 2 ** witness[j]!.log; row++) {
      const cells = columns.map((column) => valueAt(column, row));
      evaluateProgram(constraints, scalarRing, cells, []).forEach((value, c) => {
        if (value !== 0n) count(`${chip.name}: ${chip.constraints[c]!.name}`, 1n);
      });
      multiplicities.forEach((flat, k) => {
        const [multiplicity] = evaluateProgram(flat, scalarRing, cells, []);
        if (multiplicity === 0n) return;
        const tuple = evaluateProgram(tuples[k]!, scalarRing, cells, []);
        count(keyOf(tuple), BigInt(chip.interactions[k]!.sign) * multiplicity!);
      });
    }
  });
  for (const { sign, tuple } of publicTuples(layout.shape.publicTerms, { program: { entry }, statement })) {
    count(keyOf(tuple), BigInt(sign));
  }
  return found;
}

/** What the row checker finds, told in the same way. */
export function judged(parameters: CheckParameters): Map<string, bigint> {
  const found = new Map<string, bigint>();
  const report = check({ ...parameters, limit: 10_000 });
  for (const failure of report.failures) {
    if (failure.kind === 'constraint') {
      const key = `${failure.chip}: ${failure.constraint}`;
      found.set(key, (found.get(key) ?? 0n) + 1n);
      continue;
    }
    const tag = parameters.layout.system.tags.find(({ name }) => name === failure.tag);
    const code = tag?.code ?? failure.tag.replace('tag ', '');
    const tuple = [code, ...failure.fields.map(({ value }) => value)].join().replace(/(,0)*$/, '');
    found.set(`bus ${tuple}`, Fr.from(failure.balance));
  }
  assert.equal(report.ok, found.size === 0);
  return found;
}
