import type { Command } from 'commander';
import { type EntryReport, inspect } from '../../attest/inspect/inspect.ts';
import type { ImportParameters } from '../../attest/module/imports.ts';
import { COMMAND_ENTRY } from '../../attest/module/load.ts';
import { programIdOf } from '../../attest/session/identify.ts';
import type { Ids } from '../../attest/session/session.ts';
import { isWattestError, printable } from '../../errors/index.ts';
import { MAX_PAGES } from '../../machine/memory-map.ts';
import { readModule } from '../files.ts';
import { type ImportFlags, importsOf, withImportOptions } from '../imports.ts';
import { printJson, printTable } from '../options.ts';
import { withIds } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { grouped } from '../tables.ts';

interface Flags extends SessionFlags, ImportFlags {
  readonly invoke?: string;
  readonly json?: boolean;
}

const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;

/** An id is a commitment to a program: up to a second each. */
const MOST_IDS = 8;

/** `tooLarge`: why there is no id under this key. */
type Entry = EntryReport & { readonly programId?: string; readonly tooLarge?: string };

const withoutId = ({ name, tooLarge }: Entry): string =>
  tooLarge === undefined ? `of so many exports on demand: --invoke ${name}` : `none: ${tooLarge}`;

/** `wattest inspect`: what a module is, before anything runs. */
export function registerInspect(program: Command): void {
  withSessionOptions(
    withImportOptions(program.command('inspect'))
      .argument('<file>', 'the WebAssembly module')
      .option(
        '--invoke <name>',
        'only this export, or what it is as "NAME(string, u32) -> bytes" (docs/arguments.md)',
      )
      .option('--json', 'one JSON object on standard output'),
  ).action(inspectCommand);
}

async function idOf(
  session: Ids,
  wasm: Uint8Array,
  invoke: string,
  imports: ImportParameters,
): Promise<Pick<Entry, 'programId' | 'tooLarge'>> {
  try {
    return { programId: await programIdOf(session, { wasm, invoke, ...imports }) };
  } catch (error) {
    if (!isWattestError(error, 'TRACE_TOO_TALL')) throw error;
    return { tooLarge: `${error.message}. ${error.fix}` };
  }
}

async function inspectCommand(file: string, flags: Flags): Promise<void> {
  const wasm = await readModule(file);
  const imports = importsOf(flags);
  const report = inspect({
    wasm,
    ...(flags.invoke === undefined ? {} : { invoke: flags.invoke }),
    ...imports,
  });
  const named = report.entries.filter(({ unsupported }) => unsupported === undefined);
  const identified = named.length <= MOST_IDS ? named : named.filter(({ name }) => name === COMMAND_ENTRY);
  const ids = new Map<string, Awaited<ReturnType<typeof idOf>>>();
  if (identified.length > 0) {
    await withIds(flags, async ({ session }) => {
      for (const { name } of identified) ids.set(name, await idOf(session, wasm, name, imports));
    });
  }
  const entries = report.entries.map((entry): Entry => ({ ...entry, ...ids.get(entry.name) }));
  if (flags.json === true) {
    printJson({ ...report, entries });
    return;
  }
  const { memory } = report;
  printTable([
    [
      'size',
      `${counted(report.bytes, 'byte')}, ${counted(report.functions, 'function')}, ${counted(report.dataBytes, 'byte')} of data`,
    ],
    [
      'memory',
      memory === undefined
        ? 'none'
        : `${counted(memory.pages, 'page')} of 64 KiB, at most ${grouped(Math.min(memory.max ?? MAX_PAGES, MAX_PAGES))}`,
    ],
    ['imports', report.imports.length === 0 ? 'none' : report.imports],
    ['exports', report.exports.join(', ') || (entries.length === 0 ? 'none' : 'functions only')],
    [
      'features',
      report.features
        .map((f) => `${f.feature} (${f.count}×, first at 0x${f.offset.toString(16)})`)
        .join(', ') || 'WebAssembly 1.0',
    ],
    [
      'not provided',
      report.unsupported.map((u) => `${u.name} at 0x${u.offset.toString(16)}`).join(', ') || 'nothing',
    ],
  ]);
  process.stdout.write('\n');
  for (const entry of entries) {
    process.stdout.write(`${printable(entry.name)} ${entry.type}\n`);
    if (entry.unsupported === undefined) {
      process.stdout.write(`  program id  ${entry.programId ?? printable(withoutId(entry))}\n`);
      process.stdout.write(
        `  image       ${grouped(entry.imageRows ?? 0)} rows, padded to ${grouped(entry.imageHeight ?? 0)}\n`,
      );
      if (entry.mayTakeBytes === true)
        process.stdout.write(
          '  bytes       it may take them: --arg-bytes, --arg-string (docs/arguments.md)\n',
        );
    } else process.stdout.write(`  cannot be entered: ${printable(entry.unsupported)}\n`);
  }
}
