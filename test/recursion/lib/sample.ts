/** Small programs that have rows of every kind, and what they are run on. */
import { G1_GENERATOR, multiplyG1 } from '../../../sdk/src/curve/g1.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import { ProgramBuilder } from '../../../sdk/src/recursion/builder.ts';
import { inputPoint } from '../../../sdk/src/recursion/gadgets/curve.ts';
import { msm } from '../../../sdk/src/recursion/gadgets/msm.ts';
import type { Element, Program, ProgramInputs } from '../../../sdk/src/recursion/program.ts';
import { narrowSample, type SampleLayout, wideSample } from './layouts.ts';
/**
 * Absorbs points, draws scalars from the state, multiplies; public elements are what two operations give, and the packed sum.
 * @param points how many
 */
export function transcriptProgram(points: number): Program {
  const b = new ProgramBuilder();
  const publics = [b.publicElement(), b.publicElement(), b.publicElement()];
  const inputs = Array.from({ length: points }, () => inputPoint(b));
  let state: readonly [Element, Element, Element] = [b.zero, b.zero, b.constant(77n)];
  b.scope('transcript', () => {
    for (const point of inputs) {
      const [e0, e1, e2] = b.packPoint(point);
      state = b.permute(state, [e0, e1]);
      state = b.permute(state, [e2]);
    }
  });
  const chosen = b.input();
  const scalars = inputs.map((_, i) =>
    i === 0
      ? chosen
      : b.combine({ a: state[0], b: b.inverse(state[1]), c: chosen, scale: BigInt(i), constant: 5n }),
  );
  const sum = b.scope('sum', () =>
    msm(
      b,
      inputs.map((point, i) => ({ point, scalar: scalars[i]! })),
    ),
  );
  b.packPoint(sum);
  b.assertEqual(publics[0]!, b.mul(chosen, chosen));
  b.assertZero({ a: publics[1]!, b: publics[2]!, c: chosen, scale: -1n });
  return b.build();
}

export function transcriptInputs(points: number, chosen = 12345n): ProgramInputs {
  return {
    publics: [Fr.mul(chosen, chosen), 3n, Fr.mul(chosen, Fr.inv(3n))],
    elements: [chosen],
    points: Array.from({ length: points }, (_, i) => multiplyG1(G1_GENERATOR, BigInt(7 * i * i + 5))!),
  };
}

let made: readonly SampleLayout[] | undefined;

/** One point, in every layout: rows of every kind. Not to be changed: tests share it. */
export function samples(): readonly SampleLayout[] {
  if (made !== undefined) return made;
  const program = transcriptProgram(1);
  const inputs = transcriptInputs(1);
  made = [narrowSample(program, inputs), wideSample(program, inputs)];
  return made;
}
