import { type CodeContext, countInstructions, decodeExpression, impliedInstruction } from './code.ts';
import { LIMITS } from './limits.ts';
import { decodeNames, NO_NAMES } from './names.ts';
import { OP, opcodeById } from './opcodes.ts';
import {
  laterExternalKind,
  laterLimits,
  laterMutability,
  laterSection,
  laterType,
  laterVersion,
} from './proposals.ts';
import { checkLimit, malformed, Reader, refuseLater } from './reader.ts';
import type * as Wasm from './types.ts';
import { readReferenceType, readValueType } from './value-types.ts';

/**
 * Decodes a binary module (specification, chapter 5) strictly: every byte is accounted for.
 *
 * @param bytes the whole file; the module keeps no view of it
 * @returns a module that is well-formed but not yet known to be valid: see validateModule
 * @throws WattestError MODULE_MALFORMED with the byte offset and what was expected there; MODULE_UNSUPPORTED for
 * what belongs to a proposal of proposals.ts; MODULE_TOO_LARGE beyond {@link LIMITS}
 */
export function decodeModule(bytes: Uint8Array): Wasm.Module {
  checkLimit(0, bytes.length, LIMITS.fileBytes, 'bytes');
  const reader = new Reader(bytes, 0, bytes.length);
  readHeader(reader);
  const draft = new Draft(bytes.length);
  let rank = -1;
  while (!reader.done) {
    const offset = reader.offset;
    const id = reader.byte('a section id');
    const size = reader.u32('a section size');
    if (size > bytes.length - reader.offset) {
      const left = bytes.length - reader.offset;
      malformed(
        offset,
        `length out of bounds: a section of ${size} bytes where ${left} are left in the file`,
      );
    }
    draft.sections.push({ id, offset, size });
    reader.limit = reader.offset + size;
    if (id === 0) {
      decodeCustom(reader, draft);
    } else {
      const section = SECTIONS.find((entry) => entry.id === id);
      if (section === undefined) {
        refuseLater(offset, laterSection(id));
        malformed(offset, `malformed section id ${id}`);
      }
      const sectionRank = SECTIONS.indexOf(section);
      if (sectionRank <= rank) {
        malformed(offset, `unexpected content: the ${section.name} section is repeated or out of order`);
      }
      rank = sectionRank;
      section.decode(reader, draft);
    }
    if (!reader.done) {
      const left = reader.limit - reader.offset;
      malformed(
        reader.offset,
        `section size mismatch: ${left} bytes are left after the contents of section ${id}`,
      );
    }
    reader.limit = bytes.length;
  }
  return draft.finish();
}

/** Sections in the order that the format prescribes (5.5.2). */
const SECTIONS: readonly {
  readonly id: number;
  readonly name: string;
  readonly decode: (reader: Reader, draft: Draft) => void;
}[] = [
  { id: 1, name: 'type', decode: decodeTypes },
  { id: 2, name: 'import', decode: decodeImports },
  { id: 3, name: 'function', decode: decodeFunctions },
  { id: 4, name: 'table', decode: decodeTables },
  { id: 5, name: 'memory', decode: decodeMemories },
  { id: 6, name: 'global', decode: decodeGlobals },
  { id: 7, name: 'export', decode: decodeExports },
  { id: 8, name: 'start', decode: decodeStart },
  { id: 9, name: 'element', decode: decodeElements },
  { id: 12, name: 'data count', decode: decodeDataCount },
  { id: 10, name: 'code', decode: decodeCode },
  { id: 11, name: 'data', decode: decodeDatas },
];

const EXTERNAL_KINDS: readonly Wasm.ExternalKind[] = ['func', 'table', 'memory', 'global'];

/** The name of a section id, for messages and listings. */
export function sectionName(id: number): string {
  if (id === 0) return 'custom';
  return SECTIONS.find((section) => section.id === id)?.name ?? `section ${id}`;
}

