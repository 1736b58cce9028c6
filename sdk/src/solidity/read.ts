/**
 * First part of the generated verifier: constants of the key, strict reading of program key and proof, the transcript.
 * Each function gives the lines of Yul functions.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeG1 } from '../curve/g1.ts';
import { FQ_MODULUS } from '../field/field.ts';
import { structureDigest } from '../plonk/declare/encoding.ts';
import { SELECTOR_BYTES } from '../plonk/declare/schedule.ts';
import { imageLogs, MIN_LOG, maxLog } from '../plonk/declare/shape.ts';
import { machineDigest, type ProgramKey, type VerifyingKey } from '../plonk/keys/key.ts';
import { errorInputs, errorSelector, errorSignature, type VerifierErrorName } from './errors.ts';
import { betaNames, type MemoryLayout, POINT, WORD } from './layout.ts';
import { hexNumber, hexWord, yulFunction } from './yul.ts';

/** What the parts of the generator share. */
export interface GeneratorContext {
  readonly key: VerifyingKey;
  /** The one program of a specialised verifier; undefined for a universal one. */
  readonly program?: ProgramKey;
  readonly memory: MemoryLayout;
}

/** `fail…(selector, values) // Name(…)`: reverts with a custom error. */
export function revertWith(name: VerifierErrorName, ...values: readonly string[]): string {
  const signature = errorSignature(name);
  if (errorInputs(name).length !== values.length) throw new RangeError(`${signature}: wrong arguments`);
  const call = ['fail', 'fail_word', 'fail_words'][values.length]!;
  return `${call}(${[`0x${errorSelector(name)}`, ...values].join(', ')}) // ${signature}`;
}

/** `if iszero(condition) { revert }` over three lines. */
export function requireThat(
  condition: string,
  name: VerifierErrorName,
  ...values: readonly string[]
): string[] {
  return rejectIf(`iszero(${condition})`, name, ...values);
}

export function rejectIf(condition: string, name: VerifierErrorName, ...values: readonly string[]): string[] {
  return [`if ${condition} {`, `    ${revertWith(name, ...values)}`, '}'];
}

export function failFunctions(): string[] {
  return [
    ...yulFunction('fail(selector)', ['mstore(0x00, shl(224, selector))', 'revert(0x00, 0x04)']),
    ...yulFunction('fail_word(selector, a)', [
      'mstore(0x00, shl(224, selector))',
      'mstore(0x04, a)',
      'revert(0x00, 0x24)',
    ]),
    ...yulFunction('fail_words(selector, a, b)', [
      'mstore(0x00, shl(224, selector))',
      'mstore(0x04, a)',
      'mstore(0x24, b)',
      'revert(0x00, 0x44)',
    ]),
  ];
}

/** Bytes of the program key within the proof bytes of a call: none in a specialised verifier. */
function programKeyBytes({ memory, program }: GeneratorContext): number {
  return program === undefined ? memory.programWords * WORD : 0;
}

function callProofBytes(context: GeneratorContext): number {
  return context.memory.plan.proofBytes + programKeyBytes(context);
}

/** `load_key() -> digest`: the key's constants into memory; everything later uses those words, so the digest covers it. */
export function loadKey({ key, memory }: GeneratorContext): string[] {
  const at = memory.at('KEY');
  const { x, y } = key.tau2;
  const words: [string, string][] = [
    [`0x${bytesToHex(structureDigest(key.shape))}`, 'digest of the structure'],
    [hexNumber(key.powers), 'D, powers of τ'],
    [key.insecure ? '0x01' : '0x00', 'made from a development SRS'],
    [hexWord(x.imaginary), '[τ]_2: x, imaginary part'],
    [hexWord(x.real), 'x, real part'],
    [hexWord(y.imaginary), 'y, imaginary part'],
    [hexWord(y.real), 'y, real part'],
  ];
  key.commitments.forEach((point, i) => {
    const { label } = memory.plan.packs.find(
      ({ commitment: { from, index } }) => from === 'key' && index === i,
    )!;
    words.push([hexWord(point?.x ?? 0n), `${label}: x`], [hexWord(point?.y ?? 0n), `${label}: y`]);
  });
  return yulFunction(
    'load_key() -> digest',
    [
      ...words.map(([value, about], i) => `mstore(${hexNumber(at + i * WORD)}, ${value}) // ${about}`),
      `digest := keccak256(KEY, ${hexNumber(words.length * WORD)})`,
    ],
    'The verifying key. The digest is computed from the very words that the checks below use.',
  );
}

