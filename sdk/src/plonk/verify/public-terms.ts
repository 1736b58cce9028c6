/** The bus terms that the verifier adds itself: initial and exit state, every public input and output word, end counters. */
import { Fr } from '../../field/field.ts';
import type { PublicField, Statement } from '../declare/declare.ts';
import type { PublicTermShape } from '../declare/shape.ts';
import type { ProgramKey } from '../keys/key.ts';

/** A public term with its values: `sign / (α − Σ β^i·tuple_i)`, tag first. */
export interface PublicTuple {
  readonly name: string;
  readonly sign: 1 | -1;
  readonly tuple: readonly bigint[];
}

/** Every public term of a statement, in the order of declaration; a term `each` once for each word. */
export function publicTuples(
  terms: readonly PublicTermShape[],
  { program, statement }: { readonly program: Pick<ProgramKey, 'entry'>; readonly statement: Statement },
): PublicTuple[] {
  const value = (field: PublicField, index: number, word: bigint): bigint => {
    switch (field.from) {
      case 'constant':
        return Fr.from(field.value);
      case 'entry':
        return program.entry;
      case 'status':
        return statement.status;
      case 'index':
        return BigInt(index);
      case 'word':
        return word;
    }
  };
  return terms.flatMap(({ name, tag, sign, fields, each }) => {
    const words =
      each === undefined ? [0n] : each === 'inputs' ? statement.publicInputs : statement.publicOutputs;
    return words.map((word, i) => ({
      name: each === undefined ? name : `${name}[${i}]`,
      sign,
      tuple: [BigInt(tag), ...fields.map((field) => value(field, i, word))],
    }));
  });
}

/** The sum of the public terms as one fraction: `num·D ± den`, `den·D` term by term, so that nobody inverts. */
export function publicFraction(
  terms: readonly PublicTermShape[],
  context: {
    readonly program: Pick<ProgramKey, 'entry'>;
    readonly statement: Statement;
    readonly alpha: bigint;
    readonly beta: bigint;
  },
): { readonly num: bigint; readonly den: bigint } {
  let num = 0n;
  let den = 1n;
  for (const { sign, tuple } of publicTuples(terms, context)) {
    const sum = tuple.reduceRight((acc, field) => Fr.add(Fr.mul(acc, context.beta), field), 0n);
    const D = Fr.sub(context.alpha, sum);
    num = Fr.mul(num, D);
    num = sign === 1 ? Fr.add(num, den) : Fr.sub(num, den);
    den = Fr.mul(den, D);
  }
  return { num, den };
}
