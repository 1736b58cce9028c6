// npm run test:smt: every query on the determinism of the instruction chips, and the table of results.
//   node scripts/soundness-smt.ts                everything (minutes)
//   node scripts/soundness-smt.ts --short        what the test suite asks
//   node scripts/soundness-smt.ts 'wide divu'    cases whose description matches the regular expression
import './lib/help.ts';
import { describeCase, isInShortRun, runSmt, tableOf } from '../test/soundness/smt/report.ts';

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
process.exitCode = report.failures.length === 0 && length > 0 ? 0 : 1;
