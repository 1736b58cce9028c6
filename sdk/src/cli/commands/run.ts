import type { Command } from 'commander';
import { identify } from '../../attest/identify.ts';
import { excessRows } from '../../attest/prove.ts';
import { type RunResult, run } from '../../attest/run.ts';
import { readBytes } from '../files.ts';
import { formatEnding, formatRows, formatWords, statusJson, textOf } from '../format.ts';
import {
  inputsOf,
  printJson,
  printTable,
  type RunFlags,
  type TableValue,
  warn,
  withRunOptions,
} from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';
import { sourceMapFor } from '../source-map.ts';
import { grouped } from '../tables.ts';

type Flags = RunFlags & SessionFlags;

/** `wattest run`: executes in the emulator, proves nothing. */
export function registerRun(program: Command): void {
  withSessionOptions(
    withRunOptions(program.command('run').description('run a program in the emulator')),
  ).action(runCommand);
}

async function runCommand(file: string, flags: Flags): Promise<void> {
  const wasm = await readBytes(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap });
  const result = run({
    wasm,
    ...(sourceMap === undefined ? {} : { sourceMap }),
    ...(await inputsOf(flags)),
    onDebug: (word) => process.stderr.write(`wasm_dbg: ${word}\n`),
    onStderr: (bytes) => process.stderr.write(bytes),
  });
  for (const message of result.warnings) warn(message);
  if (flags.json !== true && result.stdout !== undefined) process.stdout.write(result.stdout);
  const { programId } = await withSession(flags, ({ session }) => {
    const excess = excessRows(session.provingKey, ({ chip }) => logOfRows(result, chip.name));
    if (excess !== undefined) {
      warn(
        `a proof of this run needs more rows than ${excess.text} (--max-log); \`wattest profile\` says where they come from`,
      );
    }
    return identify(session, result.program);
  });
  if (flags.json === true) printJson(toJson(result, programId));
  else print(result, programId);
  const { kind, code } = result.status;
  if (kind === 'trapped') process.exitCode = 1;
  // As a real program ends: the low 8 bits, never 0 for a code that is not.
  if (kind === 'exited') process.exitCode = code & 0xff || 1;
}

/** log2 of the height that a chip needs for the rows of a run; undefined for chips without instructions. */
function logOfRows({ rows }: RunResult, chip: string): number | undefined {
  const count = Object.entries(rows).find(([name]) => name === chip)?.[1];
  return count === undefined ? undefined : Math.ceil(Math.log2(Math.max(1, count)));
}

/** The object of `run --json`; words are unsigned decimal strings. */
function toJson(result: RunResult, programId: string): Record<string, unknown> {
  return {
    ...statusJson(result.status, result.trapAt),
    results: result.results,
    outputs: result.outputs,
    ...(result.stdout === undefined ? {} : { stdout: textOf(result.stdout) }),
    programId,
    instructions: result.instructions,
    rows: result.rows,
  };
}

/** Of a WASI program standard output belongs to the program, so the table goes to standard error. */
function print(result: RunResult, programId: string): void {
  const { status, trapAt, stdout } = result;
  const rows: (readonly [string, TableValue])[] = [
    ['status', formatEnding(status.text, trapAt)],
    ['results', formatWords(result.results, result.program.entryType.results)],
    [
      'outputs',
      stdout === undefined
        ? formatWords(result.outputs)
        : `${grouped(stdout.length)} bytes of standard output`,
    ],
    ['instructions', grouped(result.instructions)],
    ['rows', formatRows(result.rows)],
    ['program id', programId],
  ];
  printTable(rows, stdout === undefined ? process.stdout : process.stderr);
}
