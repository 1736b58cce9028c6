/** A module beside the register instructions that it is translated to. */
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import { type Program, returnSlotOf, type Section } from '../../machine/program.ts';
import { formatType } from '../../wasm/features.ts';
import { OP } from '../../wasm/opcodes.ts';
import { formatInstruction } from '../../wasm/text.ts';
import { describeFunction, exportedFunction, type Func, indexSpaces, type Module } from '../../wasm/types.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { type SourceMap, type SourcePosition, sourceMapOf } from '../module/source.ts';
import { type DisassembledRow, rowFormatter } from './disassemble-rows.ts';

export type { DisassembledRow } from './disassemble-rows.ts';

export interface DisassembleParameters extends ImportParameters {
  readonly wasm: Uint8Array;
  /** The export for which the module is translated; default: `_start`, or the only one. */
  readonly invoke?: string;
  /** Only this function: its index or its name (of the name section, else an export). */
  readonly function?: string | number;
  /** A source map (JSON) of the module. Default: the one inside its `sourceMappingURL`, where that is a `data:` URL. */
  readonly sourceMap?: string;
}

const NAMES: OptionNames<DisassembleParameters> = {
  ...IMPORT_NAMES,
  wasm: true,
  invoke: true,
  function: true,
  sourceMap: true,
};

export interface DisassembledInstruction {
  /** Byte offset in the file. */
  readonly offset: number;
  /** Blocks around it. */
  readonly depth: number;
  readonly text: string;
  readonly position: SourcePosition | undefined;
  /** Rows made for it; none where it was unreachable, free, or done by another instruction's rows. */
  readonly rows: readonly DisassembledRow[];
}

export interface DisassembledSection {
  /** `unreachable`: a function that the entry never reaches, so that nothing of it is translated. */
  readonly kind: Section['kind'] | 'unreachable';
  /** Of a trap the specification's text for it. */
  readonly name: string;
  /** Index of the function, else −1. */
  readonly functionIndex: number;
  /** `(i32, i64) -> (i64)`, of functions. */
  readonly type: string | undefined;
  /** Slots of its frame, where it is translated: parameters from 0, the return pc, locals, operands. */
  readonly frame:
    | { readonly returnPc: number; readonly locals: number; readonly operands: number }
    | undefined;
  /** Rows before or apart from any instruction: all rows of stubs and routines, locals set to zero. */
  readonly rows: readonly DisassembledRow[];
  readonly instructions: readonly DisassembledInstruction[];
}

export interface Disassembly {
  /** The export that is entered. */
  readonly entryName: string;
  /** By increasing pc, then the functions that are not reachable. Every pc stands in it once, unless `function` is given. */
  readonly sections: readonly DisassembledSection[];
}

/** @throws the errors of `loadProgram`; INPUT_INVALID for a function that is not there */
export function disassemble(parameters: DisassembleParameters): Disassembly {
  requireNames(parameters, NAMES, 'disassemble');
  const { wasm } = parameters;
  const { module, program } = loadProgram(wasm, parameters.invoke, parameters);
  const sourceMap = sourceMapOf(module, parameters.sourceMap);
  const only = parameters.function === undefined ? undefined : findFunction(module, parameters.function);

  const sections: DisassembledSection[] = [];
  const reached = new Set<number>();
  const context: Context = {
    module,
    typeIndices: indexSpaces(module).functions,
    functions: new Map(module.functions.map((func) => [func.index, func])),
    program,
    format: rowFormatter(module, program),
    sourceMap,
  };
  for (const [i, section] of program.sections.entries()) {
    if (section.kind === 'function') reached.add(section.functionIndex);
    if (only !== undefined && only !== section.functionIndex) continue;
    const end = program.sections[i + 1]?.pc ?? program.code.length;
    sections.push(translated(context, section, end));
  }
  for (const func of module.functions) {
    if (reached.has(func.index) || (only !== undefined && only !== func.index)) continue;
    sections.push({
      kind: 'unreachable',
      name: describeFunction(module, func.index),
      functionIndex: func.index,
      type: typeOf(context, func.index),
      frame: undefined,
      rows: [],
      instructions: instructionsOf(context, func, new Map()),
    });
  }
  if (only !== undefined && sections.length === 0) {
    fail('INPUT_INVALID', `${describeFunction(module, only)} is imported: the module has no code for it`, {
      where: 'function',
      fix: 'Name a function of the module itself',
    });
  }
  return { entryName: program.entryName, sections };
}

function findFunction(module: Module, wanted: string | number): number {
  const known = indexSpaces(module).functions.length;
  const number = typeof wanted === 'number' ? wanted : /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  const named = [...module.names.functions].find(([, name]) => name === wanted)?.[0];
  const exported = typeof wanted === 'string' ? exportedFunction(module, wanted) : undefined;
  const found = named ?? exported ?? number;
  if (found !== undefined && Number.isInteger(found) && found >= 0 && found < known) return found;
  fail('INPUT_INVALID', `the module has no function ${JSON.stringify(wanted)}`, {
    where: 'function',
    fix: `Give a name, or an index below ${known}`,
  });
}

/** What all sections share, made once: a module may have a hundred thousand functions. */
interface Context {
  readonly module: Module;
  /** Of every function, imported ones first. */
  readonly typeIndices: readonly number[];
  /** By index: those that are not imported. */
  readonly functions: ReadonlyMap<number, Func>;
  readonly program: Program;
  readonly format: (pc: number) => DisassembledRow;
  readonly sourceMap: SourceMap | undefined;
}

function translated(
  context: Context,
  { pc, kind, name, functionIndex }: Section,
  end: number,
): DisassembledSection {
  const { program, format } = context;
  const func = kind === 'function' ? context.functions.get(functionIndex) : undefined;
  const offsets = new Set(func?.instructions.map(({ offset }) => offset));
  const byOffset = new Map<number, DisassembledRow[]>();
  const rows: DisassembledRow[] = [];
  for (let at = pc; at < end; at++) {
    const offset = program.code.offset[at]!;
    const row = format(at);
    if (!offsets.has(offset)) {
      rows.push(row);
      continue;
    }
    const list = byOffset.get(offset);
    if (list === undefined) byOffset.set(offset, [row]);
    else list.push(row);
  }
  return {
    kind,
    name,
    functionIndex,
    type: kind === 'function' ? typeOf(context, functionIndex) : undefined,
    frame: func === undefined ? undefined : frameOf(context, func, pc),
    rows,
    instructions: func === undefined ? [] : instructionsOf(context, func, byOffset),
  };
}

function frameOf({ program }: Context, func: Func, pc: number): DisassembledSection['frame'] {
  const returnPc = returnSlotOf(program.signatures.find((signature) => signature.pc === pc)!);
  return { returnPc, locals: returnPc + 1, operands: returnPc + 1 + func.locals.length };
}

function typeOf({ module, typeIndices }: Context, index: number): string {
  return formatType(module.types[typeIndices[index]!]!);
}

function instructionsOf(
  { module, sourceMap }: Context,
  func: Func,
  rows: ReadonlyMap<number, readonly DisassembledRow[]>,
): DisassembledInstruction[] {
  let depth = 0;
  return func.instructions.map((instruction): DisassembledInstruction => {
    const { op, offset } = instruction;
    if (op === OP.end || op === OP.else) depth--;
    const here = Math.max(0, depth);
    if (op === OP.block || op === OP.loop || op === OP.if || op === OP.else) depth++;
    return {
      offset,
      depth: here,
      text: formatInstruction(module, instruction),
      position: sourceMap?.at(offset),
      rows: rows.get(offset) ?? [],
    };
  });
}
