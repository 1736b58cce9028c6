// npm run test:soundness [-- --full | --losses]: the evidence that false statements are refused, in one report.
// --full proves every lie of the lying prover instead of a few, mutates more rows and values with all that follows, flips every byte
// of a real proof and proves the machine under a ceremony file that snarkjs makes (ten minutes of about an hour; WATTEST_PTAU names
// one of power 17 or more that is there already). --losses instead writes docs/losses.md: what notices the loss of each constraint
// and interaction.
import './lib/help.ts';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, runTool, toolPath } from './lib/tools.ts';
import type { MochaCounts } from './mocha-reporter.ts';

const PARTS: readonly (readonly [title: string, ...globs: string[]])[] = [
  ['Mutation of honest rows', 'test/machine/chips/mutation.test.ts'],
  ['Mutation with all that follows from it', 'test/machine/chips/mutation-repair.test.ts'],
  ['Forged rows of every opcode', 'test/machine/chips/forged.test.ts'],
  ['Images that break a rule', 'test/machine/verify-image/*.test.ts'],
  ['Cells of ctl, case by case', 'test/machine/chips/ctl-cases.test.ts'],
  ['Determinism of every chip', 'test/machine/chips/determinism.test.ts'],
  ['Each constraint and interaction, left out', 'test/soundness/losses/*.test.ts'],
  ['Specification, by SMT', 'test/soundness/smt*.test.ts', 'test/soundness/smt/**/*.test.ts'],
  ['A lying prover', 'test/soundness/lying-prover*.test.ts', 'test/plonk/dishonest.test.ts'],
  ['Bent proofs, keys, statements', 'test/soundness/parser.test.ts', 'test/plonk/tampered.test.ts'],
  [
    'Runs of several proofs',
    'test/plonk/shards.test.ts',
    'test/machine/shards.test.ts',
    'test/attest/shards.test.ts',
  ],
  ['The same on chain', 'test/soundness/contract.test.ts'],
  [
    'Proofs about other proofs: rows, relations, programs, wraps',
    'test/recursion/*.test.ts',
    'test/plonk/recursion.test.ts',
  ],
  ['Key and contract against the declarations', 'test/soundness/declarations.test.ts'],
  ['What broke other systems', 'test/soundness/checklist.test.ts', 'test/soundness/document.test.ts'],
  ['SRS of another tool', 'test/kzg/ptau.test.ts', 'test/kzg/ceremon*.test.ts'],
  [
    'Transcript, item by item',
    'test/transcript/transcript.test.ts',
    'test/plonk/honest.test.ts',
    'test/chain/transcript.test.ts',
  ],
  ['Zero knowledge', 'test/plonk/zero-knowledge*.test.ts', 'test/soundness/zero-knowledge*.test.ts'],
];

const { full, losses } = parseArgs({
  options: { full: { type: 'boolean', default: false }, losses: { type: 'boolean', default: false } },
}).values;
if (losses) {
  const { code } = await runTool(join(ROOT, 'scripts/soundness-losses.ts'), [], { show: true });
  process.exit(code);
}
const scratch = mkdtempSync(join(tmpdir(), 'wattest-soundness-'));
const lines: string[] = [];
let failed = 0;
try {
  for (const [title, ...globs] of PARTS) {
    const files = globs.flatMap((glob) => globSync(glob, { cwd: ROOT }));
    if (files.length === 0) continue;
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
    let result: MochaCounts = { passed: 0, failed: 1, skipped: 0 };
    try {
      result = JSON.parse(readFileSync(counts, 'utf8')) as MochaCounts;
    } catch {
      // Mocha ended before it could count; its output says why.
    }
    if (code !== 0 || result.failed > 0) {
      failed++;
      console.log(output.trimEnd());
    }
    const line = `${code === 0 ? '✔' : '✘'} ${title}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`;
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