/** The module while it is being read. */
class Draft implements CodeContext {
  readonly size: number;
  readonly sections: Wasm.Section[] = [];
  readonly types: Wasm.FunctionType[] = [];
  readonly imports: Wasm.Import[] = [];
  /** Type indices of the function section, until the code section supplies the bodies. */
  readonly declared: number[] = [];
  readonly functions: Wasm.Func[] = [];
  readonly tables: Wasm.Table[] = [];
  readonly memories: Wasm.Memory[] = [];
  readonly globals: Wasm.Global[] = [];
  readonly exports: Wasm.Export[] = [];
  start: { index: number; offset: number } | undefined;
  readonly elements: Wasm.Element[] = [];
  readonly datas: Wasm.Data[] = [];
  readonly customs: Wasm.CustomSection[] = [];
  dataCount: number | undefined;
  importedFunctions = 0;
  instructionCount = 0;
  localCount = 0;
  typeEntryCount = 0;

  constructor(size: number) {
    this.size = size;
  }

  finish(): Wasm.Module {
    if (this.functions.length !== this.declared.length) {
      malformed(
        this.size,
        'function and code section have inconsistent lengths: ' +
          `${this.declared.length} functions declared, ${this.functions.length} bodies`,
      );
    }
    if (this.dataCount !== undefined && this.dataCount !== this.datas.length) {
      malformed(
        this.size,
        'data count and data section have inconsistent lengths: ' +
          `${this.dataCount} segments announced, ${this.datas.length} given`,
      );
    }
    const nameSection = this.customs.find((custom) => custom.name === 'name');
    return {
      size: this.size,
      sections: this.sections,
      types: this.types,
      imports: this.imports,
      functions: this.functions,
      tables: this.tables,
      memories: this.memories,
      globals: this.globals,
      exports: this.exports,
      start: this.start,
      elements: this.elements,
      datas: this.datas,
      customs: this.customs,
      names: nameSection === undefined ? NO_NAMES : decodeNames(nameSection.bytes),
    };
  }
}

function readHeader(reader: Reader): void {
  const magic = [0x00, 0x61, 0x73, 0x6d];
  const version = [0x01, 0x00, 0x00, 0x00];
  const matches = (expected: number[]): boolean =>
    expected.every((byte) => !reader.done && reader.byte('the header') === byte);
  if (!matches(magic)) {
    malformed(
      0,
      'magic header not detected, expected 00 61 73 6d (a .wasm file)',
      'Give the compiled module (.wasm), not its source or another file',
    );
  }
  if (!matches(version)) {
    refuseLater(4, laterVersion(reader.bytes.subarray(4, 8)));
    malformed(4, 'unknown binary version, expected 01 00 00 00');
  }
}

function decodeCustom(reader: Reader, draft: Draft): void {
  const name = reader.name('a custom section name');
  checkLimit(reader.offset, draft.customs.length + 1, LIMITS.customs, 'custom sections');
  const offset = reader.offset;
  draft.customs.push({ name, offset, bytes: reader.take(reader.limit - offset, 'contents').slice() });
}

function decodeTypes(reader: Reader, draft: Draft): void {
  const readTypes = (limit: number, what: string): Wasm.ValueType[] => {
    const offset = reader.offset;
    const count = reader.count(limit, what);
    draft.typeEntryCount += count;
    checkLimit(offset, draft.typeEntryCount, LIMITS.typeEntries, 'parameters and results of all types');
    const types: Wasm.ValueType[] = [];
    for (let i = 0; i < count; i++) types.push(readValueType(reader, 'a value type'));
    return types;
  };
  forEachItem(reader, LIMITS.types, 'types', (offset) => {
    const form = reader.byte('a function type');
    if (form !== 0x60) refuseLater(offset, laterType(form));
    if (form !== 0x60) malformed(offset, `malformed function type 0x${form.toString(16)}, expected 0x60`);
    const params = readTypes(LIMITS.functionParams, 'parameters');
    draft.types.push({ params, results: readTypes(LIMITS.functionResults, 'results') });
  });
}

function decodeImports(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.imports, 'imports', (offset) => {
    const module = reader.name('an import module name');
    const name = reader.name('an import name');
    const description = readImportDescription(reader);
    if (description.kind === 'func') draft.importedFunctions++;
    draft.imports.push({ module, name, description, offset });
  });
}

