/** The strict reader of `wattest.json` (docs/typed-programs.md): what is unknown, missing, twice there or out of range is refused with its path. */
import { duplicateMember } from '../json/duplicates.ts';
import { Reader, type ReaderErrors } from '../json/reader.ts';
import { fieldNameProblem, snakeCase, typeNameProblem } from './names.ts';
import {
  type FieldDeclaration,
  GUEST_LANGUAGES,
  type InterfaceDeclaration,
  type Manifest,
  type ManifestProgram,
  type TypedInterface,
} from './program.ts';
import {
  type Field,
  MOST_WORDS,
  parseType,
  rangeOfFields,
  type StructType,
  type Type,
  TypeProblem,
} from './types.ts';

const ERRORS: ReaderErrors = {
  code: 'MANIFEST_INVALID',
  fix: 'Write it as docs/typed-programs.md says',
};

const MOST_FIELDS = 64;
const MOST_ENTRIES = 256;

/** Members that each object of a manifest may have; the schema for editors has the same, which a test holds. */
export const MANIFEST_MEMBERS = {
  manifest: ['$schema', 'out', 'programs'],
  out: ['typescript', 'solidity', 'modules'],
  interface: ['entry', 'structs', 'inputs', 'privateInputs', 'outputs'],
  program: ['source', 'module', 'guest'],
  field: ['name', 'type', 'max'],
} as const;

/** Default folders of what is generated. */
const OUT = 'generated';

/** @param where the file. @throws MANIFEST_INVALID */
export function readManifest(text: string, where: string): Manifest {
  const reader = Reader.parse(text, where, ERRORS);
  const twice = duplicateMember(text);
  if (twice !== undefined) reader.invalid(`has an object with two members ${JSON.stringify(twice)}`);
  return manifestOf(reader);
}

/** Of an object that stands in a configuration. @throws MANIFEST_INVALID */
export function readManifestObject(value: unknown, where: string): Manifest {
  return manifestOf(new Reader(value, where, ERRORS));
}

function manifestOf(reader: Reader): Manifest {
  members(reader, MANIFEST_MEMBERS.manifest);
  const out = optional(reader.at('out'), (given) => {
    members(given, MANIFEST_MEMBERS.out);
    return given;
  });
  const folder = (name: 'typescript' | 'solidity' | 'modules'): string =>
    (out && optional(out.at(name), path)) ?? OUT;
  const programs = entries(reader.at('programs')).map(([name, program]) => readProgram(name, program));
  if (programs.length === 0) reader.at('programs').invalid('names no program');
  const files = new Map<string, string>();
  for (const { name } of programs) {
    const key = snakeCase(name).replaceAll('_', '');
    if (files.has(key))
      reader
        .at('programs')
        .at(name)
        .invalid(`has the same file names as "${files.get(key)}"`);
    files.set(key, name);
  }
  return {
    out: {
      typescript: folder('typescript'),
      solidity: folder('solidity'),
      modules: folder('modules'),
    },
    programs,
  };
}

function readProgram(name: string, reader: Reader): ManifestProgram {
  members(reader, [...MANIFEST_MEMBERS.program, ...MANIFEST_MEMBERS.interface]);
  const source = optional(reader.at('source'), path);
  const module = optional(reader.at('module'), path);
  const guest = optional(reader.at('guest'), (given) => given.oneOf(GUEST_LANGUAGES));
  if ((source === undefined) === (module === undefined)) reader.invalid('needs either "source" or "module"');
  return {
    ...readInterface(name, reader),
    ...(source === undefined ? {} : { source }),
    ...(module === undefined ? {} : { module }),
    ...(guest === undefined ? {} : { guest }),
    declaration: declarationOf(reader),
  };
}

/** The part of an entry that codecs need, as it is written. */
function declarationOf(reader: Reader): InterfaceDeclaration {
  const given = reader.value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    MANIFEST_MEMBERS.interface.flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])),
  ) as unknown as InterfaceDeclaration;
}

/** Of a declaration that stands in generated code. @throws MANIFEST_INVALID */
export function interfaceOf(name: string, declaration: InterfaceDeclaration): TypedInterface {
  const reader = new Reader(declaration, name, ERRORS);
  members(reader, MANIFEST_MEMBERS.interface);
  return readInterface(name, reader);
}

