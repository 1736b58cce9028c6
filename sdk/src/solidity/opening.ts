/**
 * Last part of the generated verifier: SHPLONK on packs. The sum of the commitments is made by Horner's rule from the last
 * claim to the first, one multiplication in G1 a point, by γ and, where the modulus changes, a quotient of two moduli.
 */
import { G2_GENERATOR } from '../curve/g2.ts';
import { rootOfUnity } from '../field/roots.ts';
import { POINT, WORD } from './layout.ts';
import { inStatement } from './public-terms.ts';
import { type GeneratorContext, requireThat } from './read.ts';
import { hexNumber, hexWord, indent, powerLines, yulFunction } from './yul.ts';

/** Packs of so many columns whose points and values are consecutive, with one modulus. */
interface Run {
  /** Index of the first pack. */
  readonly first: number;
  readonly packs: number;
  /** Columns of each. */
  readonly count: number;
  readonly modulus: number;
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
    runs.push({ first, packs: end - first, count: packs[first]!.count, modulus: claims[first]!.modulus });
    first = end;
  }
  return runs;
}

/** Runs of several packs go through a loop, by the number of columns of each; single packs have straight-line code of their own. */
const isLong = ({ packs }: Run): boolean => packs > 1;

/** `to := scalar·point`, the point at `from` and the scalar behind it. */
const timesLines = (from: string, to: string): string[] =>
  requireThat(`staticcall(gas(), 0x07, ${from}, 0x60, ${to}, 0x40)`, 'PrecompileFails', '0x07');

/** `to := TERMS + point` */
const plusLines = (point: string, to: string): string[] => [
  `mcopy(add(TERMS, 0x40), ${point}, 0x40)`,
  ...requireThat(`staticcall(gas(), 0x06, TERMS, 0x80, ${to}, 0x40)`, 'PrecompileFails', '0x06'),
];

/** `SUM := scalar·SUM + point`; `scalar` lies behind SUM, as ecMul reads it, and the product before the point, as ecAdd does. */
const timesPlusLines = (scalar: string, point: string): string[] => [
  `mstore(add(SUM, 0x40), ${scalar})`,
  ...timesLines('SUM', 'TERMS'),
  ...plusLines(point, 'SUM'),
];

/** `times_plus(scalar, point)`, and functions that open runs of packs. */
export function openingFunctions(context: GeneratorContext): string[] {
  const runs = runsOf(context);
  const counts = [...new Set(runs.filter(isLong).map(({ count }) => count))].sort((a, b) => a - b);
  return [
    ...yulFunction(
      'times_plus(scalar, point)',
      timesPlusLines('scalar', 'point'),
      'SUM := scalar·SUM + point',
    ),
    ...counts.flatMap(openMany),
    ...runs.flatMap((run, i) => (isLong(run) ? [] : openOne(context, run, i))),
  ];
}

/** `open_<count>(…)`: packs of so many columns. */
function openMany(count: number): string[] {
  return [
    ...yulFunction(
      `values_at_u_${count}(at, u, r) -> sum`,
      hornerLines(count, NESTED, (i) => (i === 0 ? 'mload(at)' : `mload(add(at, ${hexNumber(i * WORD)}))`)),
      `r(u) = Σ u^i·value_i of ${count} values, below 2r.`,
    ),
    ...yulFunction(
      `open_${count}(point, start, at, scalar, factor, opened) -> sum`,
      [
        'let r := R',
        'let u := mload(U)',
        'sum := opened',
        'for {} gt(point, start) {} {',
        '    point := sub(point, 0x40)',
        `    at := sub(at, ${hexNumber(count * WORD)})`,
        `    sum := add(mulmod(sum, factor, r), values_at_u_${count}(at, u, r))`,
        ...indent(timesPlusLines('scalar', 'point'), 4),
        '    scalar := mload(GAMMA)',
        '    factor := scalar',
        '}',
      ],
      `Packs of ${count} columns from the last to the first: SUM := scalar·SUM + C, sum := factor·sum + r(u), then both by γ.`,
    ),
  ];
}

const oneName = (i: number): string => `open_run_${i}`;

/** `open_run_<i>(…)`: the same of one pack. */
function openOne({ memory }: GeneratorContext, { first, count }: Run, i: number): string[] {
  const { claims, packs } = memory.plan;
  const { commitment, label } = packs[first]!;
  return yulFunction(
    `${oneName(i)}(scalar, factor, opened) -> sum`,
    [
      'let r := R',
      'let u := mload(U)',
      ...hornerLines(count, FEWER_NESTED, (k) => {
        return `mload(${hexNumber(memory.value(claims[first]!.values.first + k))})`;
      }),
      'sum := add(mulmod(opened, factor, r), sum)',
      `times_plus(scalar, ${hexNumber(memory.commitment(commitment))})`,
    ],
    `${label}: SUM := scalar·SUM + C, sum := factor·opened + r(u).`,
  );
}

