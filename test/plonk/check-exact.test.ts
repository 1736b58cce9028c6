/** The row checker against one that is nothing but BigInt, on witnesses that are wrong in every way; any field element in any cell. */
import assert from 'node:assert/strict';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { type CheckParameters, check } from '../../sdk/src/plonk/check/check.ts';
import { formatFailure } from '../../sdk/src/plonk/check/report.ts';
import { type ColumnValues, valueAt } from '../../sdk/src/plonk/columns/fixed.ts';
import { type HostChipWitness, viewWitness } from '../../sdk/src/plonk/keys/witness.ts';
import { PRIMES } from '../machine/chips/mutation-values.ts';
import { Random } from '../machine/lib/random.ts';
import { judged, naive } from './naive-check.ts';
import { DEFAULT_RUN, ENTRY, makeToy, type Toy, toyWitness } from './toy.ts';

describe('row checker: exact in the field', () => {
  let toy: Toy;
  let honest: CheckParameters;
  before(async () => {
    toy = await makeToy();
    const tables = [undefined, undefined, undefined, toy.program.table, toy.key.tables[4]];
    const witness = viewWitness(toy.engine, toyWitness(toy));
    const { statement } = DEFAULT_RUN;
    honest = { layout: toy.key.layout, tables, witness, entry: ENTRY, statement };
  });

  type Edit = readonly [chip: string, column: string, row: number, change: (cell: bigint) => bigint];

  function withEdits(edits: readonly Edit[]): CheckParameters {
    const chips = honest.layout.system.chips;
    const witness = honest.witness.map((one, j): HostChipWitness => {
      const columns = one.columns.map((column, i): ColumnValues => {
        const own = edits.filter(([c, name]) => c === chips[j]!.name && name === chips[j]!.main[i]!.name);
        if (own.length === 0) return column;
        const cells = Array.from({ length: 2 ** one.log }, (_, row) => valueAt(column, row));
        for (const [, , row, change] of own) cells[row] = Fr.from(change(cells[row]!));
        return cells;
      });
      return { ...one, columns };
    });
    return { ...honest, witness };
  }

  const VALUES: readonly ((random: Random, cell: bigint) => bigint)[] = [
    (_, cell) => cell + 1n,
    (_, cell) => -cell,
    (_, cell) => cell + PRIMES,
    (_, cell) => cell + Fr.inv(4n),
    (_, cell) => cell + (1n << 64n),
    (_, cell) => cell - 1n,
    () => -1n,
    () => 0n,
    () => 1n,
    () => Fr.inv(4n),
    () => FR_MODULUS >> 1n,
    (random) => BigInt(random.next()),
    (random) => Fr.mul(BigInt(random.next()), Fr.inv(BigInt(random.next()) | 1n)),
  ];

  it('names the rows, tuples and balances that BigInt finds, in 1,500 wrong witnesses', () => {
    assert.deepEqual(judged(honest), new Map());
    const { chips } = honest.layout.system;
    let [large, accepted] = [0, 0];
    for (let seed = 0; seed < 1500; seed++) {
      const random = new Random(seed);
      const edits = Array.from({ length: random.pick([1, 1, 2, 3]) }, (): Edit => {
        const chip = random.pick(chips);
        const row = random.below(2 ** honest.witness[chips.indexOf(chip)]!.log);
        const value = random.pick(VALUES);
        return [chip.name, random.pick(chip.main).name, row, (cell) => value(random, cell)];
      });
      const parameters = withEdits(edits);
      const [expected, found] = [naive(parameters), judged(parameters)];
      assert.deepEqual(found, expected, `seed ${seed}`);
      if ([...expected.keys()].some((key) => /\d{21}/.test(key))) large++;
      if (expected.size === 0) accepted++;
    }
    assert.ok(
      large > 100 && accepted > 50,
      `${large} with fields beyond 64 bits, ${accepted} without effect`,
    );
  });

  it('sees what is off by the product of two primes, in rows, tuples, multiplicities, statement', () => {
    const off = (cell: bigint): bigint => cell + PRIMES;
    for (const [edit, pattern] of [
      [['squares', 'x2', 2, off], /squares, row 2: "x2 is the square" does not hold/],
      [['io', 'word', 0, off], /INPUT\(index = 0, word = 4503/],
      [['exit', 'status', 0, off], /EXIT/],
      [['table', 'm', 3, off], /RANGE\(value = 3\) is sent 4503\d+ times more/],
    ] as const) {
      assert.match(
        check(withEdits([edit]))
          .failures.map(formatFailure)
          .join('\n'),
        pattern,
      );
    }
    const { statement } = honest;
    for (const lie of [
      { ...statement, status: statement.status + PRIMES },
      { ...statement, publicOutputs: [12n + PRIMES, ...statement.publicOutputs.slice(1)] },
    ]) {
      assert.equal(check({ ...honest, statement: lie }).failures.length, 2);
    }
  });

  it('tells words apart by both halves, and fields by their places', () => {
    const { statement } = honest;
    const status = (claimed: bigint, cell: bigint): number => {
      const { witness } = withEdits([['exit', 'status', 0, () => cell]]);
      return check({ ...honest, witness, statement: { ...statement, status: claimed } }).failures.length;
    };
    const words = [0n, 1n, 1n << 32n, (1n << 32n) + 1n, 1n << 63n];
    for (const claimed of words)
      for (const cell of words) assert.equal(status(claimed, cell), claimed === cell ? 0 : 2);
    const swapped = withEdits([
      ['exit', 'status', 0, () => ENTRY],
      ['exit', 'entry', 0, () => 0n],
    ]);
    assert.equal(check({ ...swapped, statement: { ...statement, status: 0n } }).failures.length, 2);
  });

  it('adds multiplicities in the field: two that cancel there hold, with fields and sums of any size', () => {
    const half = FR_MODULUS >> 1n;
    // The pair out is the pair in: any multiplicity of both cancels.
    for (const s1 of [-1n, half, 1n << 80n]) {
      const report = judged(
        withEdits([
          ['squares', 's1', 9, () => s1],
          ['squares', 'x2', 9, () => half],
        ]),
      );
      assert.ok(![...report.keys()].some((key) => key.startsWith('bus 2,')), `${s1}`);
    }
    // What is sent −1 times is received once more, and a table of r − 1 has one too few.
    const report = check(withEdits([['table', 'm', 30, () => -1n]]));
    assert.deepEqual(
      report.failures.map((f) => f.kind === 'bus' && f.balance),
      [-1n],
    );
  });

  it('refuses what no witness is: cells and words beyond the field, columns longer than the chip', () => {
    const { statement, witness } = honest;
    const cells = (column: ColumnValues): CheckParameters => {
      const columns = [column, ...witness[0]!.columns.slice(1)];
      return { ...honest, witness: [{ log: witness[0]!.log, columns }, ...witness.slice(1)] };
    };
    const x = Array.from({ length: 16 }, (_, row) => valueAt(witness[0]!.columns[0]!, row));
    assert.equal(check(cells(x)).ok, true);
    assert.throws(
      () => check(cells([x[0]! + FR_MODULUS, ...x.slice(1)])),
      /squares\.x: a cell is not in \[0, r\)/,
    );
    assert.throws(() => check(cells([...x, 0n])), /squares\.x: 17 cells in 2\^4 rows/);
    for (const status of [statement.status + FR_MODULUS, statement.status - FR_MODULUS, 1n << 64n]) {
      assert.throws(() => check({ ...honest, statement: { ...statement, status } }), {
        code: 'STATEMENT_INVALID',
      });
    }
  });
});
