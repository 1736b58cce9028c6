/** What a manifest says of one program. */
import type { Field, StructType } from './types.ts';

export const GUEST_LANGUAGES = ['c', 'rust', 'assemblyscript'] as const;
export type GuestLanguage = (typeof GUEST_LANGUAGES)[number];

/** What is typed of a program: enough for codecs. */
export interface TypedInterface {
  readonly name: string;
  /** The export, which takes and returns nothing: all that it is given and gives goes by the words of inputs and outputs. */
  readonly entry: string;
  readonly structs: readonly StructType[];
  readonly inputs: readonly Field[];
  readonly privateInputs: readonly Field[];
  readonly outputs: readonly Field[];
}

/** An entry of `programs`, paths as they are written there. */
export interface ManifestProgram extends TypedInterface {
  /** Exactly one of both. */
  readonly source?: string;
  readonly module?: string;
  readonly guest?: GuestLanguage;
  /** `interfaceReader` takes it again. */
  readonly declaration: InterfaceDeclaration;
}

export interface Manifest {
  /** Folders, relative to the manifest. */
  readonly out: { readonly typescript: string; readonly solidity: string; readonly modules: string };
  readonly programs: readonly ManifestProgram[];
}

/** A typed interface as JSON has it. */
export interface InterfaceDeclaration {
  readonly entry: string;
  readonly structs?: Readonly<Record<string, readonly FieldDeclaration[]>>;
  readonly inputs?: readonly FieldDeclaration[];
  readonly privateInputs?: readonly FieldDeclaration[];
  readonly outputs?: readonly FieldDeclaration[];
}

export interface FieldDeclaration {
  readonly name: string;
  readonly type: string;
  readonly max?: number | readonly number[];
}
