/** Second part of the generated verifier: public terms, the identity at z, the opening. Lines of Yul functions. */

import { G2_GENERATOR } from '../curve/g2.ts';
import { FR_MODULUS, Fr } from '../field/field.ts';
import { rootOfUnity } from '../field/roots.ts';
import type { PublicField } from '../plonk/declare/declare.ts';
import { MIN_LOG } from '../plonk/declare/shape.ts';
import { betaNames, POINT, WORD } from './layout.ts';
import { type GeneratorContext, rejectIf, requireThat, revertWith } from './read.ts';
import { hexNumber, hexWord, indent, yulFunction } from './yul.ts';

/** Bytes of the hashed statement before its words: state, program id, heights, two counts, status. */
export const STATEMENT_HEAD: number = 6 * WORD;

/** `name := base^exponent` by square and multiply, unrolled; `exponent ≥ 1`. */
function powerLines(name: string, base: string, exponent: number): string[] {
  const lines = [`let ${name} := ${base}`];
  for (const bit of exponent.toString(2).slice(1)) {
    lines.push(`${name} := mulmod(${name}, ${name}, r)`);
    if (bit === '1') lines.push(`${name} := mulmod(${name}, ${base}, r)`);
  }
  return lines;
}

/** `public_terms()`: the sum of the bus terms of the statement as one fraction, so that nobody inverts. */
export function publicTerms({ key }: GeneratorContext): string[] {
  const betas = betaNames(key.shape);
  const sum = (terms: readonly string[]): string =>
    terms.reduceRight((rest, term) => (rest === '' ? term : `addmod(${term}, ${rest}, r)`), '');
  const fieldTerm = (field: PublicField, i: number): string[] => {
    const beta = `mload(${betas[i]!})`;
    const times = (value: string): string[] => [`mulmod(${beta}, ${value}, r)`];
    switch (field.from) {
      case 'constant': {
        const value = Fr.from(field.value);
        return value === 0n ? [] : value === 1n ? [beta] : times(hexNumber(value));
      }
      case 'entry':
        return times('mload(add(PROGRAM, 0x20))');
      case 'status':
        return times('mload(add(STATEMENT, 0xa0))');
      case 'index':
        return times('i');
      case 'word':
        return times('word');
    }
  };
  const varies = ({ from }: PublicField): boolean => from === 'index' || from === 'word';
  const body = ['let r := R', 'let num := 0x00', 'let den := 0x01'];
  for (const { name, tag, sign, fields, each } of key.shape.publicTerms) {
    const fixedTerms = fields.flatMap((field, i) => (varies(field) ? [] : fieldTerm(field, i)));
    const base = `addmod(mload(ALPHA), sub(r, ${sum([hexNumber(tag), ...fixedTerms])}), r)`;
    const add = [
      `num := addmod(mulmod(num, d, r), ${sign === 1 ? 'den' : 'sub(r, den)'}, r)`,
      'den := mulmod(den, d, r)',
    ];
    body.push(`// ${name}`, '{');
    if (each === undefined) body.push(...indent([`let d := ${base}`, ...add], 4));
    else {
      const perWord = fields.flatMap((field, i) => (varies(field) ? fieldTerm(field, i) : []));
      const first = `add(STATEMENT, ${hexNumber(STATEMENT_HEAD)})`;
      const d = perWord.length === 0 ? 'base' : `addmod(base, sub(r, ${sum(perWord)}), r)`;
      body.push(
        ...indent(
          [
            `let base := ${base}`,
            each === 'inputs'
              ? `let at := ${first}`
              : `let at := add(${first}, shl(3, mload(add(STATEMENT, 0x60))))`,
            `let count := mload(add(STATEMENT, ${each === 'inputs' ? '0x60' : '0x80'}))`,
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
  body.push('mstore(NUMERATOR, num)', 'mstore(DENOMINATOR, den)');
  return yulFunction(
    'public_terms()',
    body,
    'Bus terms of the statement, Σ ±1/(α − Σ β^i·t_i), as one fraction.',
  );
}

/** `domain(K)`: powers of z, and `Z_N/Z_n` for every height that a chip can have. */
export function domain(): string[] {
  return yulFunction(
    'domain(K)',
    [
      'let r := R',
      'let power := mload(Z)',
      'let at := POWERS',
      'mstore(at, power)',
      'for { let i := 0 } lt(i, K) { i := add(i, 1) } {',
      '    power := mulmod(power, power, r)',
      '    at := add(at, 0x20)',
      '    mstore(at, power)',
      '}',
      ...rejectIf('eq(power, 0x01)', 'ChallengeInDomain'),
      'let ratio := 0x01',
      `for { let i := shl(5, K) } gt(i, ${hexNumber((MIN_LOG - 1) * WORD)}) { i := sub(i, 0x20) } {`,
      '    mstore(add(RATIOS, i), ratio)',
      '    ratio := mulmod(ratio, add(0x01, mload(add(POWERS, sub(i, 0x20)))), r)',
      '}',
    ],
    'N = 2^K: z^(2^i), and Z_N/Z_n = Π (1 + z^(2^i)). z in the domain would make every identity hold.',
  );
}

/**
 * `check_identity(K)`: `Σ_j y^{o_j}·S_j·C_j + y^last·(den·(φ(ωz) − φ(z) − Σ_j (n_j/N)·S_j·H_j) − num/N) = Z_N·Q`, by Horner
 * from the last chip.
 */
export function checkIdentity({ key, memory }: GeneratorContext): string[] {
  const { chips } = key.shape;
  const { values } = memory.plan;
  const load = (index: number): string => `mload(${hexNumber(memory.value(index))})`;
  const logOf = (j: number): string => `mload(${hexNumber(memory.at('LOGS') + j * WORD)})`;
  const ratioOf = (j: number): string => `mload(add(RATIOS, shl(5, ${logOf(j)})))`;
  const body = ['let r := R', 'let y := mload(Y)', 'let sum := 0x00'];
  chips.forEach(({ name }, j) => {
    const helpers = values.chips[j]!.helper.map(load);
    const [first, ...rest] = helpers;
    if (first === undefined) return;
    body.push(`// helpers of ${name}`, '{', `    let h := ${first}`);
    // Two values and a sum below r stay far below 2^256.
    for (let i = 0; i < rest.length; i += 2) {
      const pair = i + 1 < rest.length ? `add(${rest[i]}, ${rest[i + 1]})` : rest[i];
      body.push(`    h := addmod(h, ${pair}, r)`);
    }
    body.push(
      `    sum := addmod(sum, mulmod(mulmod(h, ${ratioOf(j)}, r), shl(${logOf(j)}, 0x01), r), r)`,
      '}',
    );
  });
  body.push(
    '// N divides r − 1, so 1/N = r − (r − 1)/N.',
    'let inverseN := sub(r, shr(K, sub(r, 0x01)))',
    'sum := mulmod(sum, inverseN, r)',
    `let step := addmod(${load(values.phiNext)}, sub(r, addmod(${load(values.phi)}, sum, r)), r)`,
    'let left := mulmod(mload(DENOMINATOR), step, r)',
    'left := addmod(left, sub(r, mulmod(mload(NUMERATOR), inverseN, r)), r)',
  );
  for (const [j, { name, constraints }] of [...chips.entries()].reverse()) {
    body.push(`// ${name}: ${constraints} constraints`, '{');
    if (constraints > 0) {
      body.push(...indent([...powerLines('power', 'y', constraints), 'left := mulmod(left, power, r)'], 4));
    }
    const C = `mload(${hexNumber(memory.at('RESULTS') + j * WORD)})`;
    body.push(`    left := addmod(left, mulmod(${ratioOf(j)}, ${C}, r), r)`, '}');
  }
  body.push('let zN := mload(add(POWERS, shl(5, K)))');
  for (let i = values.phi - 1; i >= values.quotient; i--) {
    body.push(i === values.phi - 1 ? `let q := ${load(i)}` : `q := addmod(mulmod(q, zN, r), ${load(i)}, r)`);
  }
  body.push(...requireThat('eq(left, mulmod(addmod(zN, sub(r, 1), r), q, r))', 'IdentityFails'));
  return yulFunction('check_identity(K)', body, 'Every constraint and the bus, at the random point z.');
}

/** Packs of so many columns whose points and values are consecutive, with one modulus. */
interface Run {
  /** Index of the first pack. */
  readonly first: number;
  readonly packs: number;
  /** Columns of each. */
  readonly count: number;
}

/** The packs but φ, in their order. */
function runsOf({ memory }: GeneratorContext): Run[] {
  const { packs, claims } = memory.plan;
  const runs: Run[] = [];
  const continues = (k: number): boolean => {
    const [before, { count, commitment }] = [packs[k - 1]!, packs[k]!];
    return (
      before.count === count &&
      claims[k - 1]!.modulus === claims[k]!.modulus &&
      memory.commitment(before.commitment) + POINT === memory.commitment(commitment)
    );
  };
  for (let first = 0; first < packs.length - 1; ) {
    let end = first + 1;
    while (end < packs.length - 1 && continues(end)) end++;
    runs.push({ first, packs: end - first, count: packs[first]!.count });
    first = end;
  }
  return runs;
}

/** Numbers of columns that enough packs have for a function of their own: it is 35 gas a value cheaper and 150 bytes longer. */
function commonCounts(runs: readonly Run[]): number[] {
  const packsOf = (count: number): number =>
    runs.reduce((sum, run) => sum + (run.count === count ? run.packs : 0), 0);
  return [...new Set(runs.map(({ count }) => count))]
    .filter((count) => packsOf(count) > 2)
    .sort((a, b) => a - b);
}

/** `add_point(point, scalar)`, `open(…)` for packs of any width, and `open_…` for each that is common. */
export function openingFunctions(context: GeneratorContext): string[] {
  const openFunction = (
    name: string,
    parameter: string,
    value: string,
    bytes: string,
    about: string,
  ): string[] =>
    yulFunction(
      `${name}(point, at, end, others${parameter})`,
      [
        'let r := R',
        'let u := mload(U)',
        'let power := mload(GAMMA_POWER)',
        'let opened := 0x00',
        'for {} lt(point, end) { point := add(point, 0x40) } {',
        `    opened := addmod(opened, mulmod(power, ${value}, r), r)`,
        '    add_point(point, mulmod(power, others, r))',
        '    power := mulmod(power, mload(GAMMA), r)',
        `    at := add(at, ${bytes})`,
        '}',
        'mstore(GAMMA_POWER, power)',
        'mstore(OPENED, addmod(mload(OPENED), mulmod(others, opened, r), r))',
      ],
      `Claims of packs of ${about} columns: γ^g·others·commitment into ACC, γ^g·others·r(u) into OPENED.`,
    );
  return [
    ...yulFunction(
      'add_point(point, scalar)',
      [
        'mcopy(MUL, point, 0x40)',
        'mstore(add(MUL, 0x40), scalar)',
        ...requireThat('staticcall(gas(), 0x07, MUL, 0x60, add(ACC, 0x40), 0x40)', 'PrecompileFails', '0x07'),
        ...requireThat('staticcall(gas(), 0x06, ACC, 0x80, ACC, 0x40)', 'PrecompileFails', '0x06'),
      ],
      'ACC := ACC + scalar·point',
    ),
    ...yulFunction(
      'values_at_u(at, u, r, count) -> sum',
      [
        'for { let p := add(at, shl(5, count)) } gt(p, at) {} {',
        '    p := sub(p, 0x20)',
        '    sum := addmod(mload(p), mulmod(u, sum, r), r)',
        '}',
      ],
      'r(u) = Σ u^i·value_i of one pack.',
    ),
    ...openFunction('open', ', count', 'values_at_u(at, u, r, count)', 'shl(5, count)', 'any number of'),
    ...commonCounts(runsOf(context)).flatMap((count) => [
      ...yulFunction(
        `values_at_u_${count}(at, u, r) -> sum`,
        hornerLines(count),
        `The same of ${count} values.`,
      ),
      ...openFunction(
        `open_${count}`,
        '',
        `values_at_u_${count}(at, u, r)`,
        hexNumber(count * WORD),
        `${count}`,
      ),
    ]),
  ];
}

/** `check_openings(K)`: SHPLONK on packs, one pairing of two pairs. */
export function checkOpenings(context: GeneratorContext): string[] {
  const { memory } = context;
  const { plan } = memory;
  const { packs, claims, moduli, values } = plan;
  const last = packs.length - 1;
  // The generated code relies on this order; the schedule promises it.
  const expected = claims.every((claim, g) => claim.pack === Math.min(g, last));
  if (claims.length !== packs.length + 1 || packs[last]!.stage !== 'phi' || !expected) {
    throw new RangeError('claims are not one a pack with φ last and twice');
  }
  const modulusAt = (k: number): string => hexNumber(memory.at('MODULI') + k * WORD);
  const othersAt = (k: number): string => hexNumber(memory.at('OTHERS') + k * WORD);
  const product = (without?: number): string =>
    moduli.reduce((all, _, k) => {
      if (k === without) return all;
      return all === '' ? `mload(${modulusAt(k)})` : `mulmod(${all}, mload(${modulusAt(k)}), r)`;
    }, '') || '0x01';

  const body = [
    'let r := R',
    'let u := mload(U)',
    `let w := ${hexWord(rootOfUnity(2 ** memory.maxLog))} // root of unity of order 2^${memory.maxLog}`,
    `for { let i := K } lt(i, ${memory.maxLog}) { i := add(i, 1) } { w := mulmod(w, w, r) }`,
    'let z := mload(Z)',
    'let wz := mulmod(w, z, r)',
  ];
  moduli.forEach(({ t, at }, k) => {
    body.push(
      `{ // u^${t} − ${at === 'z' ? 'z' : 'ωz'}`,
      ...indent(powerLines('power', 'u', t), 4),
      `    mstore(${modulusAt(k)}, addmod(power, sub(r, ${at}), r))`,
      '}',
    );
  });
  moduli.forEach((_, k) => {
    body.push(`mstore(${othersAt(k)}, ${product(k)})`);
  });
  body.push(
    'mstore(GAMMA_POWER, 0x01)',
    'mstore(OPENED, 0x00)',
    'mstore(ACC, 0x00)',
    'mstore(add(ACC, 0x20), 0x00)',
  );

  const runs = runsOf(context);
  const common = commonCounts(runs);
  for (const { first, packs: length, count } of runs) {
    const { commitment, label } = packs[first]!;
    const point = memory.commitment(commitment);
    const { values: at, modulus } = claims[first]!;
    const own = common.includes(count);
    const parameters = [
      hexNumber(point),
      hexNumber(memory.value(at.first)),
      hexNumber(point + length * POINT),
      `mload(${othersAt(modulus)})`,
      ...(own ? [] : [hexNumber(count)]),
    ];
    const about = length === 1 ? label : `${label} … ${packs[first + length - 1]!.label}`;
    body.push(`open${own ? `_${count}` : ''}(${parameters.join(', ')}) // ${about}`);
  }
  const [atZ, atWz] = [claims[last]!, claims[last + 1]!];
  const phi = hexNumber(memory.commitment(packs[last]!.commitment));
  const W = hexNumber(memory.commitment({ from: 'proof', index: plan.points.W }));
  const W2 = memory.commitment({ from: 'proof', index: plan.points.W2 });
  const pairing = memory.at('PAIRING');
  const g2 = [G2_GENERATOR.x.imaginary, G2_GENERATOR.x.real, G2_GENERATOR.y.imaginary, G2_GENERATOR.y.real];
  body.push(
    '{ // φ, opened at z and at ωz',
    '    let power := mload(GAMMA_POWER)',
    `    let a := mulmod(power, mload(${othersAt(atZ.modulus)}), r)`,
    `    let b := mulmod(mulmod(power, mload(GAMMA), r), mload(${othersAt(atWz.modulus)}), r)`,
    '    let opened := mload(OPENED)',
    `    opened := addmod(opened, mulmod(a, mload(${hexNumber(memory.value(values.phi))}), r), r)`,
    `    opened := addmod(opened, mulmod(b, mload(${hexNumber(memory.value(values.phiNext))}), r), r)`,
    '    mstore(OPENED, opened)',
    `    add_point(${phi}, addmod(a, b, r))`,
    '}',
    '// − Σ weight·[r(u)]_1, the generator being (1, 2)',
    'mstore(PAIRING, 0x01)',
    'mstore(add(PAIRING, 0x20), 0x02)',
    'add_point(PAIRING, sub(r, mload(OPENED)))',
    `add_point(${W}, sub(r, ${product()})) // − Z_T(u)·W`,
    `add_point(${hexNumber(W2)}, u) // + u·W'`,
    "// e(ACC, [1]_2)·e(−W', [τ]_2) = 1",
    'mcopy(PAIRING, ACC, 0x40)',
    ...g2.map((word, i) => `mstore(${hexNumber(pairing + (2 + i) * WORD)}, ${hexWord(word)})`),
    `mstore(${hexNumber(pairing + 6 * WORD)}, mload(${hexNumber(W2)}))`,
    `mstore(${hexNumber(pairing + 7 * WORD)}, sub(P, mload(${hexNumber(W2 + WORD)})))`,
    `mcopy(${hexNumber(pairing + 8 * WORD)}, ${hexNumber(memory.at('KEY') + 3 * WORD)}, 0x80)`,
    'mstore(0x00, 0x00)',
    'let success := staticcall(gas(), 0x08, PAIRING, 0x180, 0x00, 0x20)',
    ...requireThat('and(success, eq(returndatasize(), 0x20))', 'PrecompileFails', '0x08'),
    ...requireThat('eq(mload(0x00), 0x01)', 'PairingFails'),
  );
  return yulFunction('check_openings(K)', body, 'All values against all commitments (SHPLONK).');
}

/** Horner in nested expressions, cut where the stack would not reach `at` any more. Sums stay unreduced below 2r. */
function hornerLines(count: number): string[] {
  const nested = 10;
  const lines: string[] = [];
  let sum = '';
  for (let i = count - 1; i >= 0; i--) {
    const value = i === 0 ? 'mload(at)' : `mload(add(at, ${hexNumber(i * WORD)}))`;
    sum = sum === '' ? value : `add(${value}, mulmod(u, ${sum}, r))`;
    if (i > 0 && (count - i) % nested === 0) {
      lines.push(`sum := ${sum}`);
      sum = 'sum';
    }
  }
  return [...lines, `sum := ${sum}`];
}

/** Calls a contract that evaluates the constraints of some chips. */
export function callEvaluator({ memory }: GeneratorContext): string[] {
  const from = memory.at('ALPHA');
  const bytes = memory.at('VALUES') + memory.size('VALUES') - from;
  return yulFunction('call_evaluator(evaluator, index, at, size)', [
    `let success := staticcall(gas(), evaluator, ALPHA, ${hexNumber(bytes)}, at, size)`,
    'if iszero(and(success, eq(returndatasize(), size))) {',
    `    ${revertWith('EvaluatorFails', 'index')}`,
    '}',
  ]);
}

export const R_HEX: string = hexWord(FR_MODULUS);
