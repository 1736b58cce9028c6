import { fail } from '../errors/index.ts';
import {
  isReferenceType,
  OP,
  type Opcode,
  type OpcodeFeature,
  type OpcodeName,
  opcodeById,
} from './opcodes.ts';
import {
  type ConstantExpression,
  describeFunction,
  type FunctionType,
  type Import,
  type Instruction,
  indexSpaces,
  type Module,
  place,
  quote,
  type ValueType,
} from './types.ts';

/** More types than real functions have. */
const MAX_TYPES_SHOWN = 16;

/** What a module can use besides instructions. */
export type StructuralFeature =
  /** f32 or f64 as a parameter, result, local or global. */
  | 'float-types'
  /** funcref or externref as one of those, or a table of externref. */
  | 'reference-values'
  /** A function or block with several results, or a block with parameters. */
  | 'multi-value'
  | 'multiple-tables'
  | 'multiple-memories'
  /** Arithmetic in a constant expression, or a global of the module itself. */
  | 'extended-constants'
  /** A table whose elements start as something else than null. */
  | 'table-initialisers'
  /** Passive or declarative segments. */
  | 'passive-segments'
  | 'mutable-global-exports'
  | 'start-function';

export type Feature = Exclude<OpcodeFeature, 'mvp'> | StructuralFeature;

export interface FeatureUse {
  readonly feature: Feature;
  /** Byte offset of the first use, and how many there are. */
  readonly offset: number;
  readonly count: number;
  /** What the first use is: an instruction's name, `function 3 "fib"`, … */
  readonly example: string;
}

export interface InstructionUse {
  readonly opcode: Opcode;
  /** First use: byte offset, and the index of the function, or undefined in a constant expression. */
  readonly offset: number;
  readonly function: number | undefined;
  readonly count: number;
}

export interface FeatureReport {
  /** In the order of their first use in the file. */
  readonly features: readonly FeatureUse[];
  /** Instructions used, most frequent first. */
  readonly instructions: readonly InstructionUse[];
}

/** What a machine supports. */
export interface Supported {
  readonly instructions: ReadonlySet<OpcodeName>;
  readonly features: ReadonlySet<StructuralFeature>;
  /** Whether it provides this import; `type` is given for functions. */
  readonly accepts: (entry: Import, type: FunctionType | undefined) => boolean;
  /** The type of a function that it provides by this name; the import may have another. */
  readonly typeOf: (entry: Import) => FunctionType | undefined;
}

/** Something that a module uses and a machine lacks: `name` says what, readably. */
export interface Unsupported {
  readonly kind: 'instruction' | 'feature' | 'import';
  readonly name: string;
  readonly offset: number;
  /** `function 3 "fib"`, where it is in one. */
  readonly inside: string | undefined;
}

/** Lists the features and instructions that a valid module uses, wherever they stand (dead code included). */
export function scanFeatures(module: Module): FeatureReport {
  const features = new Map<Feature, { -readonly [K in keyof FeatureUse]: FeatureUse[K] }>();
  const note = (feature: Feature, offset: number, count: number, example: () => string): void => {
    const use = features.get(feature);
    if (use === undefined) features.set(feature, { feature, offset, count, example: example() });
    else use.count += count;
  };
  const instructions = scanInstructions(module);
  for (const { opcode, offset, count } of instructions) {
    if (opcode.feature !== 'mvp') note(opcode.feature, offset, count, () => opcode.name);
  }
  scanStructure(module, (feature, offset, example) => note(feature, offset, 1, example));
  instructions.sort((a, b) => b.count - a.count);
  return { features: [...features.values()].sort((a, b) => a.offset - b.offset), instructions };
}

/** Everything that `module` uses beyond `supported`, in the order of the file. Empty where the machine can run it. */
export function findUnsupported(module: Module, supported: Supported): readonly Unsupported[] {
  return unsupported(module, supported).map(({ name, ...found }) => ({ ...found, name: name() }));
}