/** `check_openings(K)`: SHPLONK on packs, one pairing of two pairs. */
export function checkOpenings(context: GeneratorContext): string[] {
  const { key, memory } = context;
  const { plan } = memory;
  const W = memory.commitment({ from: 'proof', index: plan.points.W });
  const W2 = memory.commitment({ from: 'proof', index: plan.points.W2 });
  if (memory.at('INVERSE') !== W2 + POINT) throw new RangeError("the word behind W' is not the inverse");
  const pairing = memory.at('PAIRING');
  // What is paired with −[τ]_2.
  const right = hexNumber(key.shape.recursion === undefined ? W2 : memory.at('SUM'));
  const g2 = [G2_GENERATOR.x.imaginary, G2_GENERATOR.x.real, G2_GENERATOR.y.imaginary, G2_GENERATOR.y.real];
  const body = [
    'let r := R',
    'let u := mload(U)',
    ...moduliLines(context),
    ...claimLines(context),
    '// − Σ weight·[r(u)]_1, the generator being (1, 2): TERMS := −sum·(1, 2), SUM := TERMS + SUM',
    'mstore(TERMS, 0x01)',
    'mstore(add(TERMS, 0x20), 0x02)',
    'mstore(add(TERMS, 0x40), sub(r, mod(sum, r)))',
    ...timesLines('TERMS', 'TERMS'),
    ...plusLines('SUM', 'SUM'),
    `// times 1/Z_0(u), − W`,
    `mstore(${hexNumber(W + WORD)}, sub(P, mload(${hexNumber(W + WORD)})))`,
    `times_plus(mload(${inverseAt(context, firstModulus(context))}), ${hexNumber(W)})`,
    "// + u·W'",
    'mstore(INVERSE, u)',
    ...timesLines(hexNumber(W2), 'TERMS'),
    ...(key.shape.recursion === undefined ? plusLines('SUM', 'PAIRING') : withPairLines(context, W2)),
    ...g2.map((word, i) => `mstore(${hexNumber(pairing + (2 + i) * WORD)}, ${hexWord(word)})`),
    `mstore(${hexNumber(pairing + 6 * WORD)}, mload(${right}))`,
    `mstore(${hexNumber(pairing + 7 * WORD)}, sub(P, mload(${hexNumber(Number(right) + WORD)})))`,
    `mcopy(${hexNumber(pairing + 8 * WORD)}, ${hexNumber(memory.at('KEY') + 3 * WORD)}, 0x80)`,
    'mstore(0x00, 0x00)',
    'let success := staticcall(gas(), 0x08, PAIRING, 0x180, 0x00, 0x20)',
    ...requireThat('and(success, eq(returndatasize(), 0x20))', 'PrecompileFails', '0x08'),
    ...requireThat('eq(mload(0x00), 0x01)', 'PairingFails'),
  ];
  return yulFunction('check_openings(K)', body, 'All values against all commitments (SHPLONK).');
}

/** With `u·W'` in TERMS: the left side `c·(SUM + TERMS) + A` to PAIRING, the right one `c·W' + B` to SUM. */
function withPairLines({ memory }: GeneratorContext, W2: number): string[] {
  const { pair } = memory.statement;
  return [
    ...plusLines('SUM', 'SUM'),
    "// c times both sides, + A and + B: e(c·SUM + A, [1]_2) = e(c·W' + B, [τ]_2)",
    'let c := mload(C)',
    'mstore(add(SUM, 0x40), c)',
    ...timesLines('SUM', 'TERMS'),
    ...plusLines(inStatement(pair), 'PAIRING'),
    'mstore(INVERSE, c)',
    ...timesLines(hexNumber(W2), 'TERMS'),
    ...plusLines(inStatement(pair + POINT), 'SUM'),
  ];
}

const modulusAt = ({ memory }: GeneratorContext, k: number): string =>
  hexNumber(memory.at('MODULI') + k * WORD);
const inverseAt = ({ memory }: GeneratorContext, k: number): string =>
  hexNumber(memory.at('INVERSES') + k * WORD);
const firstModulus = ({ memory }: GeneratorContext): number => memory.plan.claims[0]!.modulus;

