import assert from 'node:assert/strict';
import { check } from '../../sdk/src/plonk/check/check.ts';
import { type CheckReport, formatFailure } from '../../sdk/src/plonk/check/report.ts';
import { viewWitness } from '../../sdk/src/plonk/keys/witness.ts';
import { DEFAULT_RUN, ENTRY, makeToy, type Toy, type ToyRun, toyWitness } from './toy.ts';

describe('row checker', () => {
  let toy: Toy;
  before(async () => {
    toy = await makeToy();
  });

  function run(change: Partial<ToyRun>): CheckReport {
    const toyRun = { ...DEFAULT_RUN, ...change };
    const witness = viewWitness(toy.engine, toyWitness(toy, toyRun));
    const tables = toy.key.tables.map((table, j) =>
      toy.key.layout.chips[j]!.chip.name === 'image' ? toy.program.table : table,
    );
    return check({
      layout: toy.key.layout,
      tables,
      witness,
      entry: ENTRY,
      statement: toyRun.statement,
      locate: (chip, row) => (chip === 'squares' ? `main+0x${row.toString(16)}` : undefined),
    });
  }
  const text = (report: CheckReport): string => report.failures.map(formatFailure).join('\n');

  it('passes an honest trace', () => {
    const report = run({});
    assert.equal(text(report), '');
    assert.equal(report.ok, true);
    assert.equal(report.rows, 16 + 8 + 8 + 8 + 32);
  });

  it('names chip, constraint, row, place and cells of a false row', () => {
    const report = run({ cells: { squares: [['x2', 2, 10n]] } });
    assert.equal(report.failures.length, 1);
    assert.equal(
      text(report),
      'squares, row 2 (main+0x2): "x2 is the square" does not hold\n' +
        '  (s1 + s2)·(x·x − x2) = −1, with x = 3, x2 = 10, s1 = 0, s2 = 1',
    );
  });

  it('names an unbalanced tuple, its fields and who sent or received it', () => {
    const report = run({ cells: { io: [['word', 1, 6n]] } });
    assert.deepEqual(
      report.failures.map((failure) => failure.kind === 'bus' && [failure.tag, failure.balance]),
      [
        ['INPUT', -1n],
        ['INPUT', 1n],
        ['OUTPUT', 1n],
        ['OUTPUT', -1n],
      ],
    );
    assert.match(
      text(report),
      /INPUT\(index = 1, word = 6\) is received 1 times more than sent\n {2}received by io, row 1, "input"/,
    );
    assert.match(
      text(report),
      /OUTPUT\(index = 1, word = 5000000000000\) .*\n {2}received by the statement \(output\[1\]\)/,
    );
  });

  it('counts multiplicities of tables', () => {
    const report = run({ cells: { table: [['m', 3, 7n]] } });
    assert.equal(report.failures.length, 1);
    assert.match(
      text(report),
      /RANGE\(value = 3\) is sent 5 times more than received\n {2}received by squares, row 2/,
    );
    assert.match(text(report), /sent 7× by table, row 3/);
  });

  it('finds a wrong status and a missing output', () => {
    const { statement } = DEFAULT_RUN;
    const witness = toyWitness(toy);
    const tables = [undefined, undefined, undefined, toy.program.table, toy.key.tables[4]];
    const common = {
      layout: toy.key.layout,
      tables,
      witness: viewWitness(toy.engine, witness),
      entry: ENTRY,
    };
    const status = check({ ...common, statement: { ...statement, status: 0n } });
    assert.match(text(status), /EXIT\(entry = 77, status = 4294967305\) is received/);
    const missing = check({ ...common, statement: { ...statement, publicOutputs: [12n] } });
    assert.deepEqual(missing.failures.length, 1);
    const entry = check({ ...common, entry: 78n, statement });
    assert.match(text(entry), /EXIT\(entry = 78, /);
  });

  it('describes a few rows of a constraint and counts the rest', () => {
    const xs = Array.from({ length: 16 }, () => 3);
    const report = run({ xs, cells: { squares: xs.map((_, row) => ['x2', row, 0n] as const) } });
    assert.equal(report.failures.length, 3);
    assert.equal(report.more, 13);
    assert.equal(report.ok, false);
  });
});
