// npm test: every check of the project, several at a time, with one line of counts at the end.
//   node scripts/test.ts                  everything
//   node scripts/test.ts kzg plonk        only the tests of test/kzg and test/plonk
//   node scripts/test.ts --only lint      only one static check: types, lint or format
//   node scripts/test.ts --suite          everything, and all of the official WebAssembly test suite through the row checker, as CI does
//   node scripts/test.ts --jobs 1         one after the other, shown as it goes; else one more than there are cores, if memory allows
//   node scripts/test.ts --times FILE     and what each test took, the longest first, into this file
import './lib/help.ts';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RUN_CACHE } from './lib/run-cache.ts';
import { type Area, summary, table } from './lib/times.ts';
import { ROOT, runTool, type ToolRun, toolPath } from './lib/tools.ts';
import type { MochaCounts } from './mocha-reporter.ts';

/** A mocha process that has reported and does not end keeps a worker, a socket or a timer open. */
const EXIT_GRACE_MS = 60_000;
/** Longer than mocha's limit for one test (.mocharc.json), so that a hang usually has the name of its test. */
const SILENCE_LIMIT_MS = 20 * 60_000;
/** What the process of an area and its children hold at most. */
const MEMORY_PER_JOB = 4 * 2 ** 30;

/** These take longest by the clock: they are begun first, so that none is left alone at the end, and those that mostly wait beside one that computes. */
const LONG = [
  ...['cli', 'queue', 'browser', 'machine', 'soundness', 'attest', 'structure'],
  ...['e2e', 'recursion', 'suite', 'advice', 'independent', 'chain', 'docs', 'hardhat', 'contracts'],
];
/** What these test is not to come from where others have left it. */
const WITHOUT_RUN_CACHE: ReadonlySet<string> = new Set(['solidity']);
/** More areas than cores at a time: workers that were killed and pages that load are waited for, and the cores would be idle meanwhile. */
const WAITING = 1;

interface Check {
  readonly kind: 'types' | 'lint' | 'format';
  readonly name: string;
  readonly run: () => Promise<ToolRun>;
}

const solidity = globSync('contracts/**/*.sol', { cwd: ROOT });
const nothingToDo: ToolRun = { code: 0, output: '' };

const CHECKS: readonly Check[] = [
  { kind: 'types', name: 'types (tsc)', run: () => runTool(toolPath('typescript', 'tsc'), ['--noEmit']) },
  {
    kind: 'types',
    name: 'types of pages (tsc)',
    run: () => runTool(toolPath('typescript', 'tsc'), ['-p', 'tsconfig.pages.json']),
  },
  {
    kind: 'lint',
    name: 'lint (biome)',
    run: () => runTool(toolPath('@biomejs/biome', 'biome'), ['lint', '--error-on-warnings', '.']),
  },
  {
    kind: 'lint',
    name: 'lint (oxlint, with types)',
    run: () => runTool(toolPath('oxlint'), ['--type-aware', '--deny-warnings']),
  },
  {
    kind: 'lint',
    name: 'lint (solhint)',
    run: async () =>
      solidity.length === 0
        ? nothingToDo
        : runTool(toolPath('solhint'), ['--noPoster', '--disc', '--max-warnings', '0', 'contracts/**/*.sol']),
  },
  {
    kind: 'format',
    name: 'format (biome)',
    run: () =>
      runTool(toolPath('@biomejs/biome', 'biome'), [
        'check',
        '--linter-enabled=false',
        '--error-on-warnings',
        '.',
      ]),
  },
  {
    kind: 'format',
    name: 'format (prettier, Solidity)',
    run: async () =>
      solidity.length === 0 ? nothingToDo : runTool(toolPath('prettier'), ['--check', 'contracts/**/*.sol']),
  },
];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const areasTaken: Area[] = [];

function count(name: string, counts: Readonly<Counts>): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (counts.failed > 0) failures.push(`${name}: ${counts.failed} failed`);
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

