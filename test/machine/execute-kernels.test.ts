/** Ten compiled C kernels: results as the JavaScript engine's, rows per instruction, and a trace that holds together. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, trace } from '../../sdk/src/machine/execute/execute.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import { decodeModule, validateModule } from '../../sdk/src/wasm/index.ts';
import { checkTrace } from './lib/check-trace.ts';

/** Name, argument, and executed instructions at -O2 and -Os as an interpreter of the structured code counts them. */
const KERNELS: readonly (readonly [string, number, number, number])[] = [
  ['sha256', 16, 140_593, 140_593],
  ['keccak', 6, 154_864, 426_310],
  ['qsort_', 3000, 1_237_598, 1_245_088],
  ['fib', 19, 142_051, 142_051],
  ['json', 60, 184_228, 236_815],
  ['crc', 20_000, 475_886, 579_434],
  ['bigmul', 120, 146_700, 308_462],
  ['matmul', 20, 167_205, 200_797],
  ['sieve', 12_000, 525_424, 651_406],
  ['hashmap', 3000, 348_490, 497_946],
];

for (const level of ['O2', 'Os'] as const) {
  describe(`compiled kernels at -${level}`, () => {
    const bytes = readFileSync(join(import.meta.dirname, `fixtures/kernels.${level}.wasm`));
    const module = decodeModule(bytes);
    validateModule(module);
    const ratios: string[] = [];
    for (const [name, argument, countO2, countOs] of KERNELS) {
      it(`${name}(${argument})`, async () => {
        const { instance } = await WebAssembly.instantiate(bytes);
        const reference = (instance.exports[name] as (n: number) => number | bigint)(argument);
        const program = translate(module, { entry: name });
        const bits = program.entryType.results[0] === 'i32' ? 32 : 64;
        const run = execute(program, { args: [BigInt(argument)] });
        assert.deepEqual(run.results, [BigInt.asUintN(bits, BigInt(reference))]);
        assert.equal(run.instructions, level === 'O2' ? countO2 : countOs);
        const rows = Object.values(run.rows).reduce((sum, count) => sum + count, 0);
        const ratio = rows / run.instructions;
        ratios.push(`${name} ${ratio.toFixed(3)}`);
        assert.ok(ratio < 0.62, `${ratio} rows per instruction`);
      });
      it(`${name}: trace`, () => {
        const program = translate(module, { entry: name });
        // Smaller, so that the check stays quick; still with refreshed cells.
        const args = [BigInt(Math.ceil(argument / 8))];
        const run = execute(program, { args });
        const traced = trace(program, { args });
        assert.deepEqual(traced.execution, run);
        for (const [chip, count] of Object.entries(run.rows)) {
          assert.equal(traced.chips[chip as keyof typeof run.rows].rows, count);
        }
        checkTrace(program, traced);
      });
    }
    after(() => console.log(`    rows per instruction: ${ratios.join(', ')}`));
  });
}
