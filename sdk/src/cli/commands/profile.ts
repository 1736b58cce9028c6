import type { Command } from 'commander';
import {
  type ChipCost,
  type ProfiledFunction,
  type ProfileResult,
  profile,
} from '../../attest/inspect/profile.ts';
import { speedscope } from '../../attest/inspect/profile-speedscope.ts';
import { DEFAULT_TOP } from '../defaults.ts';
import { readModule, requireWritable, writeText } from '../files.ts';
import { formatEnding, statusJson } from '../format.ts';
import {
  inputFilesOf,
  inputsOf,
  printJson,
  printTable,
  type RunFlags,
  toJson,
  warn,
  wholeNumber,
  withInputOptions,
} from '../options.ts';
import { whileRunning } from '../running.ts';
import { sourceMapFor } from '../source-map.ts';
import { formatColumns, grouped, percent } from '../tables.ts';
import { targetOf } from '../typed.ts';

interface Flags extends Omit<RunFlags, 'json'> {
  readonly top: number;
  readonly lines?: boolean;
  /** `true`: on standard output. */
  readonly json?: string | true;
  readonly speedscope?: string;
}

/** `wattest profile`: where the rows of a proof come from. */
export function registerProfile(program: Command): void {
  withInputOptions(program.command('profile'), 'only the first so many WebAssembly instructions of the run')
    .option('--top <count>', 'functions (routines, lines) to list', wholeNumber, DEFAULT_TOP)
    .option('--lines', 'also a table by line of source (needs a source map)')
    .option('--json [file]', 'everything as JSON, to a file or standard output')
    .option('--speedscope <file>', 'stacks for a flame-graph viewer (speedscope.app), weights in rows')
    .action(profileCommand);
}

export async function profileCommand(named: string, options: Flags): Promise<void> {
  const { file, flags } = await targetOf(named, options);
  const { json, top, ...given } = flags;
  const wasm = await readModule(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap, quiet: false });
  const read = inputFilesOf(file, given, sourceMap?.path);
  if (typeof json === 'string') await requireWritable(json, ...read);
  if (flags.speedscope !== undefined) {
    await requireWritable(flags.speedscope, ...read, ...(typeof json === 'string' ? [json] : []));
  }
  const inputs = await inputsOf(given, wasm);
  const result = await whileRunning((running) =>
    profile({
      wasm,
      ...inputs,
      ...running,
      ...(sourceMap === undefined ? {} : { sourceMap: sourceMap.json }),
    }),
  );
  for (const message of result.warnings) warn(message);
  if (flags.lines === true && result.lines === undefined) {
    warn('no lines: the module has no source map (see docs/profiling.md); name one with --source-map');
  }
  if (result.stacksFolded)
    warn('some stacks are too deep or too many: their rows are at the nearest one kept');
  if (flags.speedscope !== undefined) {
    await writeText(flags.speedscope, `${JSON.stringify(speedscope(result))}\n`);
  }
  if (json !== undefined) {
    // Stacks are what the speedscope file is for.
    const { frames: _, stacks: __, status, trapAt, ...rest } = result;
    const report = { ...(status === undefined ? UNENDED : statusJson(status, trapAt)), ...rest };
    if (json === true) printJson(report);
    else await writeText(json, toJson(report));
  }
  if (json === true) return;
  const written = [json, flags.speedscope].filter((path) => path !== undefined);
  print(result, { top, lines: flags.lines === true, written });
}

/** Of a run of which `--max-instructions` were enough. */
const UNENDED = { status: 'unended', outcome: 'not ended: these are its first instructions' };

interface Shown {
  readonly top: number;
  readonly lines: boolean;
  /** Files. */
  readonly written: readonly string[];
}

function print(result: ProfileResult, { top, lines: withLines, written }: Shown): void {
  const { status, trapAt, instructions, rows, cells, seconds, fixedSeconds, routines, lines } = result;
  printTable([
    ['status', status === undefined ? UNENDED.outcome : formatEnding(status.text, trapAt)],
    ['instructions', grouped(instructions)],
    ['rows', `${grouped(rows)} (${ratio(rows, instructions)} per instruction), ${grouped(cells)} cells`],
    ['proof', `about ${seconds.toFixed(1)} s, ${fixedSeconds.toFixed(1)} s of it whatever the functions do`],
    ...(written.length === 0 ? [] : [['written', written] as const]),
  ]);
  process.stdout.write('\n');
  section(result.functions, top, (list) => functionTable(list, cells));
  if (routines.length > 0) {
    process.stdout.write(
      '\nLinked routines; their rows are in the table above, at the functions that call them.\n\n',
    );
    section(routines, top, (list) => routineTable(list, cells));
  }
  if (withLines && lines !== undefined) {
    process.stdout.write('\n');
    const placed = lines.reduce((sum, entry) => sum + entry.cells, 0);
    const placedRows = lines.reduce((sum, entry) => sum + entry.rows, 0);
    section(lines, top, (list) =>
      formatColumns(
        ['line', 'cells', '%', 'rows'],
        [
          ...list.map(({ source, line, ...cost }) => ({ name: `${source}:${line}`, ...cost })),
          { name: 'without a line', cells: cells - placed, rows: rows - placedRows },
        ].map((entry) => [entry.name, entry.cells, percent(entry.cells, cells), entry.rows]),
      ),
    );
  }
  process.stdout.write(`\n${chipTable(result.chips)}`);
  process.stdout.write(
    '\nTimes are estimates from the padded cells (two threads, see docs/profiling.md), not measurements.\n',
  );
}

function section<T>(list: readonly T[], top: number, format: (shown: readonly T[]) => string): void {
  process.stdout.write(format(list.slice(0, top)));
  if (list.length > top) process.stdout.write(`… and ${list.length - top} more (--top)\n`);
}

const COSTS = ['self cells', '%', 'total cells', '%', 'est. s', 'calls'];

function costs({ self, total, calls }: ProfiledFunction, cells: number): (string | number)[] {
  return [
    self.cells,
    percent(self.cells, cells),
    total.cells,
    percent(total.cells, cells),
    self.seconds.toFixed(2),
    calls,
  ];
}

function functionTable(list: readonly ProfiledFunction[], cells: number): string {
  return formatColumns(
    ['function', ...COSTS, 'instr', 'rows', 'rows/instr'],
    list.map((entry) => {
      const { rows, instructions } = entry.self;
      return [entry.name, ...costs(entry, cells), instructions, rows, ratio(rows, instructions)];
    }),
  );
}

/** Instructions count where a routine is called, so that it has none of its own. */
function routineTable(list: readonly ProfiledFunction[], cells: number): string {
  return formatColumns(
    ['routine', ...COSTS, 'rows', 'total rows/call'],
    list.map((entry) => {
      const { self, total, calls } = entry;
      return [entry.name, ...costs(entry, cells), self.rows, (total.rows / calls).toFixed(1)];
    }),
  );
}

function chipTable(chips: readonly ChipCost[]): string {
  return formatColumns(
    ['chip', 'rows', 'columns', 'cells', 'padded to', 'padded cells', 'full %', 'est. s', 'doubles at row'],
    chips.map(({ name, kind, rows, columns, cells, height, paddedCells, seconds }) => [
      name,
      rows,
      columns,
      cells,
      `2^${Math.log2(height)}`,
      paddedCells,
      percent(rows, height),
      seconds.toFixed(2),
      kind === 'fixed' && rows === height ? 'never' : grouped(height + 1),
    ]),
  );
}

function ratio(rows: number, instructions: number): string {
  return instructions === 0 ? '–' : (rows / instructions).toFixed(3);
}