/** Whether x and y are below p and a point of the curve; (0, 0) is none. */
const ON_CURVE =
  'and(and(lt(x, p), lt(y, p)), eq(mulmod(y, y, p), addmod(mulmod(x, mulmod(x, x, p), p), 3, p)))';
/** Scalars that `check_scalars` compares before it goes on to the next ones. */
const SCALARS_AT_ONCE = 16;

/** `check_points(…)`, `check_scalars(…)`: ranges of what the prover sent. */
export function pointFunctions(): string[] {
  const scalars = Array.from(
    { length: SCALARS_AT_ONCE },
    (_, i) => `lt(mload(${i === 0 ? 'at' : `add(at, ${hexNumber(i * WORD)})`}), r)`,
  );
  return [
    ...yulFunction(
      'check_points(at, count, first)',
      [
        'let p := P',
        'let start := at',
        '// Two at a time; which one it was is looked for only if there is one.',
        'let good := 1',
        'let end := add(at, shl(6, count))',
        'for { let last := sub(end, 0x40) } lt(at, last) { at := add(at, 0x80) } {',
        ...[0, POINT].flatMap((offset) => [
          '    {',
          `        let x := mload(${offset === 0 ? 'at' : `add(at, ${hexNumber(offset)})`})`,
          `        let y := mload(add(at, ${hexNumber(offset + WORD)}))`,
          `        good := and(${ON_CURVE}, good)`,
          '    }',
        ]),
        '}',
        'if or(lt(at, end), iszero(good)) {',
        '    if good { start := at }',
        '    for { at := start } lt(at, end) { at := add(at, 0x40) } {',
        '        let x := mload(at)',
        '        let y := mload(add(at, 0x20))',
        `        if iszero(${ON_CURVE}) {`,
        `            let i := add(first, shr(6, sub(at, sub(end, shl(6, count)))))`,
        ...requireThat('and(lt(x, p), lt(y, p))', 'PointNotCanonical', 'i').map((l) => `            ${l}`),
        ...rejectIf('iszero(or(x, y))', 'PointAtInfinity', 'i').map((l) => `            ${l}`),
        `            ${revertWith('PointNotOnCurve', 'i')}`,
        '        }',
        '    }',
        '}',
      ],
      'Points of the proof: coordinates below p, on the curve, not infinity (which no honest prover sends).',
    ),
    ...yulFunction(
      'check_scalars(at, count)',
      [
        'let r := R',
        'let start := at',
        '// Several at a time; which one it was is looked for only if there is one.',
        'let good := 1',
        'let end := add(at, shl(5, count))',
        `for { let last := sub(end, ${hexNumber((SCALARS_AT_ONCE - 1) * WORD)}) } lt(at, last) { at := add(at, ${hexNumber(SCALARS_AT_ONCE * WORD)}) } {`,
        `    good := ${scalars.reduceRight((rest, one) => `and(${one}, ${rest})`, 'good')}`,
        '}',
        'for {} lt(at, end) { at := add(at, 0x20) } { good := and(lt(mload(at), r), good) }',
        'if iszero(good) {',
        '    for { let i := 0 } 1 { i := add(i, 1) } {',
        ...requireThat('lt(mload(add(start, shl(5, i))), r)', 'ScalarNotCanonical', 'i').map(
          (l) => `        ${l}`,
        ),
        '    }',
        '}',
      ],
      'Values of the proof: below r, never reduced.',
    ),
  ];
}

