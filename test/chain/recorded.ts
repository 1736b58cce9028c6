/**
 * The generated verifier, changed to return what its transcript hashes instead of going on to check. Up to the challenges its text is the
 * deployed one, but for a hash function that keeps what it is given.
 */
import type { VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import type { GeneratedVerifier } from '../../sdk/src/solidity/generate.ts';
import { challengeNames, WORD } from '../../sdk/src/solidity/layout.ts';

/** Hashes, and appends length and bytes to what lies behind the statement. */
const RECORD = `
function recorded_keccak256(at, size) -> hash {
    let record := mload(0x40)
    mstore(record, size)
    mcopy(add(record, 0x20), at, size)
    mstore(0x40, add(add(record, 0x20), size))
    hash := keccak256(at, size)
}`;

/**
 * `verify` returns the preimage of every hash of the transcript in order, then the challenges in the order of their region: each as a
 * word with its length in bytes, and the bytes. Throws where the text is not that of the generator.
 */
export function recorded(generated: GeneratedVerifier, { shape }: VerifyingKey): GeneratedVerifier {
  const { name, source } = generated;
  const lines = source.split('\n');
  const find = (what: string, from: number): number => {
    const found = lines.findIndex((line, i) => i >= from && line.trim().startsWith(what));
    if (found < 0) throw new RangeError(`the generated verifier has no line "${what}"`);
    return found;
  };
  const recording = (from: number, to: number): string[] =>
    lines.slice(from, to).map((line) => line.replaceAll('keccak256(', 'recorded_keccak256('));

  const contract = find(`contract ${name} is IWattestVerifier {`, 0);
  const draws = find('function draw_challenges(', contract);
  const indent = lines[draws]!.length - lines[draws]!.trimStart().length;
  const closing = (from: number): number => lines.indexOf(`${' '.repeat(indent)}}`, from);
  const drawn = closing(draws) + 1;
  // Behind the functions comes the block that calls them; those that it no longer calls are left out.
  const block = lines.indexOf(`${' '.repeat(indent)}{`, drawn);
  const calls = find('draw_challenges(', block) + 1;
  const end = /^ *mstore\(0x40, (.*)\)$/.exec(lines[find('mstore(0x40, add(STATEMENT', block)]!)![1]!;
  const challenges = challengeNames(shape);
  return {
    ...generated,
    source: [
      ...lines.slice(0, draws),
      RECORD,
      ...recording(draws, drawn),
      ...recording(block, calls),
      'pop(K)',
      `pop(recorded_keccak256(${challenges[0]}, ${challenges.length * WORD}))`,
      `let start := ${end}`,
      'return(start, sub(mload(0x40), start))',
      ...lines.slice(closing(block)),
    ].join('\n'),
  };
}
