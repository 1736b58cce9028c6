import type { Command } from 'commander';
import { formatFloat } from '../../attest/floats.ts';
import { identify } from '../../attest/identify.ts';
import { excessRows } from '../../attest/prove.ts';
import { type RunResult, run } from '../../attest/run.ts';
import type { NumberType } from '../../wasm/types.ts';
import { readBytes } from '../files.ts';
import {
  inputsOf,
  printJson,
  printTable,
  type RunFlags,
  type TableValue,
  warn,
  wholeNumber,
  withRunOptions,
} from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';
import { sourceMapFor } from '../source-map.ts';
import { grouped } from '../tables.ts';

type Flags = RunFlags & SessionFlags & { readonly maxInstructions?: number };

/** `wattest run`: executes in the emulator, proves nothing. */
export function registerRun(program: Command): void {
  withSessionOptions(withRunOptions(program.command('run').description('run a program in the emulator')))
    .option(
      '--max-instructions <count>',
      'stop with an error after so many WebAssembly instructions',
      wholeNumber,
      2 ** 32,
    )
    .action(runCommand);
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
    ...(flags.maxInstructions === undefined ? {} : { maxInstructions: flags.maxInstructions }),
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
    status: result.status.kind,
    outcome: result.status.text,
    ...(result.trapAt === undefined ? {} : { trapAt: result.trapAt }),
    ...(result.status.kind === 'exited' ? { exitCode: result.status.code } : {}),
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

/** Bytes as text; what is no UTF-8 is replaced, the words of the outputs have it. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const MOST_LINES = 20;

/** The first lines of what a program wrote, for a table. */
export function formatText(bytes: Uint8Array): readonly string[] {
  const lines = textOf(bytes).replace(/\n$/, '').replaceAll('\t', '  ').split('\n');
  const more = lines.length - MOST_LINES;
  return more <= 0 ? lines : [...lines.slice(0, MOST_LINES), `… and ${more} more (--json has all of it)`];
}

/** Words in decimal; behind those that are bit patterns of floating-point numbers the number. */
export function formatWords(words: readonly bigint[], types: readonly NumberType[] = []): string {
  const texts = words.map((word, i) => {
    const type = types[i];
    return type === 'f32' || type === 'f64' ? `${word} (${formatFloat(word, type)})` : String(word);
  });
  return texts.length === 0 ? '(none)' : texts.join(', ');
}

const WORDS_A_LINE = 8;
const MOST_WORDS = 16;

/** The first words, in lines. */
export function formatWordLines(
  words: readonly bigint[],
  types: readonly NumberType[] = [],
): readonly string[] {
  const lines = [formatWords(words.slice(0, WORDS_A_LINE), types)];
  for (let i = WORDS_A_LINE; i < Math.min(words.length, MOST_WORDS); i += WORDS_A_LINE) {
    const to = Math.min(i + WORDS_A_LINE, MOST_WORDS);
    lines.push(formatWords(words.slice(i, to), types.slice(i, to)));
  }
  const more = words.length - MOST_WORDS;
  return more <= 0 ? lines : [...lines, `… ${grouped(more)} more (--json shows all)`];
}

/** `returned`, `trapped: unreachable, at function 3 "f", …`. */
export function formatEnding(text: string, trapAt: string | undefined): string {
  return trapAt === undefined ? text : `${text}, at ${trapAt}`;
}

export function formatRows(rows: Readonly<Record<string, number>>): string {
  const parts = Object.entries(rows).map(([chip, count]) => `${chip} ${grouped(count)}`);
  return `${grouped(Object.values(rows).reduce((sum, count) => sum + count, 0))} (${parts.join(', ')})`;
}
