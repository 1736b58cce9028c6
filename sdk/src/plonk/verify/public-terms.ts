/** The bus terms that the verifier adds itself: initial and exit state, every public input and output word, end counters. */
import type { G1Point } from '../../curve/g1.ts';
import { Fr } from '../../field/field.ts';
import { elementsOf, pointElements } from '../../transcript/elements.ts';
import type { PairPoint, PointPart, PublicField, Statement } from '../declare/declare.ts';
import type { PublicTermShape } from '../declare/shape.ts';
import type { ProgramKey } from '../keys/key.ts';
import { statementHash } from './proof.ts';

/** A public term with its values: `sign / (α − Σ β^i·tuple_i)`, tag first. */
export interface PublicTuple {
  readonly name: string;
  readonly sign: 1 | -1;
  readonly tuple: readonly bigint[];
}

/** What a proof of a recursion says of other proofs. */
export interface Carried {
  readonly messages: readonly bigint[];
  readonly pair: Readonly<Record<PairPoint, NonNullable<G1Point>>>;
}

/** What public terms speak of: a program, of which those of a run take the entry alone, and a statement; of a recursion also what it carries. */
export interface PublicContext {
  readonly program: Pick<ProgramKey, 'entry'> & Partial<ProgramKey>;
  readonly statement: Statement;
  readonly carried?: Carried | undefined;
}

/** Stands for the statement where a proof is about other proofs alone. */
export const NO_STATEMENT: Statement = { publicInputs: [], publicOutputs: [], status: 0n };

/** Halves of the hash of a whole statement, as numbers, the high one first. */
export function statementHalves(statement: Statement): [bigint, bigint] {
  const [high, low] = elementsOf('bytes32', statementHash(statement));
  return [high!, low!];
}

/** Every public term of a statement, in the order of declaration; a term `each` once for each word. */
export function publicTuples(terms: readonly PublicTermShape[], context: PublicContext): PublicTuple[] {
  const { program, statement } = context;
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
      default:
        return vectorElement(field, context);
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

const partOf = (point: G1Point, part: PointPart): bigint =>
  pointElements(point?.x ?? 0n, point?.y ?? 0n)[part]!;

type VectorField = Exclude<
  PublicField,
  { readonly from: 'constant' | 'entry' | 'status' | 'index' | 'word' }
>;

function vectorElement(field: VectorField, { program, statement, carried }: PublicContext): bigint {
  const found = ((): bigint | undefined => {
    switch (field.from) {
      case 'message':
        return carried?.messages[field.index];
      case 'pair':
        return carried && partOf(carried.pair[field.point], field.part);
      case 'statement':
        return statementHalves(statement)[field.half];
      case 'log':
        return program.log === undefined ? undefined : BigInt(program.log);
      case 'commitment': {
        const point = program.commitments?.[field.index];
        return point === undefined ? undefined : partOf(point, field.part);
      }
    }
  })();
  if (found === undefined) throw new RangeError(`there is no ${field.from} for a public term`);
  return found;
}

/** The sum of the public terms as one fraction: `num·D ± den`, `den·D` term by term, so that nobody inverts. */
export function publicFraction(
  terms: readonly PublicTermShape[],
  context: PublicContext & { readonly alpha: bigint; readonly beta: bigint },
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
