import type { Command } from 'commander';
import { programIdOf } from '../../attest/identify.ts';
import { type EntryReport, inspect } from '../../attest/inspect.ts';
import { printable } from '../../errors/index.ts';
import { MAX_PAGES } from '../../machine/memory-map.ts';
import { readBytes } from '../files.ts';
import { printJson, printTable } from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';

interface Flags extends SessionFlags {
  readonly json?: boolean;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

type Entry = EntryReport & { readonly programId?: string };

/** `wattest inspect`: what a module is, before anything runs. */
export function registerInspect(program: Command): void {
  withSessionOptions(
    program
      .command('inspect')
      .description('show ids, exports, imports, features used and sizes of a module')
      .argument('<file>', 'the WebAssembly module')
      .option('--json', 'one JSON object on standard output'),
  ).action(inspectCommand);
}

async function inspectCommand(file: string, flags: Flags): Promise<void> {
  const wasm = await readBytes(file);
  const report = inspect(wasm);
  const entries: readonly Entry[] = report.entries.some((entry) => entry.unsupported === undefined)
    ? await withSession(flags, async ({ session }) => {
        const identified: Entry[] = [];
        for (const entry of report.entries) {
          if (entry.unsupported !== undefined) identified.push(entry);
          else
            identified.push({
              ...entry,
              programId: await programIdOf(session, { wasm, invoke: entry.name }),
            });
        }
        return identified;
      })
    : report.entries;
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
        : `${counted(memory.pages, 'page')} of 64 KiB, at most ${Math.min(memory.max ?? MAX_PAGES, MAX_PAGES)}`,
    ],
    ['imports', report.imports.length === 0 ? 'none' : report.imports],
    ['exports', report.exports.length === 0 ? 'functions only' : report.exports.join(', ')],
    [
      'features',
      report.features
        .map((f) => `${f.feature} (${f.count}×, first at 0x${f.offset.toString(16)})`)
        .join(', ') || 'WebAssembly 1.0',
    ],
    [
      'refused',
      report.unsupported.map((u) => `${u.name} at 0x${u.offset.toString(16)}`).join(', ') || 'nothing',
    ],
  ]);
  process.stdout.write('\n');
  for (const entry of entries) {
    process.stdout.write(`${printable(entry.name)} ${entry.type}\n`);
    if (entry.unsupported === undefined) {
      process.stdout.write(`  program id  ${entry.programId}\n`);
      process.stdout.write(`  image       ${entry.imageRows} rows, padded to ${entry.imageHeight}\n`);
    } else process.stdout.write(`  cannot be entered: ${printable(entry.unsupported)}\n`);
  }
}