async function runCheck(check: Check): Promise<void> {
  const started = performance.now();
  const { code, output } = await check.run();
  console.log(`${code === 0 ? '✔' : '✘'} ${check.name} (${seconds(started)})`);
  if (code !== 0) console.log(output.trimEnd());
  count(check.name, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
}

function usage(message: string): never {
  process.stderr.write(`npm test: ${message}\n`);
  process.exit(2);
}

/** The folders of test/ that hold tests: those that take long first, then those that are quick to tell of a fault. */
function testAreas(wanted: readonly string[]): string[] {
  const files = globSync('test/*/**/*.test.ts', { cwd: ROOT });
  const areas = [...new Set(files.map((file) => file.split(/[\\/]/)[1]!))];
  for (const name of wanted) {
    if (!areas.includes(name)) usage(`test/${name} has no *.test.ts; there are: ${areas.join(', ')}`);
  }
  const rank = (area: string): number => (LONG.includes(area) ? LONG.indexOf(area) : LONG.length);
  return areas
    .filter((area) => wanted.length === 0 || wanted.includes(area))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** One mocha process per area, so that a crash, a leak or a hang is one area's and has its name. */
async function runArea(area: string, scratch: string, show: boolean): Promise<void> {
  console.log(show ? `\n── test/${area}` : `▸ test/${area}`);
  const started = performance.now();
  const countsFile = join(scratch, `${area}.json`);
  const once = WITHOUT_RUN_CACHE.has(area) ? undefined : join(scratch, 'made');
  let reportedAt: number | undefined;
  const { code, output } = await runTool(
    toolPath('mocha'),
    [
      ...(process.stdout.isTTY ? ['--color'] : []),
      ...(once === undefined ? [] : ['--require', join(ROOT, 'scripts/lib/solc-in-run.ts')]),
      ...['--reporter', join(ROOT, 'scripts/mocha-reporter.ts'), `test/${area}/**/*.test.ts`],
    ],
    {
      show,
      env: { WATTEST_TEST_COUNTS: countsFile, ...(once === undefined ? {} : { [RUN_CACHE]: once }) },
      shouldKill: (elapsed, silent) => {
        if (reportedAt === undefined && existsSync(countsFile)) reportedAt = elapsed;
        return reportedAt === undefined ? silent > SILENCE_LIMIT_MS : elapsed > reportedAt + EXIT_GRACE_MS;
      },
    },
  );
  if (!show) console.log(`\n── test/${area}\n${output.trimEnd()}\n`);
  const name = `test/${area} (${seconds(started)})`;
  if (!existsSync(countsFile)) {
    console.log(`✘ ${name}: mocha ended with code ${code} before it could count`);
    count(name, { passed: 0, failed: 1, skipped: 0 });
    return;
  }
  const counts = JSON.parse(readFileSync(countsFile, 'utf8')) as MochaCounts;
  count(name, counts);
  areasTaken.push({ area, wall: (performance.now() - started) / 1000, taken: counts.taken });
  if (counts.failed === 0 && code !== 0) {
    const reason =
      code === 137 ? 'did not exit after its tests: something is left open' : `exited with ${code}`;
    console.log(`✘ ${name}: ${reason}`);
    count(`${name}, ${reason}`, { passed: 0, failed: 1, skipped: 0 });
  }
}

/** Begins the work in this order, `jobs` at a time. */
async function several(work: readonly (() => Promise<void>)[], jobs: number): Promise<void> {
  const left = [...work];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
  };
  await Promise.all(Array.from({ length: jobs }, lane));
}

const {
  values: { only, jobs: wantedJobs, times, suite },
  positionals: areas,
} = parseArgs({
  options: {
    only: { type: 'string' },
    jobs: { type: 'string' },
    times: { type: 'string' },
    suite: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (only !== undefined && !CHECKS.some((check) => check.kind === only)) {
  usage('--only takes types, lint or format');
}
if (only !== undefined && areas.length > 0) usage('--only takes no areas');
if (suite && only !== undefined) usage('--only takes no --suite');
if (wantedJobs !== undefined && !/^[1-9]\d{0,2}$/.test(wantedJobs)) usage('--jobs takes a number from 1');
if (suite) process.env.WATTEST_WHOLE_SUITE = '1';
const checks = areas.length > 0 ? [] : CHECKS.filter(({ kind }) => only === undefined || kind === only);
const wantedAreas = only === undefined ? testAreas(areas) : [];
const room = Math.max(1, Math.min(availableParallelism() + WAITING, Math.floor(totalmem() / MEMORY_PER_JOB)));
const jobs = Math.min(
  wantedJobs === undefined ? room : Number(wantedJobs),
  Math.max(1, checks.length + wantedAreas.length),
);

const begun = performance.now();
const scratch = mkdtempSync(join(tmpdir(), 'wattest-test-'));
// What one process has compiled, TypeScript without its types included, the next ones read: every area and most children import the same.
process.env.NODE_COMPILE_CACHE ??= join(scratch, 'code');
mkdirSync(join(scratch, 'made'));
try {
  await several(
    [
      ...checks.map((check) => () => runCheck(check)),
      ...wantedAreas.map((area) => () => runArea(area, scratch, jobs === 1)),
    ],
    jobs,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

if (areasTaken.length > 1) console.log(`\n${summary(areasTaken)}`);
if (times !== undefined) writeFileSync(times, table(areasTaken));
if (total.skipped > 0) console.log(`\n${total.skipped} skipped`);
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);
console.log(`\nIn ${seconds(begun)}, ${jobs} at a time`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
