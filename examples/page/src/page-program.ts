/** What the page knows of a program: all else follows from its types. */
import type { ComponentType } from 'react';
import type { Abi, Hex } from 'viem';
import type { ProofDocument } from 'wattest';
import type { TypedProgram } from 'wattest/typed';
import type { ChainContext } from './chain.tsx';

/** As somebody types it, or as JSON has it: what the codec of the program takes. */
export type Value = unknown;
export type Values = Readonly<Record<string, Value>>;

/** A value that is not typed by hand, and who says it. */
export interface Given {
  readonly value: Value;
  readonly from: string;
}

export interface Around {
  readonly chain: ChainContext;
  readonly account: Hex | undefined;
}

export interface FieldProps {
  /** Of all fields, those that are given among them. */
  readonly values: Values;
  readonly set: (values: Values) => void;
}

/** The call with which a contract takes the result. */
export interface Use {
  readonly label: string;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

export interface PageProgram {
  /** As in the manifest. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly program: TypedProgram<object, object, object>;
  /** Address of the module. */
  readonly wasm: string;
  /** The contract that relies on it, by its name in `chain.json`. */
  readonly contract: string;
  readonly abi: Abi;
  /** What its errors mean, by name. */
  readonly reverts: Readonly<Record<string, string>>;
  /** The values of fields that are not typed by hand. @param typed the values of the others */
  given(around: Around, typed: Values): Promise<Readonly<Record<string, Given>>>;
  /** Fields on which those depend: they are asked for again when one of these changes. */
  readonly givenBy: readonly string[];
  /** What fields begin with; they can be changed. */
  begin(around: Around): Values;
  /** In place of the plain inputs of these fields. */
  readonly parts: readonly { readonly fields: readonly string[]; readonly Part: ComponentType<FieldProps> }[];
  /** Whether the contract takes the proof itself, and has it recorded in the same transaction. */
  readonly takesProof: boolean;
  use(result: { readonly inputs: object; readonly outputs: object }, document: ProofDocument): Use;
  /** What else can be done with a proof, in words of its own; nothing where there is none. */
  readonly Proven?: ComponentType<{ readonly document: ProofDocument }>;
  /** What the contract has; it is asked again after each transaction. */
  readonly State: ComponentType<Around>;
}

/** Keys of questions to a contract: all that begin with this are asked again when something was sent. */
export const CONTRACT_STATE = 'contract-state';
