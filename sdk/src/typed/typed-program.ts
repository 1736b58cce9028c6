/** What generated TypeScript is: the codecs of one program. */
import { fail } from '../errors/index.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { decodeFields, encodeFields, type TypedRecord } from './codec.ts';
import { interfaceOf } from './manifest.ts';
import type { InterfaceDeclaration, TypedInterface } from './program.ts';

/** What `run`, `check` and `prove` take beside the module. */
export interface EncodedInputs {
  readonly invoke: string;
  readonly publicInputs: readonly bigint[];
  readonly privateInputs: readonly bigint[];
}

/** A statement whose words are the values that a run read and wrote. */
export interface TypedStatement<I, O> {
  readonly inputs: I;
  readonly outputs: O;
}

/** @typeParam I,P,O inputs, private inputs and outputs, as `wattest bind` writes their types */
export interface TypedProgram<I, P, O> {
  readonly interface: TypedInterface;
  readonly id: Hex;
  /** @throws INPUT_INVALID, without a value */
  encode(values: { readonly inputs: I; readonly privateInputs: P }): EncodedInputs;
  /** @throws ENCODING_INVALID */
  decodeInputs(publicInputs: readonly bigint[]): I;
  /** @throws ENCODING_INVALID */
  decodeOutputs(publicOutputs: readonly bigint[]): O;
  /**
   * Of a proof that was verified: the program, that it returned, and all words.
   * @throws PROOF_PROGRAM, PROOF_STATUS, ENCODING_INVALID
   */
  read(proof: {
    readonly programId: Hex;
    readonly statement: {
      readonly publicInputs: readonly bigint[];
      readonly publicOutputs: readonly bigint[];
      readonly status: bigint;
    };
  }): TypedStatement<I, O>;
  /**
   * The inverse of `read`: what a run says that read and wrote these values, and returned. To ask a registry about it, or to put it on record in a mock.
   * @throws INPUT_INVALID, without a value
   */
  statement(values: { readonly inputs: I; readonly outputs: O }): Statement;
}

/**
 * The codecs of a program; `wattest bind` writes calls of it.
 * @param id the program id, under the SRS that `bind` was called with
 * @throws MANIFEST_INVALID
 */
export function typedProgram<I, P, O>(
  name: string,
  id: Hex,
  declaration: InterfaceDeclaration,
): TypedProgram<I, P, O> {
  const typed = interfaceOf(name, declaration);
  const decodeInputs = (words: readonly bigint[]): I =>
    decodeFields(typed.inputs, words, 'publicInputs') as TypedRecord & I;
  const decodeOutputs = (words: readonly bigint[]): O =>
    decodeFields(typed.outputs, words, 'publicOutputs') as TypedRecord & O;
  return {
    interface: typed,
    id,
    encode: ({ inputs, privateInputs }) => encodeInputs(typed, inputs, privateInputs),
    decodeInputs,
    decodeOutputs,
    read: ({ programId, statement }) => {
      if (programId !== id) {
        fail('PROOF_PROGRAM', `the proof is about program ${programId}, not about ${name} (${id})`, {
          fix: 'Prove with the module that `wattest bind` wrote, under the same SRS',
        });
      }
      if (statement.status !== 0n) {
        fail('PROOF_STATUS', `the run of ${name} did not return`, {
          fix: 'Prove a run that returns: one that failed wrote no values',
        });
      }
      return {
        inputs: decodeInputs(statement.publicInputs),
        outputs: decodeOutputs(statement.publicOutputs),
      };
    },
    statement: ({ inputs, outputs }) => ({
      publicInputs: encodeFields(typed.inputs, inputs, 'inputs'),
      publicOutputs: encodeFields(typed.outputs, outputs, 'outputs'),
      status: 0n,
    }),
  };
}

/** Words of both kinds of inputs. @throws INPUT_INVALID, without a value */
export function encodeInputs(typed: TypedInterface, inputs: unknown, privateInputs: unknown): EncodedInputs {
  return {
    invoke: typed.entry,
    publicInputs: encodeFields(typed.inputs, inputs, 'inputs'),
    privateInputs: encodeFields(typed.privateInputs, privateInputs, 'privateInputs'),
  };
}
