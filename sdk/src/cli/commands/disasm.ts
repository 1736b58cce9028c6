import type { Command } from 'commander';
import {
  type DisassembledInstruction,
  type DisassembledRow,
  type DisassembledSection,
  type Disassembly,
  disassemble,
} from '../../attest/inspect/disassemble.ts';
import { formatPosition } from '../../attest/module/source.ts';
import { printable } from '../../errors/index.ts';
import { readModule } from '../files.ts';
import { type ImportFlags, importsOf, withImportOptions } from '../imports.ts';
import { printJson } from '../options.ts';
import { sourceMapFor } from '../source-map.ts';

interface Flags extends ImportFlags {
  readonly invoke?: string;
  readonly function?: string;
  readonly sourceMap?: string;
  readonly json?: boolean;
}

/** `wattest disasm`: WebAssembly beside the instructions that are proven. */
export function registerDisasm(program: Command): void {
  withImportOptions(program.command('disasm'))
    .argument('<file>', 'the WebAssembly module')
    .option('--invoke <name>', 'the exported function that is entered (default: _start, or the only one)')
    .option('--function <name|index>', 'only this function')
    .option('--source-map <file>', 'the source map, where the module does not name one beside itself')
    .option('--json', 'one JSON object on standard output')
    .action(disasmCommand);
}

async function disasmCommand(file: string, flags: Flags): Promise<void> {
  const wasm = await readModule(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap, quiet: false });
  const result = disassemble({
    wasm,
    ...(flags.invoke === undefined ? {} : { invoke: flags.invoke }),
    ...importsOf(flags),
    ...(flags.function === undefined ? {} : { function: flags.function }),
    ...(sourceMap === undefined ? {} : { sourceMap: sourceMap.json }),
  });
  if (flags.json === true) printJson(result);
  else print(result, flags.function !== undefined);
}

function print({ entryName, sections }: Disassembly, single: boolean): void {
  const whole = sections.filter(({ kind }) => single || kind !== 'unreachable');
  for (const section of whole) process.stdout.write(`${formatSection(section, entryName)}\n`);
  const rest = sections.filter((section) => !whole.includes(section));
  if (rest.length === 0) return;
  process.stdout.write(`Not reachable from ${printable(entryName)}, so not translated:\n`);
  for (const { name, type } of rest) process.stdout.write(`  ${printable(name)} ${type}\n`);
}

const OFFSET_WIDTH = 10;

function formatSection(section: DisassembledSection, entryName: string): string {
  const { kind, name, type, frame, rows, instructions } = section;
  const title = kind === 'function' || kind === 'unreachable' ? name : `${kind} ${name}`;
  const lines = [`${printable(title)}${type === undefined ? '' : ` ${type}`}`];
  if (kind === 'unreachable') lines.push(`  not reachable from ${printable(entryName)}`);
  if (frame !== undefined) {
    const { returnPc, locals, operands } = frame;
    const declared = operands > locals ? `locals from s${locals}, ` : '';
    lines.push(
      `  frame: parameters from s0, return pc in s${returnPc}, ${declared}operands from s${operands}`,
    );
  }
  for (const row of rows) lines.push(formatRow(row));
  let shown = '';
  for (const instruction of instructions) {
    const position = instruction.position === undefined ? '' : formatPosition(instruction.position);
    lines.push(formatInstruction(instruction, position === shown ? '' : position));
    if (position !== '') shown = position;
    for (const row of instruction.rows) lines.push(formatRow(row));
  }
  return `${lines.join('\n')}\n`;
}

function formatInstruction({ offset, depth, text }: DisassembledInstruction, position: string): string {
  const line = `${`0x${offset.toString(16)}`.padStart(OFFSET_WIDTH)}  ${'  '.repeat(depth)}${printable(text)}`;
  return position === '' ? line : `${line.padEnd(56)}  ; ${printable(position)}`;
}

function formatRow({ pc, name, operands }: DisassembledRow): string {
  return `${' '.repeat(OFFSET_WIDTH + 6)}${`${pc}`.padStart(6)}  ${name.padEnd(23)} ${printable(operands)}`.trimEnd();
}
