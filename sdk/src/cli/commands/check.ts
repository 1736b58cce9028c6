import type { Command } from 'commander';
import { check } from '../../attest/inspect/check.ts';
import { printable } from '../../errors/index.ts';
import { readModule } from '../files.ts';
import { formatEnding, formatRows, statusJson, warnOfFailure } from '../format.ts';
import { inputsOf, printJson, printTable, type RunFlags, warn, withRunOptions } from '../options.ts';
import { whileRunning } from '../running.ts';
import { sourceMapFor } from '../source-map.ts';
import { grouped } from '../tables.ts';
import { targetOf } from '../typed.ts';

/** `wattest check`: runs, then checks every row against every constraint, and the whole bus. */
export function registerCheck(program: Command): void {
  withRunOptions(program.command('check')).action(checkCommand);
}

export async function checkCommand(named: string, given: RunFlags): Promise<void> {
  const { file, flags } = await targetOf(named, given);
  const wasm = await readModule(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap });
  const inputs = await inputsOf(flags, wasm);
  const result = await whileRunning((running) =>
    check({ wasm, ...inputs, ...running, ...(sourceMap === undefined ? {} : { sourceMap: sourceMap.json }) }),
  );
  for (const message of result.warnings) warn(message);
  warnOfFailure(result.status);
  if (flags.json === true) {
    const { ok, failures, status, trapAt, instructions, rows, tuples } = result;
    printJson({
      ok,
      failures,
      ...statusJson(status, trapAt),
      instructions,
      rows,
      tuples,
    });
  } else {
    for (const line of result.failures.flatMap((failure) => failure.split('\n'))) {
      process.stdout.write(`${printable(line)}\n`);
    }
    printTable([
      [
        'result',
        result.ok ? 'every constraint holds and the bus balances' : `${result.failures.length} failures`,
      ],
      ['status', formatEnding(result.status.text, result.trapAt)],
      ['instructions', grouped(result.instructions)],
      ['rows', formatRows(result.rows)],
    ]);
  }
  if (!result.ok) process.exitCode = 1;
}