/** `Z_k(u)` and `1/Z_k(u)` of each modulus, from the inverse of their product. */
function moduliLines(context: GeneratorContext): string[] {
  const { memory } = context;
  const { moduli } = memory.plan;
  const lines = [
    `let w := ${hexWord(rootOfUnity(2 ** memory.maxLog))} // root of unity of order 2^${memory.maxLog}`,
    `for { let i := K } lt(i, ${memory.maxLog}) { i := add(i, 1) } { w := mulmod(w, w, r) }`,
    'let z := mload(Z)',
    'let wz := mulmod(w, z, r)',
  ];
  moduli.forEach(({ t, at }, k) => {
    lines.push(
      `{ // u^${t} − ${at === 'z' ? 'z' : 'ωz'}`,
      ...indent(powerLines('power', 'u', t), 4),
      `    mstore(${modulusAt(context, k)}, add(power, sub(r, ${at})))`,
      '}',
    );
  });
  lines.push(
    "// The prover's 1/Z_T(u), times the moduli before and behind each.",
    'let part := mload(INVERSE)',
  );
  moduli.forEach((_, k) => {
    lines.push(
      `mstore(${inverseAt(context, k)}, part)`,
      `part := mulmod(part, mload(${modulusAt(context, k)}), r)`,
    );
  });
  lines.push(...requireThat('eq(part, 0x01)', 'InverseFails'));
  for (let k = moduli.length - 1; k >= 0; k--) {
    const inverse = inverseAt(context, k);
    if (k < moduli.length - 1) lines.push(`mstore(${inverse}, mulmod(mload(${inverse}), part, r))`);
    if (k > 0) lines.push(`part := mulmod(part, mload(${modulusAt(context, k)}), r)`);
  }
  return lines;
}

/** `SUM` and `sum`: Σ γ^g·(Z_0/Z_g)(u)·C_g and the same of r_g(u), from φ's two claims back to the first, Z_0 of the first claim. */
function claimLines(context: GeneratorContext): string[] {
  const { memory } = context;
  const { packs, claims, values } = memory.plan;
  const last = packs.length - 1;
  // The generated code relies on this order; the schedule promises it.
  const expected = claims.every((claim, g) => claim.pack === Math.min(g, last));
  if (claims.length !== packs.length + 1 || packs[last]!.stage !== 'phi' || !expected) {
    throw new RangeError('claims are not one a pack with φ last and twice');
  }
  const [atZ, atWz] = [claims[last]!, claims[last + 1]!];
  const phi = hexNumber(memory.commitment(packs[last]!.commitment));
  /** γ·Z_to/Z_from, for the step from a claim to the one before it. */
  const step = (from: number, to: number): string =>
    from === to
      ? 'gamma'
      : `mulmod(mulmod(gamma, mload(${inverseAt(context, from)}), r), mload(${modulusAt(context, to)}), r)`;
  const lines = [
    'let gamma := mload(GAMMA)',
    '// φ, opened at z and at ωz: φ(z) + share·φ(ωz), 1 + share times its commitment',
    `let share := ${step(atWz.modulus, atZ.modulus)}`,
    `mcopy(SUM, ${phi}, 0x40)`,
    `let sum := add(mload(${hexNumber(memory.value(values.phi))}), mulmod(share, mload(${hexNumber(memory.value(values.phiNext))}), r))`,
    'let factor',
  ];
  const runs = [...runsOf(context).entries()];
  let modulus = atZ.modulus;
  for (const [i, run] of runs.toReversed()) {
    const { first, packs: length, count } = run;
    const { commitment, label } = packs[first]!;
    const point = memory.commitment(commitment);
    lines.push(
      `factor := ${step(modulus, run.modulus)} // ${length === 1 ? label : `${packs[first + length - 1]!.label} … ${label}`}`,
    );
    const scalar = i === runs.length - 1 ? 'mulmod(factor, add(0x01, share), r)' : 'factor';
    const place = [
      hexNumber(point + length * POINT),
      hexNumber(point),
      hexNumber(memory.value(claims[first]!.values.first + length * count)),
    ];
    const [name, own] = isLong(run) ? [`open_${count}`, place] : [oneName(i), []];
    lines.push(`sum := ${name}(${[...own, scalar, 'factor', 'sum'].join(', ')})`);
    modulus = run.modulus;
  }
  return lines;
}

/** Levels that leave the EVM's stack room for what the function has on it. */
const NESTED = 10;
const FEWER_NESTED = 6;

/** `sum := Σ u^i·value(i)` by Horner in nested expressions, cut where the stack would not reach. Sums stay unreduced below 2r. */
function hornerLines(count: number, nested: number, value: (i: number) => string): string[] {
  const lines: string[] = [];
  let sum = '';
  for (let i = count - 1; i >= 0; i--) {
    sum = sum === '' ? value(i) : `add(${value(i)}, mulmod(u, ${sum}, r))`;
    if (i > 0 && (count - i) % nested === 0) {
      lines.push(`sum := ${sum}`);
      sum = 'sum';
    }
  }
  return [...lines, `sum := ${sum}`];
}