function readImportDescription(reader: Reader): Wasm.ImportDescription {
  const kind = readExternalKind(reader, 'import');
  switch (kind) {
    case 'func':
      return { kind, typeIndex: reader.u32('a type index') };
    case 'table':
      return { kind, table: readTableType(reader) };
    case 'memory':
      return { kind, limits: readLimits(reader) };
    case 'global':
      return { kind, global: readGlobalType(reader) };
  }
}

function decodeFunctions(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.functions, 'functions', () => {
    draft.declared.push(reader.u32('a type index'));
  });
}

function decodeTables(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.tables, 'tables', (offset) => {
    const hasInit = reader.bytes[offset] === 0x40 && reader.bytes[offset + 1] === 0;
    if (hasInit) reader.take(2, 'a table with an initial value');
    const type = readTableType(reader);
    draft.tables.push({
      ...type,
      init: hasInit ? readConstant(reader, draft, type.type) : undefined,
      offset,
    });
  });
}

function decodeMemories(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.memories, 'memories', (offset) => {
    draft.memories.push({ limits: readLimits(reader), offset });
  });
}

function decodeGlobals(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.globals, 'globals', (offset) => {
    const type = readGlobalType(reader);
    draft.globals.push({ ...type, init: readConstant(reader, draft, type.type), offset });
  });
}

function decodeExports(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.exports, 'exports', (offset) => {
    const name = reader.name('an export name');
    const kind = readExternalKind(reader, 'export');
    draft.exports.push({ name, kind, index: reader.u32(`a ${kind} index`), offset });
  });
}

function decodeStart(reader: Reader, draft: Draft): void {
  const { offset } = reader;
  draft.start = { index: reader.u32('a function index'), offset };
}

function decodeElements(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.elements, 'element segments', (offset) => {
    const flags = reader.u32('element segment flags');
    if (flags > 7) malformed(offset, `malformed element segment flags ${flags}, expected 0..7`);
    const inactive = (flags & 1) !== 0;
    const explicit = (flags & 2) !== 0;
    const expressions = (flags & 4) !== 0;
    let mode: Wasm.Element['mode'] = { kind: explicit ? 'declarative' : 'passive' };
    if (!inactive) {
      const table = explicit ? reader.u32('a table index') : 0;
      mode = { kind: 'active', table, offset: readConstant(reader, draft, 'i32') };
    }
    let type: Wasm.ReferenceType = 'funcref';
    if (inactive || explicit) {
      const at = reader.offset;
      if (expressions) type = readReferenceType(reader);
      else if (reader.byte('an element kind') !== 0) malformed(at, 'malformed element kind, expected 0x00');
    }
    const init: Wasm.ConstantExpression[] = [];
    forEachItem(reader, LIMITS.instructions, 'elements', () => {
      init.push(expressions ? readConstant(reader, draft, type) : readFunctionIndex(reader, draft));
    });
    draft.elements.push({ type, init, abbreviated: !expressions, mode, offset });
  });
}

function decodeDataCount(reader: Reader, draft: Draft): void {
  draft.dataCount = reader.u32('the number of data segments');
}

function decodeCode(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.functions, 'function bodies', (start) => {
    const size = reader.u32('the size of a function body');
    const offset = reader.offset;
    const sectionEnd = reader.limit;
    if (size > sectionEnd - offset) {
      malformed(
        start,
        `unexpected end: a body of ${size} bytes where ${sectionEnd - offset} are left in the section`,
      );
    }
    checkLimit(start, size, LIMITS.functionBytes, 'bytes in one function');
    const position = draft.functions.length;
    if (position >= draft.declared.length) {
      malformed(
        start,
        `function and code section have inconsistent lengths: only ${draft.declared.length} functions are declared`,
      );
    }
    const typeIndex = draft.declared[position];
    reader.limit = offset + size;
    const locals = readLocals(reader, draft);
    const code = decodeExpression(reader, draft, draft.types[typeIndex]?.results ?? []);
    if (!reader.done) {
      const left = reader.limit - reader.offset;
      malformed(
        reader.offset,
        `${left} bytes are left after the end of a function body, END opcode expected last`,
      );
    }
    reader.limit = sectionEnd;
    draft.functions.push({
      index: draft.importedFunctions + position,
      typeIndex,
      locals,
      ...code,
      offset,
      size,
    });
  });
}

