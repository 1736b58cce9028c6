// npm run test:smt: every query on the determinism of the instruction chips and the table of results, then the instructions of
// WebAssembly that several rows do, then the bounds of relations of the recursion machine. z3 answers, and Bitwuzla or cvc5 has to say the same (pip installs them the first time).
//   node scripts/soundness-smt.ts                everything (minutes)
//   node scripts/soundness-smt.ts --short        what the test suite asks
//   node scripts/soundness-smt.ts 'wide divu'    cases whose description matches the regular expression
//   node scripts/soundness-smt.ts --z3           z3 alone
//   node scripts/soundness-smt.ts --print DIR    writes the queries as SMT-LIB 2, with the verdict that each must have, instead
import './lib/help.ts';
import { parseArgs } from 'node:util';
import { describeCase } from '../test/soundness/smt/cases.ts';
import { printQueries } from '../test/soundness/smt/print.ts';
import { askRelations, isShortRelation } from '../test/soundness/smt/relation.ts';
import { isInShortRun, runSmt, tableOf } from '../test/soundness/smt/report.ts';
import { runRoutines } from '../test/soundness/smt/routine-cases.ts';
import { Both, installSecond } from '../test/soundness/smt/second.ts';
import { Solver } from '../test/soundness/smt/solver.ts';

const { values, positionals } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    z3: { type: 'boolean', default: false },
    print: { type: 'string' },
  },
  allowPositionals: true,
});
const { short } = values;
const pattern = positionals[0] === undefined ? undefined : new RegExp(positionals[0]);
const isWanted = (name: string, isShort: boolean): boolean =>
  short ? isShort : (pattern?.test(name) ?? true);

/** The second solver; where it is missing, the run fails unless it was not asked for. */
function secondSolver(): { readonly folder: string } | undefined {
  if (values.z3) return undefined;
  const found = installSecond();
  if ('folder' in found) return found;
  console.error(`✘ ${found.missing}; --z3 asks z3 alone`);
  process.exit(1);
}

if (values.print === undefined) await answer();
else {
  const written = await printQueries(values.print, {
    row: (one) => isWanted(describeCase(one), isInShortRun(one)),
    routine: ({ name, short: isShort }) => isWanted(name, isShort),
  });
  console.log(`${written} queries written to ${values.print}`);
}

async function answer(): Promise<void> {
  const second = secondSolver();
  const started = performance.now();
  let next = 30_000;
  const report = await runSmt({
    wanted: (one) => isWanted(describeCase(one), isInShortRun(one)),
    progress: (done, of) => {
      if (performance.now() - started < next) return;
      next += 30_000;
      console.error(`${done} of ${of}`);
    },
    second,
  });
  console.log(tableOf(report));
  for (const failure of report.failures) console.log(`✘ ${failure}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { length } = report.findings;
  console.log(
    `${length} cases, each with a query whether its outputs may differ and one whether the row exists: ` +
      `${length - report.failures.length} deterministic, ${report.failures.length} failures (${seconds} s)`,
  );

  const routines = await runRoutines({
    wanted: ({ name, short: isShort }) => isWanted(name, isShort),
    second,
  });
  const asked = routines.findings.length;
  if (asked > 0) {
    const [longest] = routines.findings.toSorted((one, other) => other.answer.ms - one.answer.ms);
    const paths = routines.findings.reduce((sum, finding) => sum + finding.paths, 0);
    for (const failure of routines.failures) console.log(`✘ ${failure}`);
    console.log(
      `${asked} instructions of several rows, on ${paths} paths: ${routines.failures.length} failures ` +
        `(slowest ${longest!.case.name}, ${longest!.answer.ms.toFixed(0)} ms)`,
    );
  }
  await using solver = second === undefined ? await Solver.start() : await Both.start(second);
  const relations = await askRelations(solver, { wanted: (name) => isWanted(name, isShortRelation(name)) });
  if (relations.asked > 0) {
    for (const failure of relations.failures) console.log(`✘ relation, ${failure}`);
    console.log(`${relations.asked} queries on bounds of relations: ${relations.failures.length} failures`);
  }
  if (report.agreed !== undefined && routines.agreed !== undefined && solver instanceof Both) {
    const both = (['unsat', 'sat'] as const).map((verdict) => {
      return `${report.agreed![verdict] + routines.agreed![verdict] + solver.agreed[verdict]} times ${verdict}`;
    });
    console.log(`z3 and ${report.versions} agree: ${both.join(', ')}`);
  }
  const failures = report.failures.length + routines.failures.length + relations.failures.length;
  process.exitCode = failures === 0 && length + asked + relations.asked > 0 ? 0 : 1;
}
