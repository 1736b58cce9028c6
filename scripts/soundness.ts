// npm run test:soundness [-- --full | --part TEXT | --losses]: the evidence that false statements are refused, in one report.
// --part runs the parts whose title has TEXT in it, in capitals or not.
// --full proves every lie of the lying prover instead of a few, mutates more rows and values with all that follows, flips every byte
// of a real proof and proves the machine under a ceremony file that snarkjs makes (ten minutes of about an hour; WATTEST_PTAU names
// one of power 17 or more that is there already). --losses instead writes docs/losses.md: what notices the loss of each constraint
// and interaction.
import './lib/help.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soundnessParts } from './lib/soundness-parts.ts';
import { ROOT, runTool, toolPath } from './lib/tools.ts';
import type { MochaCounts } from './mocha-reporter.ts';

const { full, losses, part } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    losses: { type: 'boolean', default: false },
    part: { type: 'string', default: '' },
  },
}).values;
if (losses) {
  const { code } = await runTool(join(ROOT, 'scripts/soundness-losses.ts'), [], { show: true });
  process.exit(code);
}
const parts = soundnessParts().filter(({ title }) => title.toLowerCase().includes(part.toLowerCase()));
if (parts.length === 0) {
  const titles = soundnessParts().map(({ title }) => `  ${title}\n`);
  process.stderr.write(`--part ${part}: no part has that in its title; there are\n${titles.join('')}`);
  process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), 'wattest-soundness-'));
const lines: string[] = [];
let failed = 0;
try {
  for (const { title, files } of parts) {
    const [counts, figures] = [join(scratch, 'counts.json'), join(scratch, 'figures.txt')];
    writeFileSync(figures, '');
    rmSync(counts, { force: true });
    const started = performance.now();
    const env = {
      WATTEST_TEST_COUNTS: counts,
      WATTEST_FIGURES: figures,
      ...(full ? { WATTEST_SOUNDNESS: 'full' } : {}),
    };
    const args = ['--exit', '--reporter', join(ROOT, 'scripts/mocha-reporter.ts'), ...files];
    const { code, output } = await runTool(toolPath('mocha'), args, { env });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    let result: MochaCounts = { passed: 0, failed: 1, skipped: 0, taken: [] };
    try {
      result = JSON.parse(readFileSync(counts, 'utf8')) as MochaCounts;
    } catch {
      // Mocha ended before it could count; its output says why.
    }
    if (code !== 0 || result.failed > 0) {
      failed++;
      console.log(output.trimEnd());
    }
    const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
    const line = `${code === 0 ? '✔' : '✘'} ${title}: ${result.passed} passed, ${result.failed} failed${skipped} (${seconds} s)`;
    lines.push(
      line,
      ...readFileSync(figures, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((text) => `    ${text}`),
    );
    console.log(line);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\nSoundness report${full ? ', in full' : ''}\n\n${lines.join('\n')}`);
process.exitCode = failed === 0 ? 0 : 1;
