/**
 * The program that verifies a run of one shard: what is wrapped. Its public vector is what a contract can make or check: challenges and sum of the run, halves
 * of the statement's hash, the program key, and the pair whose pairing is left to do.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { decodeG1 } from '../../curve/g1.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { ITEM_BYTES, SELECTOR_BYTES, schedule } from '../../plonk/declare/schedule.ts';
import { fixedPacks } from '../../plonk/declare/shape.ts';
import type { ProgramKey, VerifyingKey } from '../../plonk/keys/key.ts';
import { statementHash, takeStatement } from '../../plonk/verify/proof.ts';
import { CHALLENGES, runChallenges } from '../../plonk/verify/run.ts';
import { openShard as openNative, type ShardClaim, takeProgramKey } from '../../plonk/verify/verifier.ts';
import { elementsOf, pointElements } from '../../transcript/elements.ts';
import { ProgramBuilder } from '../builder.ts';
import { inputPoint } from '../gadgets/curve.ts';
import type { Element, Point, Program, ProgramInputs } from '../program.ts';
import { Arithmetic } from './arithmetic.ts';
import { heightBits, type LogRange } from './heights.ts';
import { addUp } from './points.ts';
import { openShard } from './shard.ts';
import { ProgramSponge } from './sponge.ts';

/** The public vector of a wrap, by name. */
export interface WrapClaim extends ShardClaim {
  readonly alpha: bigint;
  readonly beta: bigint;
  /** keccak256 of the statement, its halves of 128 bits. */
  readonly statement: readonly [bigint, bigint];
  readonly program: ProgramKey;
}

/** The public vector: `α, β, S, h_0, h_1, log, entry`, three elements for each commitment, three for each side of the pair. */
export function wrapPublics({ alpha, beta, sum, statement, program, pair }: WrapClaim): bigint[] {
  const points = [...program.commitments, pair.first, pair.second].flatMap((point) =>
    pointElements(point?.x ?? 0n, point?.y ?? 0n),
  );
  return [alpha, beta, sum, ...statement, BigInt(program.log), program.entry, ...points];
}

/**
 * @param key of whole runs
 * @param range log2 of N that their proofs may have
 */
export function wrapProgram(key: VerifyingKey, range: LogRange): Program {
  const builder = new ProgramBuilder();
  const publics = (count: number): Element[] => Array.from({ length: count }, () => builder.publicElement());
  const [alpha, beta, sum, ...statement] = publics(5) as [Element, Element, Element, Element, Element];
  const [log, entry] = publics(2) as [Element, Element];
  const commitments = fixedPacks(key.shape, 'program').map(() => publics(3));
  const [first, second] = [publics(3), publics(3)];

  const equal = (left: readonly Element[], right: readonly Element[]): void => {
    left.forEach((element, i) => {
      builder.assertEqual(element, right[i]!);
    });
  };
  const image = builder.scope('program key', () =>
    commitments.map((elements): Point => {
      const point = inputPoint(builder);
      equal(builder.packPoint(point), elements);
      return point;
    }),
  );
  const shard = openShard(builder, { key, range, index: builder.zero, program: { log, commitments: image } });
  builder.scope('challenges of the run', () => {
    const sponge = new ProgramSponge(builder, CHALLENGES);
    // The root of one leaf is the leaf.
    sponge.absorb(shard.leaf, builder.constant(1n), log, entry, ...commitments.flat(), ...statement);
    equal(sponge.endRound(), [alpha, beta]);
  });
  const claim = shard.finish({ alpha, beta });
  builder.scope('pair', () => {
    equal([claim.sum], [sum]);
    equal(claim.second.packed, second);
    const arithmetic = new Arithmetic(builder);
    equal(builder.packPoint(addUp(arithmetic, claim.first)), first);
  });
  return builder.build();
}

/**
 * What a proof of a run of one shard comes to, by the native verifier: all is checked but the pairing, and that the sum is the statement's.
 * @throws the PROOF_… errors of the verifier
 */
export function claimOf(
  key: VerifyingKey,
  about: { readonly program: ProgramKey; readonly statement: Statement; readonly proof: Uint8Array },
): WrapClaim {
  const statement = takeStatement(about.statement);
  const program = takeProgramKey(about.program);
  const shard = openNative(key, program, 0, about.proof);
  const { transcript: hash } = key.shape;
  const challenges = runChallenges({ hash, leaves: [shard.leaf], program, statement });
  const [high, low] = elementsOf('bytes32', statementHash(statement));
  return { ...challenges, ...shard.defer(challenges), program, statement: [high!, low!] };
}

/** What the program is run on for a proof: its bytes are not judged here. */
export function wrapInputs(
  key: VerifyingKey,
  range: LogRange,
  { claim, proof }: { readonly claim: WrapClaim; readonly proof: Uint8Array },
): ProgramInputs {
  const plan = schedule(key.shape);
  const elements: bigint[] = [];
  const points = claim.program.commitments.map((point) => point!);
  let at = SELECTOR_BYTES;
  for (const { kind, from, label } of plan.rounds.flatMap(({ items }) => items)) {
    if (from === 'context') continue;
    const bytes = proof.subarray(at, at + ITEM_BYTES[kind as keyof typeof ITEM_BYTES]);
    at += bytes.length;
    if (kind === 'point') points.push(decodeG1(bytes, { where: label, infinity: 'reject' })!);
    else if (kind === 'scalar') elements.push(bytesToNumberBE(bytes));
    else {
      const logs = key.shape.chips.map(({ height }, j) => {
        if (height.from === 'key') return height.log;
        return height.from === 'program' ? claim.program.log : bytes[plan.heights.indexOf(j)]!;
      });
      elements.push(...heightBits(key, range, logs));
    }
  }
  return { publics: wrapPublics(claim), elements, points };
}
