// npm test: every check of the project, one after the other, with one line of counts at the end.
//   node scripts/test.ts                  everything
//   node scripts/test.ts kzg plonk        only the tests of test/kzg and test/plonk
//   node scripts/test.ts --only lint      only one static check: types, lint or format
import './lib/help.ts';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runTool, type ToolRun, toolPath } from './lib/tools.ts';
import type { MochaCounts } from './mocha-reporter.ts';

/** A mocha process that has reported and does not end keeps a worker, a socket or a timer open. */
const EXIT_GRACE_MS = 20_000;
const AREA_LIMIT_MS = 15 * 60_000;

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

function count(name: string, counts: MochaCounts): void {
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

/** The folders of test/ that hold tests: the structure first, for it is quick, the end-to-end runs last. */
function testAreas(wanted: readonly string[]): string[] {
  const files = globSync('test/*/**/*.test.ts', { cwd: ROOT });
  const areas = [...new Set(files.map((file) => file.split(/[\\/]/)[1]!))];
  for (const name of wanted) {
    if (!areas.includes(name)) usage(`test/${name} has no *.test.ts; there are: ${areas.join(', ')}`);
  }
  const rank = (area: string): number => (area === 'structure' ? 0 : area === 'e2e' ? 2 : 1);
  return areas
    .filter((area) => wanted.length === 0 || wanted.includes(area))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** One mocha process per area, so that a crash, a leak or a hang is one area's and has its name. */
async function runArea(area: string, scratch: string): Promise<void> {
  console.log(`\n── test/${area}`);
  const started = performance.now();
  const countsFile = join(scratch, `${area}.json`);
  let reportedAt: number | undefined;
  const { code } = await runTool(
    toolPath('mocha'),
    ['--reporter', join(ROOT, 'scripts/mocha-reporter.ts'), `test/${area}/**/*.test.ts`],
    {
      show: true,
      env: { WATTEST_TEST_COUNTS: countsFile },
      shouldKill: (elapsed) => {
        if (reportedAt === undefined && existsSync(countsFile)) reportedAt = elapsed;
        return elapsed > (reportedAt === undefined ? AREA_LIMIT_MS : reportedAt + EXIT_GRACE_MS);
      },
    },
  );
  const name = `test/${area} (${seconds(started)})`;
  if (!existsSync(countsFile)) {
    console.log(`✘ ${name}: mocha ended with code ${code} before it could count`);
    count(name, { passed: 0, failed: 1, skipped: 0 });
    return;
  }
  const counts = JSON.parse(readFileSync(countsFile, 'utf8')) as MochaCounts;
  count(name, counts);
  if (counts.failed === 0 && code !== 0) {
    const reason =
      code === 137 ? 'did not exit after its tests: something is left open' : `exited with ${code}`;
    console.log(`✘ ${name}: ${reason}`);
    count(`${name}, ${reason}`, { passed: 0, failed: 1, skipped: 0 });
  }
}

const args = process.argv.slice(2);
const only = args[0] === '--only' ? args[1] : undefined;
if (args[0] === '--only' && !CHECKS.some((check) => check.kind === only)) {
  usage('--only takes types, lint or format');
}
const wantedAreas = only === undefined ? args : [];

if (wantedAreas.length === 0) {
  for (const check of CHECKS) if (only === undefined || check.kind === only) await runCheck(check);
}
if (only === undefined) {
  const scratch = mkdtempSync(join(tmpdir(), 'wattest-test-'));
  try {
    for (const area of testAreas(wantedAreas)) await runArea(area, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (total.skipped > 0) console.log(`\n${total.skipped} skipped`);
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
