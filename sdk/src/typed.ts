/** `wattest/typed`: what the TypeScript that `wattest bind` writes stands on. Nothing of kernels, machine or Node. */

export { type ErrorCode, type ErrorDetails, isWattestError, WattestError } from './errors/index.ts';
export type { Statement } from './plonk/declare/declare.ts';
export type { Hex } from './plonk/keys/key.ts';
export type { TypedRecord, TypedValue } from './typed/codec.ts';
export type { FieldDeclaration, InterfaceDeclaration, TypedInterface } from './typed/program.ts';
export {
  type EncodedInputs,
  type TypedProgram,
  type TypedStatement,
  typedProgram,
} from './typed/typed-program.ts';
export type {
  ArrayType,
  BytesType,
  Field,
  ListType,
  NumberType,
  RunType,
  StructType,
  Type,
} from './typed/types.ts';