/** The same without names: there may be a million, of which messages show a few. */
function unsupported(
  module: Module,
  supported: Supported,
): readonly (Omit<Unsupported, 'name'> & { readonly name: () => string })[] {
  const found: (Omit<Unsupported, 'name'> & { readonly name: () => string })[] = [];
  const spaces = indexSpaces(module);
  let importedFunction = 0;
  for (const entry of module.imports) {
    const { kind } = entry.description;
    const type = kind === 'func' ? module.types[spaces.functions[importedFunction++]] : undefined;
    if (!supported.accepts(entry, type)) {
      const name = (): string => describeImport(entry, type, supported.typeOf);
      found.push({ kind: 'import', name, offset: entry.offset, inside: undefined });
    }
  }
  for (const { opcode, offset, function: index } of scanInstructions(module)) {
    if (supported.instructions.has(opcode.name)) continue;
    const inside = index === undefined ? undefined : describeFunction(module, index);
    found.push({ kind: 'instruction', name: () => opcode.name, offset, inside });
  }
  const seen = new Set<StructuralFeature>();
  scanStructure(module, (feature, offset, example) => {
    if (seen.has(feature) || supported.features.has(feature)) return;
    seen.add(feature);
    found.push({ kind: 'feature', name: () => `${feature} (${example()})`, offset, inside: undefined });
  });
  return found.sort((a, b) => a.offset - b.offset);
}

/**
 * Throws MODULE_UNSUPPORTED for the first of {@link findUnsupported} that is no import, saying how many more kinds there are. Imports
 * matter where something reaches them: whoever translates knows.
 */
export function refuseUnsupported(module: Module, supported: Supported): void {
  const [first, ...others] = unsupported(module, supported).filter(({ kind }) => kind !== 'import');
  if (first === undefined) return;
  const listed = others.slice(0, 5).map(({ name }) => name());
  if (others.length > listed.length) listed.push('…');
  const more = others.length === 0 ? '' : ` (and ${others.length} more: ${listed.join(', ')})`;
  fail('MODULE_UNSUPPORTED', `unsupported ${first.kind} ${first.name()}${more}`, {
    where: place(first.offset, first.inside),
    fix: first.name().startsWith('multiple-memories')
      ? 'Make one memory of them: `wasm-opt --all-features --multi-memory-lowering`, which checks no bounds: an access behind the end of one memory meets the next (docs/imports.md)'
      : 'Compile without it; `wattest inspect` lists all that the module uses',
  });
}

/** `"env" "memory" (memory)`, `"env" "f" (func (i32) -> (), which must be func () -> ())`. */
export function describeImport(
  entry: Import,
  type: FunctionType | undefined,
  typeOf: Supported['typeOf'],
): string {
  const known = type === undefined ? undefined : typeOf(entry);
  const signature = type === undefined ? '' : ` ${formatType(type)}`;
  const must = known === undefined ? '' : `, which must be func ${formatType(known)}`;
  return `${quote(entry.module)} ${quote(entry.name)} (${entry.description.kind}${signature})${must}`;
}

/** `(i32, i64) -> (i32)`. */
export function formatType({ params, results }: FunctionType): string {
  return `(${formatTypes(params, ', ')}) -> (${formatTypes(results, ', ')})`;
}

/** The first types of a list, as all texts show them: it may have a thousand, and stand in every line. */
export function formatTypes(types: readonly ValueType[], separator: string): string {
  const shown: string[] = types.slice(0, MAX_TYPES_SHOWN);
  if (types.length > shown.length) shown.push('…');
  return shown.join(separator);
}

/** Scans in the order of the file, so that what is met first is the first use, and the result is in its order. */
function scanInstructions(module: Module): InstructionUse[] {
  const uses = new Map<
    number,
    { opcode: Opcode; offset: number; function: number | undefined; count: number }
  >();
  const scan = (instructions: readonly Instruction[], index: number | undefined): void => {
    for (const { op, offset } of instructions) {
      const use = uses.get(op);
      if (use !== undefined) use.count++;
      else uses.set(op, { opcode: opcodeById(op)!, offset, function: index, count: 1 });
    }
  };
  for (const { init } of module.tables) if (init !== undefined) scan(init.instructions, undefined);
  for (const global of module.globals) scan(global.init.instructions, undefined);
  for (const element of module.elements) {
    if (element.mode.kind === 'active') scan(element.mode.offset.instructions, undefined);
    if (element.abbreviated) continue;
    for (const item of element.init) scan(item.instructions, undefined);
  }
  for (const func of module.functions) scan(func.instructions, func.index);
  for (const data of module.datas) {
    if (data.mode.kind === 'active') scan(data.mode.offset.instructions, undefined);
  }
  return [...uses.values()];
}

