/** The Solidity library of a program: its id, structs of its inputs and outputs, and their one encoding into a statement's bytes. */
import type { Hex } from '../../plonk/keys/key.ts';
import { LICENSE, PRAGMA } from '../../solidity/interface.ts';
import type { TypedInterface } from '../program.ts';
import {
  type Field,
  mangledName,
  type NumberType,
  solidityName,
  type Type,
  typesOf,
  wordRange,
} from '../types.ts';
import { GENERATED } from './names.ts';
import { solidityPrelude } from './solidity-prelude.ts';

/** What a program is called on chain, and under which SRS. */
export interface ProgramIdentity {
  readonly id: Hex;
  /** Digest of the machine and its SRS, which the id stands on. */
  readonly machine: Hex;
  readonly insecure: boolean;
}

/** Kinds that lie in memory. */
const isReference = (type: Type): boolean => type.kind !== 'number' && type.kind !== 'run';

const memory = (type: Type): string => `${solidityName(type)}${isReference(type) ? ' memory' : ''}`;

function fromRaw({ as, name }: NumberType): string {
  if (as === 'bool') return 'raw != 0';
  return as === 'address' ? 'address(uint160(raw))' : `${name}(raw)`;
}

function toRaw({ as, signed }: NumberType, value: string): string {
  if (as === 'bool') return `${value} ? 1 : 0`;
  if (as === 'address') return `uint160(${value})`;
  return signed ? `uint256(int256(${value}))` : value;
}

/** Statements that read at `at` into `to`, and move `at`. */
function read(type: Type, to: string): string {
  switch (type.kind) {
    case 'number': {
      const [reader, local] = type.signed ? ['_signed', 'int256'] : ['_unsigned', 'uint256'];
      return `{ ${local} raw; (raw, pos) = ${reader}(pos, end, ${type.words}, ${type.bits}); ${to} = ${fromRaw(type)}; }`;
    }
    case 'run':
      return `{ bytes32 raw; (raw, pos) = _run(pos, end, ${type.size}); ${to} = ${type.name}(raw); }`;
    case 'bytes':
      return `(${to}, pos) = ${type.name === 'bytes' ? '_bytes' : '_text'}(pos, end, ${type.max});`;
    case 'array':
    case 'list':
    case 'struct':
      return `(${to}, pos) = _read_${mangledName(type)}(pos, end);`;
  }
}

/** A statement that writes `from` at `at`, and moves `at`. */
function write(type: Type, from: string): string {
  switch (type.kind) {
    case 'number':
      return `pos = _put(pos, ${toRaw(type, from)}, ${type.words});`;
    case 'run':
      return `pos = _putRun(pos, ${from}, ${type.size});`;
    case 'bytes':
      return `pos = ${type.name === 'bytes' ? '_putBytes' : '_putText'}(pos, ${from}, ${type.max});`;
    case 'array':
    case 'list':
    case 'struct':
      return `pos = _write_${mangledName(type)}(pos, ${from});`;
  }
}

const lines = (list: readonly string[]): string => list.map((line) => `        ${line}\n`).join('');

const readFields = (fields: readonly Field[]): readonly string[] =>
  fields.map(({ name, type }) => read(type, `value.${name}`));
const writeFields = (fields: readonly Field[]): readonly string[] =>
  fields.map(({ name, type }) => write(type, `value.${name}`));

function bodies(
  type: Type,
): { readonly read: readonly string[]; readonly write: readonly string[] } | undefined {
  const loop = (end: string, body: string): string => `for (uint256 i = 0; i < ${end}; i++) ${body}`;
  switch (type.kind) {
    case 'number':
    case 'run':
    case 'bytes':
      return undefined;
    case 'array':
      return {
        read: [loop(String(type.length), read(type.item, 'value[i]'))],
        write: [loop(String(type.length), write(type.item, 'value[i]'))],
      };
    case 'list':
      return {
        read: [
          'uint256 count;',
          `(count, pos) = _count(pos, end, ${type.max});`,
          `_room(pos, end, count * ${wordRange(type.item).least});`,
          `value = new ${solidityName(type)}(count);`,
          loop('count', read(type.item, 'value[i]')),
        ],
        write: [
          `pos = _putCount(pos, value.length, ${type.max});`,
          loop('value.length', write(type.item, 'value[i]')),
        ],
      };
    case 'struct':
      return { read: readFields(type.fields), write: writeFields(type.fields) };
  }
}

