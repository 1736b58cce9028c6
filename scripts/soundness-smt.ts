// npm run test:smt: every query on the determinism of the instruction chips and the table of results, then the instructions of
// WebAssembly that several rows do.
//   node scripts/soundness-smt.ts                everything (minutes)
//   node scripts/soundness-smt.ts --short        what the test suite asks
//   node scripts/soundness-smt.ts 'wide divu'    cases whose description matches the regular expression
import './lib/help.ts';
import { describeCase, isInShortRun, runSmt, tableOf } from '../test/soundness/smt/report.ts';
import { runRoutines } from '../test/soundness/smt/routine-cases.ts';

const [argument] = process.argv.slice(2);
const pattern = argument === undefined || argument === '--short' ? undefined : new RegExp(argument);
const started = performance.now();
let next = 30_000;
const report = await runSmt(
  (one) => (argument === '--short' ? isInShortRun(one) : (pattern?.test(describeCase(one)) ?? true)),
  (done, of) => {
    if (performance.now() - started < next) return;
    next += 30_000;
    console.error(`${done} of ${of}`);
  },
);
console.log(tableOf(report));
for (const failure of report.failures) console.log(`✘ ${failure}`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const { length } = report.findings;
console.log(
  `${length} cases, each with a query whether its outputs may differ and one whether the row exists: ` +
    `${length - report.failures.length} deterministic, ${report.failures.length} failures (${seconds} s)`,
);

const routines = await runRoutines(({ name, short }) =>
  argument === '--short' ? short : (pattern?.test(name) ?? true),
);
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
const failures = report.failures.length + routines.failures.length;
process.exitCode = failures === 0 && length + asked > 0 ? 0 : 1;