/** `read_program(programId, offset)`: the program key into memory, bound to the id by its hash. */
export function readProgram(context: GeneratorContext): string[] {
  const { key, memory, program } = context;
  const at = memory.at('PROGRAM');
  const size = hexNumber(memory.programWords * WORD);
  // MACHINE stands before PROGRAM: one hash over both.
  const machine = `mstore(MACHINE, ${machineDigest(key)})`;
  const idSize = hexNumber(WORD + memory.programWords * WORD);
  if (program !== undefined) {
    const words = [BigInt(program.log), program.entry].map(hexNumber);
    for (const point of program.commitments) {
      const bytes = encodeG1(point);
      for (const half of [bytes.subarray(0, 32), bytes.subarray(32)]) {
        words.push(`0x${bytesToHex(half)}`);
      }
    }
    return yulFunction(
      'read_program(id, offset)',
      [
        machine,
        ...words.map((value, i) => `mstore(${hexNumber(at + i * WORD)}, ${value})`),
        `let received := keccak256(MACHINE, ${idSize})`,
        ...requireThat('eq(received, id)', 'ProgramMismatch', 'received', 'id'),
        'pop(offset)',
      ],
      'The program key that this verifier is for: log2 height, entry, commitments.',
    );
  }
  const [{ least, most } = { least: 0, most: 0 }] = imageLogs(key.shape, key.powers);
  return yulFunction(
    'read_program(id, offset)',
    [
      machine,
      `calldatacopy(PROGRAM, offset, ${size})`,
      `let received := keccak256(MACHINE, ${idSize})`,
      ...requireThat('eq(received, id)', 'ProgramMismatch', 'received', 'id'),
      `let log := mload(PROGRAM)`,
      ...rejectIf(
        `or(lt(log, ${hexNumber(least)}), gt(log, ${hexNumber(most)}))`,
        'ProgramKeyInvalid',
        '0x00',
      ),
      ...rejectIf('shr(64, mload(add(PROGRAM, 0x20)))', 'ProgramKeyInvalid', '0x01'),
      'let p := P',
      `for { let i := 2 } lt(i, ${hexNumber(memory.programWords)}) { i := add(i, 2) } {`,
      '    let x := mload(add(PROGRAM, shl(5, i)))',
      '    let y := mload(add(PROGRAM, shl(5, add(i, 1))))',
      '    // Infinity is the commitment to columns of zeros.',
      '    if or(x, y) {',
      ...rejectIf(`iszero(${ON_CURVE})`, 'ProgramKeyInvalid', 'i').map((l) => `        ${l}`),
      '    }',
      '}',
    ],
    'The program key: log2 height, entry, commitments, bound to the program id by its hash.',
  );
}

/** `read_proof(digest, offset, length)`: selector, length, and the rounds into their regions. */
export function readProof(context: GeneratorContext): string[] {
  const { memory } = context;
  const expected = hexNumber(callProofBytes(context));
  const copies: string[] = [];
  let from = SELECTOR_BYTES + programKeyBytes(context);
  const copy = (target: string, bytes: number, about: string): void => {
    copies.push(`calldatacopy(${target}, add(offset, ${hexNumber(from)}), ${hexNumber(bytes)}) // ${about}`);
    from += bytes;
  };
  const { sent, sentBytes } = memory.statement;
  const what = memory.plan.rounds[0]!.items.filter((item) => item.from === 'proof').map(({ label }) => label);
  if (sentBytes > 0) copy(`add(STATEMENT, ${hexNumber(sent)})`, sentBytes, what.join(', '));
  const rounds = ['MAIN', 'HELPERS', 'QUOTIENT', 'VALUES', 'OPENING'];
  for (const name of context.key.shape.recursion === undefined ? rounds : [...rounds, 'FINAL']) {
    const at = memory.at(name) + WORD;
    const bytes = memory.size(name) - WORD;
    if (bytes > 0) copy(hexNumber(at), bytes, name.toLowerCase());
  }
  copy('INVERSE', WORD, 'inverse');
  if (from !== callProofBytes(context)) throw new RangeError('the regions do not hold the whole proof');
  return yulFunction(
    'read_proof(digest, offset, length)',
    [
      'if gt(length, 0x03) {',
      '    let received := shl(224, shr(224, calldataload(offset)))',
      '    let expected := shl(224, shr(224, digest))',
      ...requireThat('eq(received, expected)', 'ProofSelector', 'received', 'expected').map(
        (l) => `    ${l}`,
      ),
      '}',
      ...requireThat(`eq(length, ${expected})`, 'ProofLength', 'length', expected),
      ...copies,
    ],
    'The proof: the selector of the key it is for, its exact length, the messages of each round.',
  );
}