function functions(type: Type): string {
  const found = bodies(type);
  if (found === undefined) return '';
  const name = mangledName(type);
  return `    function _read_${name}(uint256 pos, uint256 end) private pure returns (${memory(type)} value, uint256) {
${lines(found.read)}        return (value, pos);
    }

    function _write_${name}(uint256 pos, ${memory(type)} value) private pure returns (uint256) {
${lines(found.write)}        return pos;
    }
`;
}

function struct(name: string, fields: readonly Field[]): string {
  return `    struct ${name} {\n${lines(fields.map((field) => `${solidityName(field.type)} ${field.name};`))}    }\n`;
}

/** Functions of inputs or outputs. */
function record(name: 'Inputs' | 'Outputs', fields: readonly Field[]): string {
  if (fields.length === 0) return '';
  return `    /// @notice The one encoding of the values, as the public ${name.toLowerCase()} of a statement have it.
    function pack(${name} memory value) internal pure returns (bytes memory data) {
        uint256 pos;
        (data, pos) = _open();
${lines(writeFields(fields))}        _close(data, pos);
    }

    /// @notice The values that \`data\` is the encoding of. Reverts unless it is just that: not a word more, no bit in vain.
    function unpack${name}(bytes calldata data) internal pure returns (${name} memory value) {
        uint256 pos;
        uint256 end;
        assembly ("memory-safe") {
            pos := data.offset
            end := add(pos, data.length)
        }
${lines(readFields(fields))}        if (pos != end) revert EncodingTooLong();
    }
`;
}

const exact = (name: 'Inputs' | 'Outputs', fields: readonly Field[]): string =>
  fields.length === 0
    ? `if (public${name}.length != 0) revert EncodingTooLong();`
    : `unpack${name}(public${name});`;

export function generateSolidity(
  program: TypedInterface,
  { id, machine, insecure }: ProgramIdentity,
): string {
  const { name, inputs, outputs } = program;
  const types = typesOf([...inputs, ...outputs]);
  const structs = types.flatMap((type) => (type.kind === 'struct' ? [struct(type.name, type.fields)] : []));
  const code = [
    record('Inputs', inputs),
    record('Outputs', outputs),
    `    /// @notice Reverts unless both are encodings of values: the check for a contract that keys on bytes.
    function requireExact(bytes calldata publicInputs, bytes calldata publicOutputs) internal pure {
        ${exact('Inputs', inputs)}
        ${exact('Outputs', outputs)}
    }
`,
    ...types.map(functions),
  ].filter((part) => part !== '');
  const srs = insecure
    ? 'a development SRS, under which proofs prove nothing'
    : 'the SRS of a ceremony, which is part of the machine';
  return `${LICENSE}
// ${GENERATED} Id under ${srs}.
${PRAGMA}

/// @title Inputs and outputs of the program ${name}
/// @notice Values have one encoding in a statement. Ask a registry about \`pack\` of values, or take bytes only where \`unpack\` or
/// \`requireExact\` takes them: then one run makes one statement true.
library ${name} {
    /// @notice The program. ${insecure ? 'Under a development SRS: another one under that of a ceremony.' : 'Another one under another SRS.'}
    bytes32 internal constant ID = ${id};
    /// @notice Digest of the machine and its SRS: a verifier whose ids start from it takes proofs of this program.
    bytes32 internal constant MACHINE = ${machine};
    bool internal constant INSECURE_SRS = ${insecure};

${[
  ...structs,
  ...(inputs.length === 0 ? [] : [struct('Inputs', inputs)]),
  ...(outputs.length === 0 ? [] : [struct('Outputs', outputs)]),
  `    /// @notice The bytes end before the values do.
    error EncodingTooShort();
    /// @notice Something follows the values.
    error EncodingTooLong();
    /// @notice A value is out of the range of its type, longer than its bound, no UTF-8, or has something where zeros belong.
    error EncodingNotCanonical();
    /// @notice The value has more items or bytes than the manifest allows.
    error ValueTooLong(uint256 length, uint256 max);
    /// @notice The value is a string that is no well-formed UTF-8.
    error ValueNotUtf8();
`,
  ...code,
  `${solidityPrelude(code.join('\n'))}\n`,
].join('\n')}}
`;
}