function readLocals(reader: Reader, draft: Draft): Wasm.ValueType[] {
  const start = reader.offset;
  const groups: { count: number; type: Wasm.ValueType }[] = [];
  let total = 0;
  forEachItem(reader, LIMITS.functionBytes, 'groups of locals', (offset) => {
    const count = reader.u32('a number of locals');
    groups.push({ count, type: readValueType(reader, 'the type of locals') });
    total += count;
    if (total > 0xffffffff) malformed(offset, 'too many locals, the format allows 2^32 - 1');
  });
  checkLimit(start, total, LIMITS.functionLocals, 'locals in one function');
  draft.localCount += total;
  checkLimit(start, draft.localCount, LIMITS.locals, 'locals in all functions');
  return groups.flatMap(({ count, type }) => new Array<Wasm.ValueType>(count).fill(type));
}

function decodeDatas(reader: Reader, draft: Draft): void {
  forEachItem(reader, LIMITS.datas, 'data segments', (offset) => {
    const flags = reader.u32('data segment flags');
    if (flags > 2) malformed(offset, `malformed data segment flags ${flags}, expected 0..2`);
    let mode: Wasm.Data['mode'] = { kind: 'passive' };
    if (flags !== 1) {
      const memory = flags === 2 ? reader.u32('a memory index') : 0;
      mode = { kind: 'active', memory, offset: readConstant(reader, draft, 'i32') };
    }
    const length = reader.u32('the length of a data segment');
    draft.datas.push({ bytes: reader.take(length, 'the bytes of a data segment').slice(), mode, offset });
  });
}

function readConstant(reader: Reader, draft: Draft, type: Wasm.ValueType): Wasm.ConstantExpression {
  const { offset } = reader;
  return { instructions: decodeExpression(reader, draft, [type]).instructions, offset };
}

const REF_FUNC = opcodeById(OP['ref.func'])!;
const END = opcodeById(OP.end)!;

/** A function index of an element segment's short form, as the expression that it abbreviates (5.5.12). */
function readFunctionIndex(reader: Reader, draft: Draft): Wasm.ConstantExpression {
  const { offset } = reader;
  const index = reader.u32('a function index');
  countInstructions(draft, offset, 2);
  return {
    instructions: [impliedInstruction(REF_FUNC, offset, index), impliedInstruction(END, offset, 0)],
    offset,
  };
}

function readExternalKind(reader: Reader, what: string): Wasm.ExternalKind {
  const { offset } = reader;
  const byte = reader.byte(`an ${what} kind`);
  const kind = EXTERNAL_KINDS[byte];
  if (kind === undefined) {
    refuseLater(offset, laterExternalKind(byte));
    malformed(offset, `malformed ${what} kind ${byte}, expected 0..3`);
  }
  return kind;
}

function readTableType(reader: Reader): Wasm.TableType {
  const type = readReferenceType(reader);
  return { type, limits: readLimits(reader) };
}

function readLimits(reader: Reader): Wasm.Limits {
  const { offset } = reader;
  const flags = reader.byte('limits');
  refuseLater(offset, laterLimits(flags));
  if (flags > 1) malformed(offset, `malformed limits flags ${flags}, expected 0 or 1`);
  const min = reader.u64('a minimum size');
  return { min, max: flags === 1 ? reader.u64('a maximum size') : undefined };
}

function readGlobalType(reader: Reader): Wasm.GlobalType {
  const type = readValueType(reader, 'a global type');
  const { offset } = reader;
  const mutability = reader.byte('mutability');
  refuseLater(offset, laterMutability(mutability));
  if (mutability > 1) malformed(offset, `malformed mutability ${mutability}, expected 0 or 1`);
  return { type, mutable: mutability === 1 };
}

/** A vector (5.1.3): reads the count, then each item; `item` gets the offset where it starts. */
function forEachItem(reader: Reader, limit: number, what: string, item: (offset: number) => void): void {
  const count = reader.count(limit, what);
  for (let i = 0; i < count; i++) item(reader.offset);
}