/** Calls `note` for each use of a structural feature, in the order of the file. `example` is built on demand. */
function scanStructure(
  module: Module,
  note: (feature: StructuralFeature, offset: number, example: () => string) => void,
): void {
  const spaces = indexSpaces(module);
  const kinds = new Map<readonly ValueType[], { floats: boolean; references: boolean }>();
  /** Of each list once: a million imports may have one type of a thousand parameters. */
  const kindsOf = (types: readonly ValueType[]): { floats: boolean; references: boolean } => {
    const found = kinds.get(types) ?? {
      floats: types.some((type) => type === 'f32' || type === 'f64'),
      references: types.some(isReferenceType),
    };
    if (types.length > 1) kinds.set(types, found);
    return found;
  };
  const noteTypes = (types: readonly ValueType[], offset: number, example: () => string): void => {
    if (types.length === 0) return;
    const { floats, references } = kindsOf(types);
    if (floats) note('float-types', offset, example);
    if (references) note('reference-values', offset, example);
  };
  const noteFunction = (type: FunctionType, offset: number, example: () => string): void => {
    noteTypes(type.params, offset, example);
    noteTypes(type.results, offset, example);
    if (type.results.length > 1) note('multi-value', offset, example);
  };
  const noteConstant = ({ instructions, offset }: ConstantExpression, example: () => string): void => {
    const [first] = instructions;
    const isOwn = first?.op === OP['global.get'] && first.index >= spaces.imported.globals;
    if (instructions.length > 2 || isOwn) {
      note('extended-constants', offset, example);
    }
  };
  let memories = 0;
  const noteMemory = (offset: number): void => {
    if (memories++ === 1) note('multiple-memories', offset, () => `${spaces.memories.length} memories`);
  };
  let tables = 0;
  const noteTable = (type: ValueType, offset: number): void => {
    const index = tables++;
    if (type === 'externref') note('reference-values', offset, () => `table ${index}`);
    if (index === 1) note('multiple-tables', offset, () => `${spaces.tables.length} tables`);
  };
  for (const { description, name, offset } of module.imports) {
    const example = (): string => `import ${quote(name)}`;
    if (description.kind === 'func') noteFunction(module.types[description.typeIndex], offset, example);
    else if (description.kind === 'global') noteTypes([description.global.type], offset, example);
    else if (description.kind === 'table') noteTable(description.table.type, offset);
    else noteMemory(offset);
  }
  for (const { type, init, offset } of module.tables) {
    if (init !== undefined) note('table-initialisers', offset, () => `table ${tables}`);
    noteTable(type, offset);
  }
  for (const { offset } of module.memories) noteMemory(offset);
  module.globals.forEach((global, i) => {
    const example = (): string => `global ${spaces.imported.globals + i}`;
    noteTypes([global.type], global.offset, example);
    noteConstant(global.init, example);
  });
  for (const { kind, index, name, offset } of module.exports) {
    if (kind === 'global' && spaces.globals[index].mutable) {
      note('mutable-global-exports', offset, () => `export ${quote(name)}`);
    }
  }
  const { start } = module;
  if (start !== undefined) note('start-function', start.offset, () => describeFunction(module, start.index));
  module.elements.forEach(({ mode, init, offset }, i) => {
    const example = (): string => `element segment ${i}`;
    if (mode.kind === 'active') noteConstant(mode.offset, example);
    else note('passive-segments', offset, example);
    for (const item of init) noteConstant(item, example);
  });
  for (const func of module.functions) {
    const example = (): string => describeFunction(module, func.index);
    noteFunction(module.types[func.typeIndex], func.offset, example);
    noteTypes(func.locals, func.offset, example);
    for (const { block, offset, op } of func.instructions) {
      if (block.kind === 'body' || op !== func.instructions[block.start].op) continue;
      if (block.params.length > 0 || block.results.length > 1) note('multi-value', offset, example);
      noteTypes(block.results, offset, example);
    }
  }
  module.datas.forEach(({ mode, offset }, i) => {
    const example = (): string => `data segment ${i}`;
    if (mode.kind === 'active') noteConstant(mode.offset, example);
    else note('passive-segments', offset, example);
  });
}
