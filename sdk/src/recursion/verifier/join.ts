/**
 * The program that verifies inner proofs of consecutive parts of a run and says of all of them what each says of its own. It takes no proof of a program that is not in the
 * list whose digest T it names itself, so one that claims without verifying is of no use, wherever it stands in the tree.
 */
import { equalG2 } from '../../curve/g2.ts';
import { fail } from '../../errors/index.ts';
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import { ProgramBuilder } from '../builder.ts';
import type { Element, Program } from '../program.ts';
import { Arithmetic } from './arithmetic.ts';
import { allowedRange } from './heights.ts';
import { type OpenInner, openInner } from './inner.ts';
import { type InnerElements, messageElements, PROGRAMS, publicVector } from './inner-vector.ts';
import { rootElement } from './leaf.ts';
import { combineClaims } from './pairs.ts';
import { assertEqualLists } from './public-vector.ts';
import { ProgramSponge } from './sponge.ts';

export interface JoinKeys {
  /** Of inner proofs: with poseidon2, about other proofs alone. */
  readonly inner: VerifyingKey;
  /** Of closing shards: how many commitments a program key of the runs has. */
  readonly closing: VerifyingKey;
}

/** `KEY_INVALID` unless proofs of both keys are verified by one pairing, which adds up what is left of them. */
export function checkJoinKeys({ inner, closing }: JoinKeys): void {
  if (equalG2(inner.tau2, closing.tau2) && inner.insecure === closing.insecure) return;
  fail('KEY_INVALID', 'the key of inner proofs stands on another τ than that of the shards', {
    where: 'keys of joins',
    fix: 'Give the keys of one release, SRS and size',
  });
}

/**
 * @param programs how many programs the list has
 * @throws as {@link checkJoinKeys}
 */
export function joinProgram(keys: JoinKeys, shape: { children: number; programs: number }): Program {
  checkJoinKeys(keys);
  const builder = new ProgramBuilder();
  const arithmetic = new Arithmetic(builder);
  const vector = publicVector(builder, keys.closing);
  const list = Array.from({ length: shape.programs }, () => builder.input());
  builder.scope('list', () => {
    const sponge = new ProgramSponge(builder, PROGRAMS);
    sponge.absorb(builder.constant(BigInt(list.length)), ...list);
    builder.assertEqual(sponge.endRound()[0], vector.programs);
  });
  let next = vector.first;
  const parts = Array.from({ length: shape.children }, (_, i) =>
    builder.scope(`part ${i}`, () => {
      // What is the run's is taken from it, place and kind follow from where the part stands: none of them is the prover's to choose.
      const closes = i === shape.children - 1 ? vector.closes : builder.zero;
      const [count, root, sum] = [builder.input(), builder.input(), builder.input()];
      const part = openPart(builder, keys, { ...vector, first: next, count, closes, root, sum });
      assertListed(builder, part.program, list);
      next = builder.add(next, count);
      return { ...part, count, root, sum };
    }),
  );
  builder.scope('totals', () => {
    builder.assertEqual(next, builder.add(vector.first, vector.count));
    const total = arithmetic.sum(parts.map(({ sum }) => arithmetic.of(sum)));
    arithmetic.assertEqual(total, arithmetic.of(vector.sum));
    const roots = parts.map(({ root }) => root);
    builder.assertEqual(rootElement(builder, roots), vector.root);
  });
  builder.scope('pair', () => {
    const claims = parts.map(({ claim }) => claim);
    const pair = combineClaims(arithmetic, claims);
    assertEqualLists(builder, [...pair.first, ...pair.second], vector.pair);
  });
  return builder.build();
}

/** Verifies a proof that says what the elements are. */
export const openPart = (builder: ProgramBuilder, { inner }: JoinKeys, says: InnerElements): OpenInner =>
  openInner(builder, { key: inner, range: allowedRange(inner), messages: messageElements(says) });

/** That a program is one of the list. */
export function assertListed(builder: ProgramBuilder, program: Element, list: readonly Element[]): void {
  builder.scope('programs', () => {
    const a = new Arithmetic(builder);
    a.assertZero(a.product(list.map((listed) => a.sub(a.of(program), a.of(listed)))));
  });
}
