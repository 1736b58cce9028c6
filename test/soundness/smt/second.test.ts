/** A second solver on the queries of the bounded run, and on siblings that are satisfiable since something is missing. */
import assert from 'node:assert/strict';
import { figure } from '../lib/report.ts';
import { allCases, ask, type Case, EFFORT } from './cases.ts';
import { isInShortRun, runSmt } from './report.ts';
import { runRoutines } from './routine-cases.ts';
import { Both, installSecond } from './second.ts';
import { Solver } from './solver.ts';

/** Every so many of the cases that the bounded run asks of z3. `npm run test:smt` asks all. */
const EACH = process.env['WATTEST_SOUNDNESS'] === 'full' ? 1 : 12;

describe('a second SMT solver', () => {
  const found = installSecond();
  before(function () {
    if ('folder' in found) return;
    figure(`SKIPPED, nothing was confirmed: ${found.missing}`);
    this.skip();
  });

  it('says what z3 says, of cases, of rows that exist, and of cases in which something is missing', async () => {
    assert.ok('folder' in found);
    const short = allCases().filter(isInShortRun);
    const chosen = new Set<string>(short.filter((_, i) => i % EACH === 0).map(nameOf));
    const { findings, failures, agreed, versions } = await runSmt({
      wanted: (one) => isInShortRun(one) && chosen.has(nameOf(one)),
      second: found,
    });
    assert.deepEqual(failures, []);
    const routines = await runRoutines({ wanted: ({ name }) => ROUTINES.includes(name), second: found });
    assert.deepEqual(routines.failures, []);
    const count = (verdict: 'sat' | 'unsat'): number => agreed![verdict] + routines.agreed![verdict];
    // Of each case, that it is unique, that there is one, and a sibling.
    assert.ok(agreed!.unsat >= findings.length && agreed!.sat >= 2 * findings.length);
    figure(
      `z3 and ${versions} agree on ${findings.length} cases and ${routines.findings.length} routines: ` +
        `${count('unsat')} times unsat, ${count('sat')} times sat (npm run test:smt asks all)`,
    );
  });

  it('would be heard if it said something else', async () => {
    await using z3 = await Solver.start();
    const lying = { check: () => Promise.resolve({ verdict: 'sat' as const, model: '', ms: 0 }) };
    const one = allCases().find(({ name }) => name === 'mov')!;
    const options = { effort: EFFORT, exists: false };
    assert.equal((await ask(z3, one, options)).answer.verdict, 'unsat');
    await assert.rejects(ask(new Both(z3, lying, 'a liar'), one, options), /z3 says unsat, a liar sat of/);
  });
});

const ROUTINES = ['i32.div_s', 'i64.shr_s', 'i32.clz', 'i64.lt_s and a branch'];
const nameOf = ({ decoding, pins, mode }: Case): string =>
  `${decoding.label} ${Object.values(pins).join()} ${mode}`;
