import { OP } from './opcodes.ts';
import {
  type ConstantExpression,
  describeFunction,
  indexSpaces,
  type Limits,
  type Module,
  NO_BLOCK,
  quote,
  type TableType,
  type ValueType,
} from './types.ts';
import { type CodeEnvironment, CodeValidator, invalid } from './validate-code.ts';

/** Pages of 65,536 bytes that a 32-bit memory can have. */
const MAX_PAGES = 65_536;
/** Of a table that is addressed by 32 bits. */
const MAX_ELEMENTS = 2 ** 32 - 1;

/**
 * Validates a decoded module completely (specification, chapter 3, WebAssembly 3.0 as far as it decodes).
 *
 * @throws WattestError MODULE_INVALID at the first fault, with its byte offset and the function it is in
 */
export function validateModule(module: Module): void {
  const spaces = indexSpaces(module);
  const environment: CodeEnvironment = { module, spaces, references: declaredReferences(module) };
  validateSignatures(environment);
  validateDefinitions(environment);
  validateSegments(environment);
  validateExports(environment);
  validateStart(environment);
  for (const func of module.functions) {
    const type = module.types[func.typeIndex];
    const inside = (): string => describeFunction(module, func.index);
    const locals = [...type.params, ...func.locals];
    new CodeValidator(environment, inside, locals, type.results).validate(func.instructions, func.block);
  }
}

/** Type indices and limits, of imports and definitions. */
function validateSignatures({ module }: CodeEnvironment): void {
  const checkType = (index: number, offset: number): void => {
    if (index >= module.types.length) invalid(offset, `unknown type ${index}`);
  };
  for (const { description, offset } of module.imports) {
    if (description.kind === 'func') checkType(description.typeIndex, offset);
    else if (description.kind === 'table') validateTable(description.table, offset);
    else if (description.kind === 'memory') validateMemory(description.limits, offset);
  }
  for (const func of module.functions) checkType(func.typeIndex, func.offset);
  for (const table of module.tables) validateTable(table, table.offset);
  for (const memory of module.memories) validateMemory(memory.limits, memory.offset);
}

function validateTable(table: TableType, offset: number): void {
  if (table.limits.min > MAX_ELEMENTS || (table.limits.max ?? 0) > MAX_ELEMENTS) {
    invalid(offset, `table size must be at most ${MAX_ELEMENTS} elements`);
  }
  validateLimits(table.limits, offset);
}

function validateMemory(limits: Limits, offset: number): void {
  if (limits.min > MAX_PAGES || (limits.max ?? 0) > MAX_PAGES) {
    invalid(offset, `memory size must be at most ${MAX_PAGES} pages (4GiB)`);
  }
  validateLimits(limits, offset);
}

function validateLimits({ min, max }: Limits, offset: number): void {
  if (max !== undefined && min > max) {
    invalid(offset, `size minimum must not be greater than maximum: ${min} > ${max}`);
  }
}

/** Globals know those before them; the initial values of tables the imported ones (3.5.5, 3.5.3). */
function validateDefinitions(environment: CodeEnvironment): void {
  const { module, spaces } = environment;
  const { globals: imported } = spaces.imported;
  const importedTables = spaces.tables.length - module.tables.length;
  module.tables.forEach(({ init, type }, i) => {
    if (init === undefined) return;
    validateConstant(environment, init, type, () => `table ${importedTables + i}`, imported);
  });
  module.globals.forEach((global, i) => {
    const index = imported + i;
    validateConstant(environment, global.init, global.type, () => `global ${index}`, index);
  });
}

function validateSegments(environment: CodeEnvironment): void {
  const { module, spaces } = environment;
  module.elements.forEach((element, i) => {
    const inside = (): string => `element segment ${i}`;
    if (element.mode.kind === 'active') {
      const table = spaces.tables[element.mode.table];
      if (table === undefined) invalid(element.offset, `unknown table ${element.mode.table}`, inside);
      if (table.type !== element.type) {
        invalid(
          element.offset,
          `type mismatch: ${element.type} elements for a table of ${table.type}`,
          inside,
        );
      }
      validateConstant(environment, element.mode.offset, 'i32', inside);
    }
    for (const item of element.init) validateConstant(environment, item, element.type, inside);
  });
  module.datas.forEach((data, i) => {
    if (data.mode.kind !== 'active') return;
    const inside = (): string => `data segment ${i}`;
    const { memory } = data.mode;
    if (memory >= spaces.memories.length) invalid(data.offset, `unknown memory ${memory}`, inside);
    validateConstant(environment, data.mode.offset, 'i32', inside);
  });
}

function validateConstant(
  environment: CodeEnvironment,
  { instructions }: ConstantExpression,
  type: ValueType,
  inside: () => string,
  knownGlobals = environment.spaces.globals.length,
): void {
  const { globals } = environment.spaces;
  for (const { op, offset, index } of instructions) {
    if (op === OP['global.get']) {
      if (index >= knownGlobals) invalid(offset, `unknown global ${index} here`, inside);
      if (globals[index].mutable)
        invalid(offset, `constant expression required: global ${index} is mutable`, inside);
    } else if (!CONSTANT_OPS.has(op)) {
      invalid(offset, 'constant expression required', inside);
    }
  }
  new CodeValidator(environment, inside, [], [type]).validate(instructions, NO_BLOCK);
}

/** `end` can only be the last one, since nothing that opens a block is among these. */
const CONSTANT_OPS: ReadonlySet<number> = new Set([
  OP['i32.const'],
  OP['i64.const'],
  OP['f32.const'],
  OP['f64.const'],
  OP['ref.null'],
  OP['ref.func'],
  OP['i32.add'],
  OP['i32.sub'],
  OP['i32.mul'],
  OP['i64.add'],
  OP['i64.sub'],
  OP['i64.mul'],
  OP.end,
]);

function validateExports({ module, spaces }: CodeEnvironment): void {
  const sizes = {
    func: spaces.functions.length,
    table: spaces.tables.length,
    memory: spaces.memories.length,
    global: spaces.globals.length,
  };
  const names = new Set<string>();
  for (const { name, kind, index, offset } of module.exports) {
    if (index >= sizes[kind])
      invalid(offset, `unknown ${kind === 'func' ? 'function' : kind} ${index} exported`);
    if (names.has(name)) invalid(offset, `duplicate export name ${quote(name)}`);
    names.add(name);
  }
}

function validateStart({ module, spaces }: CodeEnvironment): void {
  if (module.start === undefined) return;
  const { index, offset } = module.start;
  if (index >= spaces.functions.length) invalid(offset, `unknown function ${index} as start function`);
  const type = module.types[spaces.functions[index]];
  if (type.params.length > 0 || type.results.length > 0) {
    invalid(offset, `start function ${index} must have no parameters and no results`);
  }
}

/** `C.refs`: functions that occur outside of function bodies, which alone `ref.func` may name inside (3.4.10). */
function declaredReferences(module: Module): ReadonlySet<number> {
  const references = new Set<number>();
  const collect = (expression: ConstantExpression): void => {
    for (const { op, index } of expression.instructions) if (op === OP['ref.func']) references.add(index);
  };
  for (const { init } of module.tables) if (init !== undefined) collect(init);
  for (const global of module.globals) collect(global.init);
  for (const element of module.elements) {
    element.init.forEach(collect);
    if (element.mode.kind === 'active') collect(element.mode.offset);
  }
  for (const data of module.datas) if (data.mode.kind === 'active') collect(data.mode.offset);
  for (const entry of module.exports) if (entry.kind === 'func') references.add(entry.index);
  return references;
}
