import type { Command } from 'commander';
import { DEFAULT_WHOLE_BYTES } from '../../attest/proof/limits.ts';
import { fitsOne, moreForOne } from '../../attest/proof/one-proof.ts';
import { placedRows, type RunResult, run } from '../../attest/run/run.ts';
import { allowMore, excessRows, idOfProgram } from '../../attest/session/identify.ts';
import { greatestHeights } from '../../attest/session/least-heights.ts';
import type { Ids } from '../../attest/session/session.ts';
import { imageColumns } from '../../machine/image.ts';
import { MAX_CHIP_LOG } from '../../machine/program.ts';
import type { TypedRecord } from '../../typed/codec.ts';
import { readModule } from '../files.ts';
import {
  formatEnding,
  formatOneProof,
  formatReturned,
  formatRows,
  formatWords,
  returnedJson,
  statusJson,
  textOf,
} from '../format.ts';
import {
  inputsOf,
  printJson,
  printTable,
  type RunFlags,
  type TableValue,
  warn,
  withRunOptions,
} from '../options.ts';
import { whileRunning } from '../running.ts';
import { withIds } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { sourceMapFor } from '../source-map.ts';
import { grouped, mebibytes } from '../tables.ts';
import { targetOf, typedOutputs, typedRows } from '../typed.ts';

type Flags = RunFlags & SessionFlags;

/** `wattest run`: executes in the emulator, proves nothing. */
export function registerRun(program: Command): void {
  withSessionOptions(withRunOptions(program.command('run'))).action(runCommand);
}

async function runCommand(named: string, given: Flags): Promise<void> {
  const { file, flags } = await targetOf(named, given);
  const wasm = await readModule(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap });
  let last: Uint8Array | undefined;
  const inputs = await inputsOf(flags, wasm);
  const executed = await whileRunning((running, bar) =>
    run({
      wasm,
      ...(sourceMap === undefined ? {} : { sourceMap: sourceMap.json }),
      ...inputs,
      ...running,
      onDebug: (word) => {
        bar.done();
        process.stderr.write(`wasm_dbg: ${word}\n`);
      },
      onStderr: (bytes) => {
        bar.done();
        process.stderr.write(bytes);
        if (bytes.length > 0) last = bytes;
      },
    }),
  );
  if (flags.json !== true && executed.stdout !== undefined) {
    process.stdout.write(executed.stdout);
    if (executed.stdout.length > 0) last = executed.stdout;
  }
  // What follows must neither stand in the program's last line nor, as the bar does, erase it.
  if (last?.at(-1) !== 0x0a && last !== undefined && process.stdout.isTTY && process.stderr.isTTY)
    process.stderr.write('\n');
  for (const message of executed.warnings) warn(message);
  const { programId, ...result } = await withIds(flags, ({ session }) => underKey(session, executed));
  const values =
    result.status.kind === 'returned' ? await typedOutputs(flags.typed, result.outputs) : undefined;
  if (flags.json === true) printJson(toJson(result, programId, values));
  else print(result, programId, values);
  const { kind, code } = result.status;
  if (kind === 'trapped' || kind === 'refused') process.exitCode = 1;
  // As a real program ends: the low 8 bits, never 0 for a code that is not.
  if (kind === 'exited') process.exitCode = code & 0xff || 1;
}

interface Identified extends RunResult {
  /** None where the key is too small for the program. */
  readonly programId: string | undefined;
}

/** The program id, and rows as a proof under this key has them; warns where it is too small for a proof of the run. */
async function underKey(session: Ids, executed: RunResult): Promise<Identified> {
  const { program, rowKinds } = executed;
  const image = imageColumns(program).log;
  const rows = placedRows(rowKinds, { most: greatestHeights(session.circuit) });
  const known: ReadonlyMap<string, number> = new Map([
    ...Object.entries(rows).map(([name, count]) => [name, Math.ceil(Math.log2(Math.max(1, count)))] as const),
    ['image', image],
  ]);
  const excess = excessRows(session.circuit, (name) => known.get(name));
  if (excess?.chips.includes('image') === true) {
    warn(`the program needs more rows than ${excess.text}: ${allowMore(excess, 'make it smaller')}`);
    return { ...executed, rows, programId: undefined };
  }
  // Touched cells are counted in a trace only, so the last word is that of `prove --dry-run`.
  const bounded = { program, rowKinds, touched: undefined };
  if (!fitsOne(session, bounded)) {
    const what = excess === undefined ? UNASKED : `more rows than ${excess.text}`;
    const more = moreForOne(session, bounded);
    const isTooTall = Object.values(rows).some((count) => count > 2 ** MAX_CHIP_LOG);
    const one =
      more === undefined
        ? 'No key and no memory allows so many in one'
        : `\`wattest prove --dry-run ${formatOneProof(more)}\` says whether one has room then${more.maxLog === undefined ? '' : ' (another verifier contract)'}`;
    warn(
      `one proof of this run needs ${what}: \`prove\` makes several, which \`verify\` takes, and a contract when \`--wrap\` joined them. ${one}; \`wattest profile${isTooTall ? ' --max-instructions N' : ''}\` says where rows come from`,
    );
  }
  return { ...executed, rows, programId: await idOfProgram(session, program) };
}

const UNASKED = `more memory than the ${mebibytes(DEFAULT_WHOLE_BYTES)} MiB that it may take unasked`;

/** The object of `run --json`; words are unsigned decimal strings. */
function toJson(
  result: RunResult,
  programId: string | undefined,
  values: TypedRecord | undefined,
): Record<string, unknown> {
  return {
    ...statusJson(result.status, result.trapAt),
    results: result.results,
    outputs: result.outputs,
    ...(result.stdout === undefined ? {} : { stdout: textOf(result.stdout) }),
    ...returnedJson(result.returned),
    ...(values === undefined ? {} : { values }),
    ...(programId === undefined ? {} : { programId }),
    instructions: result.instructions,
    rows: result.rows,
  };
}

/** Of a WASI program standard output belongs to the program, so the table goes to standard error. */
function print(result: RunResult, programId: string | undefined, values: TypedRecord | undefined): void {
  const { status, trapAt, stdout, returned } = result;
  const rows: (readonly [string, TableValue])[] = [
    ['status', formatEnding(status.text, trapAt)],
    ...(returned === undefined ? [] : [['returned', formatReturned(returned)] as const]),
    ...(values === undefined ? [] : typedRows(values, 'outputs')),
    ['results', formatWords(result.results, result.program.entryType.results)],
    [
      'outputs',
      stdout === undefined
        ? formatWords(result.outputs)
        : `${grouped(stdout.length)} bytes of standard output`,
    ],
    ['instructions', grouped(result.instructions)],
    ['rows', formatRows(result.rows)],
    ['program id', programId ?? 'none under this key, which is too small for the program'],
  ];
  printTable(rows, stdout === undefined ? process.stdout : process.stderr);
}
