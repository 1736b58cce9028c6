/** The plan of the quotient against the program that verifiers run: classes, forms, and what each coset computes. */
import assert from 'node:assert/strict';
import { evaluateProgram, programDegrees, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import type { System } from '../../sdk/src/plonk/declare/declare.ts';
import { type ChipLayout, layout } from '../../sdk/src/plonk/declare/layout.ts';
import { quotientPlan } from '../../sdk/src/plonk/prove/quotient-plan.ts';
import { platformRandom, randomScalars } from '../../sdk/src/plonk/prove/randomness.ts';
import { toySystem } from './toy.ts';

const random = (count: number): bigint[] => randomScalars(platformRandom, count);

const systems: readonly (readonly [string, System])[] = [
  ['toy', toySystem()],
  ['machine', machineSystem()],
  ['machine of degree 6', { ...machineSystem(), maxDegree: 6 }],
];

/** Challenges at random, then the powers of y that the plan asks for. */
function leavesOf(chip: ChipLayout): { challenges: bigint[]; leaves: bigint[] } {
  const challenges = random(chip.program.challenges.length);
  const y = challenges[chip.program.challenges.indexOf('y')]!;
  const powers = quotientPlan(chip).powers.map((exponent) => Fr.pow(y, BigInt(exponent)));
  return { challenges, leaves: [...challenges, ...powers] };
}

for (const [name, system] of systems) {
  describe(`plan of the quotient: ${name}`, () => {
    for (const chip of layout(system).chips) {
      it(`of ${chip.chip.name} computes what its program does`, () => {
        const plan = quotientPlan(chip);
        const { challenges, leaves } = leavesOf(chip);
        const columns = random(chip.columns.length);
        const [whole] = evaluateProgram(chip.program, scalarRing, columns, challenges);
        const classes = new Map(
          plan.classes.map(({ degree, program }) => {
            assert.deepEqual(programDegrees(program), [degree]);
            return [degree, evaluateProgram(program, scalarRing, columns, leaves)[0]!];
          }),
        );
        assert.equal([...classes.values()].reduce(Fr.add, 0n), whole);

        const { affine, linear } = plan.forms;
        const forms = evaluateProgram(affine, scalarRing, columns, leaves);
        const constants = evaluateProgram(
          affine,
          scalarRing,
          columns.map(() => 0n),
          leaves,
        );
        const withoutConstants = evaluateProgram(linear, scalarRing, columns, leaves);
        assert.deepEqual(
          withoutConstants.map((value, i) => Fr.add(value, constants[i]!)),
          forms,
        );

        const polynomials = [...columns, ...forms];
        plan.cosets.forEach(({ degrees, inputs, program }, k) => {
          const values = inputs.map((input) => polynomials[input]!);
          assert.deepEqual(
            evaluateProgram(program, scalarRing, values, leaves),
            degrees.map((degree) => classes.get(degree)!),
            `coset ${k + 1}`,
          );
        });
      });

      it(`of ${chip.chip.name} leaves to a coset only what determines a quotient there`, () => {
        const { classes, cosets, forms } = quotientPlan(chip);
        cosets.forEach(({ degrees, inputs }, k) => {
          const above = classes.map(({ degree }) => degree).filter((degree) => degree > k + 1);
          assert.deepEqual(degrees, above);
          assert.ok(inputs.length <= chip.columns.length);
        });
        assert.equal(cosets.length, classes.at(-1)!.degree - 1);
        // A form is transformed in place where it is used last: exactly one coset says so.
        forms.affine.outputs.forEach((_, i) => {
          const form = chip.columns.length + i;
          const uses = cosets.flatMap(({ inputs }, k) => (inputs.includes(form) ? [k] : []));
          const lasts = cosets.flatMap(({ last }, k) => (last.includes(form) ? [k] : []));
          assert.deepEqual(lasts, [Math.max(...uses)]);
        });
      });
    }
  });
}

it('the plan of the machine saves transforms: fewer polynomials on the last coset than columns', () => {
  const { chips } = layout(machineSystem());
  for (const name of ['alu', 'mem', 'wide']) {
    const chip = chips.find((candidate) => candidate.chip.name === name)!;
    const last = quotientPlan(chip).cosets.at(-1)!;
    assert.ok(last.inputs.length < chip.columns.length, `${name}: ${last.inputs.length}`);
    assert.ok(
      last.inputs.some((input) => input >= chip.columns.length),
      name,
    );
  }
});
