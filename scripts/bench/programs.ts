/**
 * `npm run bench -- programs [--only TEXT,…] [--prove] [--json FILE]`: rows and accesses per WebAssembly instruction over real
 * programs, and the speed of the emulator. Every result is compared with the JavaScript engine's and with a constant.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openSession, prove, type Session } from '../../sdk/src/index.ts';
import { execute, trace, traceBalanced } from '../../sdk/src/machine/execute/execute.ts';
import { CHIPS } from '../../sdk/src/machine/execute/placement.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import type { Program } from '../../sdk/src/machine/program.ts';
import { ACCESS_WORDS, ACCESSES, type ChipTrace, HEADER_WORDS } from '../../sdk/src/machine/trace.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import { decodeModule, validateModule } from '../../sdk/src/wasm/index.ts';
import { GUESTS, type Guest, guestModule } from './guests.ts';
import { formatTable, round } from './table.ts';

interface Figures {
  readonly name: string;
  readonly language: string;
  readonly kind: string;
  readonly n: number;
  readonly instructions: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Rows of the five chips of instructions. */
  readonly rowsPerInstruction: number;
  readonly accessesPerInstruction: number;
  /** Cells that are opened and closed, cells restamped in between, rows of the image. */
  readonly boundary: number;
  readonly refreshed: number;
  readonly image: number;
  /** Million WebAssembly instructions a second. */
  readonly speed: number;
  readonly tracedSpeed: number;
  readonly proveSeconds: number | undefined;
}

/** Guests whose files contain one of the texts, between commas. */
function chosen(only: string): readonly Guest[] {
  return GUESTS.filter(({ file }) => only.split(',').some((text) => file.includes(text)));
}

/** How long, and how often at least, each speed is measured. */
const MEASURE_MS = 1000;
const RUNS = 8;

/** The best of some runs, in million instructions a second. */
function speedOf(instructions: number, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + MEASURE_MS;
  for (let i = 0; i < RUNS || performance.now() < end; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return round(instructions / best / 1000, 1);
}

function usedAccesses({ chip, rows, stride, records }: ChipTrace): number {
  let used = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < ACCESSES[chip]; i++) {
      // A skipped access is all zero.
      if (records[row * stride + HEADER_WORDS + i * ACCESS_WORDS] !== 0) used++;
    }
  }
  return used;
}

async function measure(guest: Guest, session: Session | undefined): Promise<Figures> {
  const wasm = await guestModule(guest);
  const module = decodeModule(wasm);
  validateModule(module);
  const program: Program = translate(module, { entry: 'run' });
  const args = [BigInt(guest.n)];
  const traced = await traceBalanced(program, { args });
  const { execution, chips, boundary, refresh } = traced;
  const engine = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource), {});
  const reference = BigInt.asUintN(64, (engine.exports['run'] as (n: number) => bigint)(guest.n));
  const [result] = execution.results;
  if (result !== reference || result !== guest.result)
    throw new Error(`${guest.file}: ${result}, the engine ${reference}, known ${guest.result}`);
  const { instructions, rows } = execution;
  const perInstruction = (count: number): number => round(count / instructions, 3);
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const accesses = Object.values(chips).reduce((sum, chip) => sum + usedAccesses(chip), 0);
  let proveSeconds: number | undefined;
  if (session !== undefined) {
    const { timings } = await prove(session, { wasm, invoke: 'run', args: [guest.n] });
    proveSeconds = round((timings['total'] ?? 0) / 1000, 2);
  }
  return {
    name: guest.name,
    language: guest.language,
    kind: guest.kind,
    n: guest.n,
    instructions,
    rows,
    rowsPerInstruction: perInstruction(total),
    accessesPerInstruction: perInstruction(accesses),
    boundary: boundary.rows,
    refreshed: refresh.rows,
    image: imageColumns(program).rows,
    speed: speedOf(instructions, () => execute(program, { args })),
    tracedSpeed: speedOf(instructions, () => trace(program, { args })),
    proveSeconds,
  };
}

export async function benchPrograms(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      prove: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const session = values.prove ? await openSession({ threads: 2 }) : undefined;
  const figures: Figures[] = [];
  for (const guest of chosen(values.only)) {
    figures.push(await measure(guest, session));
    process.stderr.write(`${guest.file}\n`);
  }
  await session?.dispose();
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  process.stdout.write(`${machine.cpu}, Node ${machine.node}\n\n${formatTable(tableOf(figures))}`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ machine, figures }, null, 2)}\n`);
}

function tableOf(figures: readonly Figures[]): (string | number)[][] {
  const header = ['program', 'language', 'instructions', ...CHIPS, 'rows/instr.', 'accesses/instr.'];
  const integers = figures.filter(({ kind }) => kind !== 'floating point');
  const mean = (value: (item: Figures) => number, digits: number): number =>
    round(integers.reduce((sum, item) => sum + value(item), 0) / integers.length, digits);
  const proven = figures.some(({ proveSeconds }) => proveSeconds !== undefined);
  return [
    [...header, 'M instr./s', 'traced', ...(proven ? ['prove s'] : [])],
    ...figures.map((item) => [
      `${item.name} (${item.kind})`,
      item.language,
      item.instructions,
      ...CHIPS.map((chip) => item.rows[chip] ?? 0),
      item.rowsPerInstruction,
      item.accessesPerInstruction,
      item.speed,
      item.tracedSpeed,
      ...(proven ? [item.proveSeconds ?? ''] : []),
    ]),
    [
      'mean without floating point',
      ...['', '', '', '', '', '', ''],
      mean((item) => item.rowsPerInstruction, 3),
      mean((item) => item.accessesPerInstruction, 3),
      mean((item) => item.speed, 1),
      mean((item) => item.tracedSpeed, 1),
      ...(proven ? [''] : []),
    ],
  ];
}
