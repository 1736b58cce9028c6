/** The TypeScript of a program: types of its values, and its codecs. */
import type { ManifestProgram, TypedInterface } from '../program.ts';
import { type Field, type Type, typesOf } from '../types.ts';
import { GENERATED } from './names.ts';
import type { ProgramIdentity } from './solidity.ts';

function typeName(type: Type, program: string): string {
  switch (type.kind) {
    case 'number':
      return type.as === 'bool' ? 'boolean' : type.as === 'address' ? 'Hex' : 'bigint';
    case 'run':
      return 'Hex';
    case 'bytes':
      return type.name === 'bytes' ? 'Hex' : 'string';
    case 'array':
    case 'list':
      return `readonly ${bracketed(typeName(type.item, program))}[]`;
    case 'struct':
      return `${program}${type.name}`;
  }
}

const bracketed = (name: string): string => (name.startsWith('readonly ') ? `(${name})` : name);

function interfaceOf(name: string, fields: readonly Field[], program: string): string {
  if (fields.length === 0) return `export type ${name} = Readonly<Record<string, never>>;\n`;
  const members = fields.map((field) => `  readonly ${field.name}: ${typeName(field.type, program)};\n`);
  return `export interface ${name} {\n${members.join('')}}\n`;
}

const structsOf = ({ name, inputs, privateInputs, outputs }: TypedInterface): readonly string[] =>
  typesOf([...inputs, ...privateInputs, ...outputs]).flatMap((type) =>
    type.kind === 'struct' ? [interfaceOf(`${name}${type.name}`, type.fields, name)] : [],
  );

export function generateTypeScript(program: ManifestProgram, { id, insecure }: ProgramIdentity): string {
  const { name, inputs, privateInputs, outputs, declaration } = program;
  const types = [
    ...structsOf(program),
    interfaceOf(`${name}Inputs`, inputs, name),
    interfaceOf(`${name}PrivateInputs`, privateInputs, name),
    interfaceOf(`${name}Outputs`, outputs, name),
  ];
  const srs = insecure ? 'a development SRS, under which proofs prove nothing' : 'the SRS of a ceremony';
  const all = types.join('\n');
  return `// ${GENERATED} Id under ${srs}.
import { ${/\bHex\b/.test(all) ? 'type Hex, ' : ''}type TypedProgram, typedProgram } from 'wattest/typed';

${all}
export const ${name}: TypedProgram<${name}Inputs, ${name}PrivateInputs, ${name}Outputs> = typedProgram(
  '${name}',
  '${id}',
  ${JSON.stringify(declaration, null, 2).replaceAll('\n', '\n  ')},
);
`;
}
