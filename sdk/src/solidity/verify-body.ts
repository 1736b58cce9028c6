/** What `verify` of the contract does, from the calldata to the answer: in the order of the TypeScript verifier. */
import type { Recursion } from '../plonk/declare/declare.ts';
import { PAIR } from '../plonk/declare/schedule.ts';
import type { Split } from './evaluators.ts';
import { type MemoryLayout, WORD } from './layout.ts';
import { inStatement } from './public-terms.ts';
import { type GeneratorContext, rejectIf, requireThat } from './read.ts';
import { hexNumber } from './yul.ts';

const padded = (length: string): string => `and(add(${length}, 0x1f), not(0x1f))`;

/** Up to the challenges. */
function openingLines(context: GeneratorContext): string[] {
  const { memory } = context;
  const { counts, words } = memory.statement;
  const lengths = 'add(inputs.length, outputs.length)';
  const [inputs, outputs, status] = [0, 1, 2].map((i) => inStatement(counts + i * WORD));
  return [
    '// All memory behind the free pointer is ours: the regions lie behind it, then the statement.',
    'if iszero(eq(mload(0x40), 0x80)) { invalid() }',
    `mstore(0x40, add(STATEMENT, add(${hexNumber(words)}, ${padded(lengths)})))`,
    '// One encoding for one call: arguments in order, nothing between or behind them.',
    ...requireThat(
      'and(eq(statement, 0x64), and(eq(inputs.offset, 0xe4), eq(outputs.offset, add(0x0104, ' +
        `${padded('inputs.length')}))))`,
      'CalldataNotCanonical',
    ),
    ...requireThat(
      `and(eq(proof.offset, add(add(outputs.offset, ${padded('outputs.length')}), 0x20)), ` +
        `eq(calldatasize(), add(proof.offset, ${padded('proof.length')})))`,
      'CalldataNotCanonical',
    ),
    ...rejectIf('and(inputs.length, 0x07)', 'StatementLength', 'inputs.length'),
    ...rejectIf('and(outputs.length, 0x07)', 'StatementLength', 'outputs.length'),
    'mstore(add(STATEMENT, 0x20), programId)',
    `mstore(${inputs}, shr(3, inputs.length))`,
    `mstore(${outputs}, shr(3, outputs.length))`,
    `mstore(${status}, status)`,
    `calldatacopy(${inStatement(words)}, inputs.offset, inputs.length)`,
    `calldatacopy(add(${inStatement(words)}, inputs.length), outputs.offset, outputs.length)`,
    '{',
    '    let digest := load_key()',
    '    read_proof(digest, proof.offset, proof.length)',
    '    mstore(STATEMENT, digest)',
    '}',
    'read_program(programId, add(proof.offset, 0x04))',
    'let K := read_heights()',
    ...checkRanges(context),
    `draw_challenges(keccak256(STATEMENT, add(${hexNumber(words)}, ${lengths})))`,
  ];
}

function checkRanges({ key, memory }: GeneratorContext): string[] {
  let first = 0;
  const pointsAt = (at: string, count: number): string => {
    const line = `check_points(${at}, ${hexNumber(count)}, ${hexNumber(first)})`;
    first += count;
    return line;
  };
  const { recursion } = key.shape;
  const carried = recursion === undefined ? [] : checkCarried(recursion, memory, pointsAt);
  const rounds = ['MAIN', 'HELPERS', 'QUOTIENT', 'OPENING', ...(recursion === undefined ? [] : ['FINAL'])];
  const points = rounds.map((name) =>
    pointsAt(`add(${name}, 0x20)`, (memory.size(name) - WORD) / (2 * WORD)),
  );
  const scalars = `check_scalars(add(VALUES, 0x20), ${hexNumber(memory.plan.values.count)})`;
  // In the order of the proof, as the TypeScript verifier reads it.
  const inverse = rejectIf(
    'iszero(lt(mload(INVERSE), R))',
    'ScalarNotCanonical',
    `${memory.plan.values.count}`,
  );
  return [...carried, ...points.slice(0, 3), scalars, ...points.slice(3), ...inverse];
}

/** What a recursion sends in its first round. Its scalars are counted behind the values and the last word. */
function checkCarried(
  { messages }: Recursion,
  { plan, statement }: MemoryLayout,
  pointsAt: (at: string, count: number) => string,
): string[] {
  return [
    ...Array.from({ length: messages }, (_, i) =>
      rejectIf(
        `iszero(lt(mload(${inStatement(statement.messages + i * WORD)}), R))`,
        'ScalarNotCanonical',
        `${plan.values.count + 1 + i}`,
      ),
    ).flat(),
    pointsAt(inStatement(statement.pair), PAIR.length),
  ];
}

/** The lines of `verify`, one behind the other. */
export function verifyBody(context: GeneratorContext, split: Split): string[] {
  const { memory } = context;
  const result = (j: number): string => hexNumber(memory.at('RESULTS') + j * WORD);
  return [
    ...openingLines(context),
    ...(context.key.shape.recursion === undefined ? [] : ['subject_terms()']),
    'public_terms()',
    'domain(K)',
    ...split.main.map((chip) => `mstore(${result(chip.index)}, ${chip.name}())`),
    ...split.evaluators.map(
      (part, i) =>
        `call_evaluator(evaluator${i + 1}, ${i + 1}, ${result(part[0]!.index)}, ${hexNumber(part.length * WORD)})` +
        ` // ${part.map(({ label }) => label).join(', ')}`,
    ),
    'check_identity(K)',
    'check_openings(K)',
    'return(0x00, 0x00)',
  ];
}
