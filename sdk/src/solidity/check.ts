/** Third part of the generated verifier: the identity at z. Lines of Yul functions. */

import { FR_MODULUS } from '../field/field.ts';
import { MIN_LOG } from '../plonk/declare/shape.ts';
import { WORD } from './layout.ts';
import { type GeneratorContext, rejectIf, requireThat, revertWith } from './read.ts';
import { hexNumber, hexWord, indent, powerLines, yulFunction } from './yul.ts';

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
