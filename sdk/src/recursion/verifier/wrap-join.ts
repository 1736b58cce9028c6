/**
 * The program that verifies the last join of a run, or its only leaf: what is wrapped of a run of several proofs. Its public vector is that of `wrap.ts`, so whoever verifies
 * small proofs does it alike for runs of any length.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { ProgramBuilder } from '../builder.ts';
import type { Program } from '../program.ts';
import { Arithmetic } from './arithmetic.ts';
import { programsDigest } from './inner-vector.ts';
import { assertListed, checkJoinKeys, type JoinKeys, openPart } from './join.ts';
import { combineClaims } from './pairs.ts';
import { assertEqualLists } from './public-vector.ts';
import { assertChallenges, wrapVector } from './wrap.ts';

/**
 * @param list digests of the programs that joins may trust, and so this one: constants of the key that it becomes
 * @throws as `checkJoinKeys`
 */
export function wrapJoinProgram(keys: JoinKeys, list: readonly bigint[]): Program {
  checkJoinKeys(keys);
  const builder = new ProgramBuilder();
  const arithmetic = new Arithmetic(builder);
  const vector = wrapVector(builder, keys.closing);
  const { alpha, beta, sum, log, commitments, first, second } = vector;
  const [count, root] = [builder.input(), builder.input()];
  // One shard is a run under another key.
  arithmetic.assertNotZero(arithmetic.sub(arithmetic.of(count), arithmetic.constant(1n)));
  assertChallenges(builder, vector, { root, count });
  const part = openPart(builder, keys, {
    programs: builder.constant(bytesToNumberBE(programsDigest(list))),
    ...{ alpha, beta, log, commitments, count, root, sum },
    // From the first shard to the closing one.
    first: builder.zero,
    closes: builder.constant(1n),
  });
  assertListed(
    builder,
    part.program,
    list.map((digest) => builder.constant(digest)),
  );
  builder.scope('pair', () => {
    const pair = combineClaims(arithmetic, [part.claim]);
    assertEqualLists(builder, [...pair.first, ...pair.second], [...first, ...second]);
  });
  return builder.build();
}
