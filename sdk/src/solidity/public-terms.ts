/** Second part of the generated verifier: bus terms that it adds itself, of a run's statement and of the public vector of a recursion. */
import { Fr } from '../field/field.ts';
import type { PointPart, PublicField, Subject } from '../plonk/declare/declare.ts';
import type { PublicTermShape } from '../plonk/declare/shape.ts';
import { betaNames, longestTerm, type MemoryLayout, POINT, WORD } from './layout.ts';
import { type GeneratorContext, rejectIf, requireThat } from './read.ts';
import { hexNumber, indent, yulFunction } from './yul.ts';

/** The place in STATEMENT as an address. */
export const inStatement = (offset: number): string => `add(STATEMENT, ${hexNumber(offset)})`;

/** Where the challenges stand that terms are made with. */
interface Leaves {
  readonly alpha: string;
  readonly beta: (power: number) => string;
}

/**
 * `public_terms()`: the sum of the bus terms of the statement as one fraction, so that nobody inverts; of a recursion those of its public
 * vector, and `subject_terms()` those of the statement.
 */
export function publicTerms(context: GeneratorContext): string[] {
  const { key, memory } = context;
  const { publicTerms: terms, recursion } = key.shape;
  const end = ['mstore(NUMERATOR, num)', 'mstore(DENOMINATOR, den)'];
  const about = 'Bus terms of the statement, Σ ±1/(α − Σ β^i·t_i), as one fraction.';
  if (recursion === undefined) {
    const betas = betaNames(key.shape);
    const leaves = { alpha: 'ALPHA', beta: (power: number) => betas[power - 1]! };
    return yulFunction('public_terms()', [...fraction(terms, leaves, memory), ...end], about);
  }
  return [
    ...yulFunction(
      'public_terms()',
      [...vectorFraction(terms, memory), ...end],
      'Bus terms of the public vector, Σ ±1/(α − Σ β^i·t_i), as one fraction.',
    ),
    ...(recursion.subject === undefined ? [] : subjectTerms(recursion.subject, memory)),
  ];
}

/** The terms of the statement add up to minus the sum that the proof names, under the challenges that it names. */
function subjectTerms({ publicTerms: terms }: Subject, memory: MemoryLayout): string[] {
  const { messages } = memory.statement;
  const [alpha, beta, sum] = [0, 1, 2].map((i) => inStatement(messages + i * WORD)) as [
    string,
    string,
    string,
  ];
  const betas = (power: number): string =>
    power === 1 ? 'SUBJECT_BETAS' : `add(SUBJECT_BETAS, ${hexNumber((power - 1) * WORD)})`;
  const powers = Array.from({ length: longestTerm(terms) - 1 }, (_, i) => i + 2);
  return yulFunction(
    'subject_terms()',
    [
      `let beta := mload(${beta})`,
      `mstore(${betas(1)}, beta)`,
      ...powers.map((i) => `mstore(${betas(i)}, mulmod(mload(${betas(i - 1)}), beta, R)) // β^${i}`),
      ...fraction(terms, { alpha, beta: betas }, memory),
      ...requireThat(`iszero(addmod(mulmod(den, mload(${sum}), r), num, r))`, 'SumFails'),
    ],
    'Bus terms of the statement with α, β of the proof that this one stands for: with the sum of that one they vanish.',
  );
}