function readInterface(name: string, reader: Reader): TypedInterface {
  const problem = typeNameProblem(name);
  if (problem !== undefined) reader.invalid(problem);
  const structOf = structReader(reader, name);
  const all =
    optional(reader.at('structs'), (given) => entries(given).map(([each]) => structOf(each)!)) ?? [];
  const record = (member: 'inputs' | 'privateInputs' | 'outputs'): readonly Field[] => {
    const given = reader.at(member);
    const fields = optional(given, (list) => readFields(list, structOf)) ?? [];
    bounded(given, fields);
    return fields;
  };
  return {
    name,
    entry: reader
      .at('entry')
      .take((entry) => typeof entry === 'string' && ENTRY.test(entry), 'is no name of an export'),
    structs: all,
    inputs: record('inputs'),
    privateInputs: record('privateInputs'),
    outputs: record('outputs'),
  };
}

/** It stands in comments of what is generated, and must not end them. */
const ENTRY = /^(?!.*\*\/)[\x20-\x7e]+$/;

/** Reads structs when they are first asked for, so their order does not matter; one that has itself is refused. */
function structReader(reader: Reader, program: string): (name: string) => StructType | undefined {
  const structs = reader.at('structs');
  const done = new Map<string, StructType | 'open'>();
  const structOf = (name: string): StructType | undefined => {
    if (structs.value === undefined) return undefined;
    const given = structs.at(name);
    if (given.value === undefined) return undefined;
    const known = done.get(name);
    if (known === 'open') return given.invalid('has itself among its fields');
    if (known !== undefined) return known;
    const problem = name === program ? 'is called like the program' : typeNameProblem(name);
    if (problem !== undefined) given.invalid(problem);
    done.set(name, 'open');
    const fields = readFields(given, structOf);
    if (fields.length === 0) given.invalid('has no fields');
    bounded(given, fields);
    const struct: StructType = { kind: 'struct', name, fields };
    done.set(name, struct);
    return struct;
  };
  return structOf;
}

function bounded(reader: Reader, fields: readonly Field[]): void {
  const { most } = rangeOfFields(fields);
  if (most > MOST_WORDS) reader.invalid(`can take ${most} words, more than ${MOST_WORDS}`);
}

function readFields(reader: Reader, structOf: (name: string) => StructType | undefined): readonly Field[] {
  const names = new Set<string>();
  return reader.list((item) => {
    members(item, MANIFEST_MEMBERS.field);
    const name = item.at('name').text();
    const problem = fieldNameProblem(name);
    if (problem !== undefined) item.at('name').invalid(problem);
    if (names.has(name)) item.at('name').invalid('is there twice');
    names.add(name);
    return { name, type: readType(item, structOf) };
  }, MOST_FIELDS);
}

function readType(item: Reader, structOf: (name: string) => StructType | undefined): Type {
  const text = item.at('type').text() satisfies FieldDeclaration['type'];
  const given = item.at('max');
  const bound = (reader: Reader): number => {
    const max = reader.integer(WORD_BYTES_IN_ALL);
    return max > 0 ? max : reader.invalid('is zero');
  };
  const max = optional(given, () => (Array.isArray(given.value) ? given.list(bound) : [bound(given)])) ?? [];
  try {
    return parseType(text, max, structOf);
  } catch (error) {
    if (error instanceof TypeProblem) return item.at('type').invalid(error.message);
    throw error;
  }
}

/** No bound is larger: of single bytes. */
const WORD_BYTES_IN_ALL = 8 * MOST_WORDS;

/** Path of a file or folder, relative to the manifest: a manifest that somebody sends writes nowhere else. */
function path(reader: Reader): string {
  const text = reader.text();
  const parts = text.split('/');
  if (text === '' || /^[/\\]|^[A-Za-z]:|[\\\0]/.test(text) || parts.includes('..'))
    reader.invalid('is no path below the folder of the manifest, with / between folders');
  return text;
}

function optional<T>(reader: Reader, read: (reader: Reader) => T): T | undefined {
  return reader.value === undefined ? undefined : read(reader);
}

/** Refuses members of other names. */
function members(reader: Reader, known: readonly string[]): void {
  const { value } = reader;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) reader.invalid('is not an object');
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) reader.at(name).invalid(`is unknown: ${known.join(', ')} are known`);
  }
}

function entries(reader: Reader): readonly (readonly [name: string, value: Reader])[] {
  const { value } = reader;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) reader.invalid('is not an object');
  const names = Object.keys(value);
  if (names.length > MOST_ENTRIES) reader.invalid(`has more than ${MOST_ENTRIES} entries`);
  return names.map((name) => [name, reader.at(name)]);
}