/** `read_heights() -> K`: log2 of every chip's height, checked, and the largest of them. */
export function readHeights({ key, memory }: GeneratorContext): string[] {
  const { shape } = key;
  const { heights } = memory.plan;
  const body = ['let log'];
  if (heights.length > 0)
    body.unshift(`let word := mload(add(STATEMENT, ${hexNumber(memory.statement.sent)}))`);
  if (heights.length > 0 && heights.length < 32) {
    body.push(...rejectIf(`shl(${8 * heights.length}, word)`, 'HeightsNotCanonical', 'word'));
  }
  shape.chips.forEach(({ name, height }, j) => {
    const slot = hexNumber(memory.at('LOGS') + j * WORD);
    if (height.from === 'key') body.push(`log := ${hexNumber(height.log)} // ${name}: from the key`);
    else if (height.from === 'program') body.push(`log := mload(PROGRAM) // ${name}: from the program key`);
    else {
      const [least, most] = [height.minLog, maxLog(shape, key.powers, j)].map(hexNumber);
      body.push(
        `log := byte(${heights.indexOf(j)}, word) // ${name}: chosen by the prover`,
        ...rejectIf(`or(lt(log, ${least}), gt(log, ${most}))`, 'HeightOutOfRange', hexNumber(j), 'log'),
      );
    }
    body.push(`mstore(${slot}, log)`, 'if gt(log, K) { K := log }');
  });
  return yulFunction(
    'read_heights() -> K',
    body,
    `log2 of each chip's height (at least ${MIN_LOG}); K is the largest. A chip with fixed columns never has it from the proof.`,
  );
}

/** `draw_challenges(state)`: the rounds, each hashed with the state before it. */
export function drawChallenges(context: GeneratorContext): string[] {
  const { memory, key } = context;
  const betas = betaNames(key.shape);
  const hash = (region: string): string[] => {
    const size = memory.size(region);
    return [`mstore(${region}, state)`, `state := keccak256(${region}, ${hexNumber(size)})`];
  };
  return yulFunction(
    'draw_challenges(state)',
    [
      'let r := R',
      '// state is now the hash of key, program id, heights and statement.',
      ...hash('MAIN'),
      'mstore(ALPHA, mod(state, r))',
      '// A second challenge of one round hashes the state with a counter.',
      'mstore(0x00, state)',
      'mstore8(0x20, 0x01)',
      'let beta := mod(keccak256(0x00, 0x21), r)',
      'mstore(BETA, beta)',
      ...betas
        .slice(1)
        .map((name, i) => `mstore(${name}, mulmod(mload(${betas[i]!}), beta, r)) // β^${i + 2}`),
      ...hash('HELPERS'),
      'mstore(Y, mod(state, r))',
      ...hash('QUOTIENT'),
      'mstore(Z, mod(state, r))',
      ...hash('VALUES'),
      'mstore(GAMMA, mod(state, r))',
      ...(key.shape.recursion === undefined
        ? [
            "// W only: W' is the last message and nothing depends on it.",
            'mstore(OPENING, state)',
            `mstore(U, mod(keccak256(OPENING, ${hexNumber(WORD + POINT)}), r))`,
          ]
        : [
            ...hash('OPENING'),
            'mstore(U, mod(state, r))',
            "// W' and the word behind it: what combines the pair with the proof's own equation follows from all of both.",
            'mstore(FINAL, state)',
            `mstore(C, mod(keccak256(FINAL, ${hexNumber(2 * WORD + POINT)}), r))`,
          ]),
    ],
    'The Fiat–Shamir transcript.',
  );
}

export const P_HEX: string = hexWord(FQ_MODULUS);