/** `num`, `den` of terms of a statement; `den` is not zero. */
function fraction(
  terms: readonly PublicTermShape[],
  { alpha, beta }: Leaves,
  { statement }: MemoryLayout,
): string[] {
  const sum = (parts: readonly string[]): string =>
    parts.reduceRight((rest, part) => (rest === '' ? part : `addmod(${part}, ${rest}, r)`), '');
  const fieldTerm = (field: PublicField, i: number): string[] => {
    const power = `mload(${beta(i + 1)})`;
    const times = (value: string): string[] => [`mulmod(${power}, ${value}, r)`];
    switch (field.from) {
      case 'constant': {
        const value = Fr.from(field.value);
        return value === 0n ? [] : value === 1n ? [power] : times(hexNumber(value));
      }
      case 'entry':
        return times('mload(add(PROGRAM, 0x20))');
      case 'status':
        return times(`mload(${inStatement(statement.counts + 2 * WORD)})`);
      case 'index':
        return times('i');
      case 'word':
        return times('word');
      default:
        throw new RangeError(`a term of a statement has no field from ${field.from}`);
    }
  };
  const varies = ({ from }: PublicField): boolean => from === 'index' || from === 'word';
  const body = ['let r := R', 'let num := 0x00', 'let den := 0x01'];
  for (const { name, tag, sign, fields, each } of terms) {
    const fixedTerms = fields.flatMap((field, i) => (varies(field) ? [] : fieldTerm(field, i)));
    const base = `addmod(mload(${alpha}), sub(r, ${sum([hexNumber(tag), ...fixedTerms])}), r)`;
    const add = [
      `num := addmod(mulmod(num, d, r), ${sign === 1 ? 'den' : 'sub(r, den)'}, r)`,
      'den := mulmod(den, d, r)',
    ];
    body.push(`// ${name}`, '{');
    if (each === undefined) body.push(...indent([`let d := ${base}`, ...add], 4));
    else {
      const perWord = fields.flatMap((field, i) => (varies(field) ? fieldTerm(field, i) : []));
      const first = inStatement(statement.words);
      const d = perWord.length === 0 ? 'base' : `addmod(base, sub(r, ${sum(perWord)}), r)`;
      body.push(
        ...indent(
          [
            `let base := ${base}`,
            each === 'inputs'
              ? `let at := ${first}`
              : `let at := add(${first}, shl(3, mload(${inStatement(statement.counts)})))`,
            `let count := mload(${inStatement(statement.counts + (each === 'inputs' ? 0 : WORD))})`,
            'for { let i := 0 } lt(i, count) { i := add(i, 1) } {',
            ...(fields.some(({ from }) => from === 'word')
              ? ['    let word := shr(192, mload(add(at, shl(3, i))))']
              : []),
            ...indent([`let d := ${d}`, ...add], 4),
            '}',
          ],
          4,
        ),
      );
    }
    body.push('}');
  }
  body.push(...rejectIf('iszero(den)', 'PublicTermZero'));
  return body;
}

/** The same of the public vector: tuples by Horner's rule, as `d = Σ β^i·t_i − α`, so that a sum is never reduced before its product. */
function vectorFraction(terms: readonly PublicTermShape[], memory: MemoryLayout): string[] {
  const { statement } = memory;
  const body = [
    'let r := R',
    'let beta := mload(BETA)',
    'let minusAlpha := sub(r, mload(ALPHA))',
    `let hash := keccak256(${inStatement(statement.counts)}, add(${hexNumber(3 * WORD)}, shl(3, add(` +
      `mload(${inStatement(statement.counts)}), mload(${inStatement(statement.counts + WORD)})))))`,
    'let num',
    'let den',
    'let t',
  ];
  for (const [i, { name, tag, sign, fields }] of terms.entries()) {
    const values = [hexNumber(tag), ...fields.map((field) => element(field, memory))];
    // Zeros at the end of a tuple count for nothing.
    while (values.at(-1) === '0x00') values.pop();
    body.push(`// ${name}`, `t := ${values.at(-1)}`);
    for (const value of values.slice(0, -1).reverse()) {
      body.push(`t := ${value === '0x00' ? 'mulmod(t, beta, r)' : `add(mulmod(t, beta, r), ${value})`}`);
    }
    const d = 'addmod(t, minusAlpha, r)';
    // Of −d the numerator has the other sign.
    if (i === 0) body.push(`num := ${sign === 1 ? 'sub(r, 0x01)' : '0x01'}`, `den := ${d}`);
    else {
      body.push(
        `t := ${d}`,
        `num := addmod(mulmod(num, t, r), ${sign === 1 ? 'sub(r, den)' : 'den'}, r)`,
        'den := mulmod(den, t, r)',
      );
    }
  }
  return [...body, ...rejectIf('iszero(den)', 'PublicTermZero')];
}

/** An element of the public vector, below r: coordinates and halves are split as `pointElements` and `statementHalves` do. */
function element(field: PublicField, { statement, at }: MemoryLayout): string {
  switch (field.from) {
    case 'constant':
      return hexNumber(Fr.from(field.value));
    case 'message':
      return `mload(${inStatement(statement.messages + field.index * WORD)})`;
    case 'pair':
      return pointElement(inStatement, statement.pair + (field.point === 'A' ? 0 : POINT), field.part);
    case 'statement':
      return field.half === 0 ? 'shr(128, hash)' : 'shr(128, shl(128, hash))';
    case 'log':
      return 'mload(PROGRAM)';
    case 'entry':
      return 'mload(add(PROGRAM, 0x20))';
    case 'commitment':
      return pointElement(hexNumber, at('PROGRAM') + 2 * WORD + field.index * POINT, field.part);
    default:
      throw new RangeError(`a public vector has no field from ${field.from}`);
  }
}

function pointElement(address: (at: number) => string, at: number, part: PointPart): string {
  const [x, y] = [`mload(${address(at)})`, `mload(${address(at + WORD)})`];
  switch (part) {
    case 0:
      return `shr(64, shl(64, ${x}))`;
    case 1:
      return `or(shr(192, ${x}), shr(64, shl(128, ${y})))`;
    case 2:
      return `shr(128, ${y})`;
  }
}
