/** Determinism of the instruction chips by SMT, a short run; `npm run test:smt` asks everything. */
import assert from 'node:assert/strict';
import { add } from '../../../sdk/src/expr/expression.ts';
import { isLegal } from '../../../sdk/src/machine/flags.ts';
import { IMMEDIATE, OPCODES } from '../../../sdk/src/machine/instructions.ts';
import { INSTRUCTION_CHIPS, machineSystem } from '../../../sdk/src/machine/system.ts';
import { ZERO } from '../../../sdk/src/machine/tags.ts';
import type { Expr } from '../../../sdk/src/plonk/declare/declare.ts';
import { figure } from '../lib/report.ts';
import { allCases, ask, type Case, describeCase, EFFORT } from './cases.ts';
import { assignments, bitsOf, decidingBits, decodings, isPossible } from './decode.ts';
import { asConstant, polynomialOf } from './polynomial.ts';
import { isInShortRun, runSmt } from './report.ts';
import { verdictWithout } from './siblings.ts';
import { Solver, type Verdict } from './solver.ts';

const chips = Object.values(INSTRUCTION_CHIPS).map(({ chip }) => chip);

describe('determinism by SMT', () => {
  it('every opcode number that an image may hold has a row, and none that it may not', () => {
    const served = new Set(chips.flatMap((chip) => decodings(chip).map(({ opcode }) => opcode)));
    for (const info of OPCODES) {
      if (info.chips.length === 0) continue;
      for (let opcode = info.code; opcode < info.code + 8192; opcode += IMMEDIATE) {
        assert.equal(served.has(opcode), isLegal(opcode), `${info.name} ${opcode}`);
      }
    }
  });

  it('multiplicities of instruction chips are bits on every row, and 0 where no selector is 1', () => {
    let seen = 0;
    for (const chip of machineSystem().chips.filter(({ name }) => name in INSTRUCTION_CHIPS)) {
      const isBit = bitsOf(chip);
      for (const selector of [undefined, ...decidingBits(chip).selectors]) {
        for (const bits of assignments(chip, selector)) {
          if (!isPossible(chip, bits, isBit)) continue;
          for (const { name, tags, multiplicity } of chip.interactions) {
            // A page may be provided as often as its cells are opened.
            if (tags.some((tag) => tag.name === 'ZERO') && selector === 'grow') continue;
            const value = asConstant(polynomialOf(multiplicity, bits, isBit));
            const allowed = selector === undefined ? [0n] : [0n, 1n];
            assert.ok(value !== undefined && allowed.includes(value), `${chip.name} ${name}: ${value}`);
            seen++;
          }
        }
      }
    }
    assert.ok(seen > 10_000);
  });

  it('outputs are the specified ones, for every satisfying row', async () => {
    const { findings, failures } = await runSmt({ wanted: isInShortRun });
    figure(
      `${findings.length - failures.length} of ${findings.length} cases deterministic (npm run test:smt asks all)`,
    );
    assert.deepEqual(failures, []);
    const names = new Set(findings.map((finding) => finding.case.name));
    for (const { name, chips: own } of OPCODES) if (own.length > 0) assert.ok(names.has(name), name);
  });

  // Tests of the test: what each constraint is there for is missed without it.
  const missed: readonly (readonly [string, string])[] = [
    ['add, sub, rsub: 32-bit result', 'alu sub [sub] full'],
    ['add, sub, rsub: limbs', 'alu add [add wide] full'],
    ['unsigned order', 'alu cmp [compare less] full'],
    ['gt is a bit', 'alu br [branch less greater] full'],
    ['sign of y', 'alu cmp [compare signed less] full'],
    ['products', 'alu rot [rotate immediate] c=8192 full'],
    ['sign of x', 'alu exts [extend] full'],
    ['extend, move: result', 'alu mov [move] full'],
    ['next pc', 'alu jmp [jump] full'],
    ['add', 'wide add [add] full'],
    ['division: r is below y', 'wide remu [rem] abstract'],
    ['quotient handed over', 'wide divu [div first] full'],
    ['bytes of y', 'wide or [or] full'],
    ['products', 'wide shl [shl wide] oldC=11 full'],
    ['loads leave the first cell', 'memx load16 [size2 offset1] full'],
    ['sign of the loaded bytes', 'memx load8 [size1 signed] full'],
    ['loads extend', 'memx load16 [size2 signed wide] full'],
    ['stores read the slot', 'memx store64 [second store offset3] full'],
    ['first cell', 'memx store8 [size1 store offset2] full'],
    ['mid received', 'memx load64 [second offset1] full'],
    ['32-bit word', 'ctl readp [readPrivate] full'],
    ['value', 'mem tget [element] full'],
    ['next pc', 'alu br [branch equal] full'],
    ['out of bounds', 'memx load8 [size1 oob] full'],
    ['out of bounds', 'memx store64 [size8 store oob] full'],
    ['null', 'ctl calli [isNull] full'],
    ['other type', 'ctl calli [largerType] full'],
    ['type as named', 'ctl calli [callIndirect] full'],
    ['the stack suffices', 'ctl calli [callIndirect] full'],
    ['the stack does not suffice', 'ctl call [noStack] full'],
    ['the stack does not suffice', 'ctl calli [noStackIndirect] full'],
  ];

  it('a missing constraint is found', async () => {
    await using solver = await Solver.start();
    const cases = new Map(allCases().map((one) => [describeCase(one), one] as const));
    for (const [constraint, name] of missed) {
      const one = cases.get(name);
      assert.ok(one !== undefined, `no case "${name}"`);
      assert.ok(
        one.decoding.chip.constraints.some((own) => own.name === constraint),
        constraint,
      );
      assert.ok(await noticed(solver, one, constraint), `${name} without ${constraint}`);
    }
  });

  it('a slot that is the cell which its row reads is found, where nothing says that it is not', async () => {
    await using solver = await Solver.start();
    for (const name of [
      'mem mov [move] full',
      'mem get [get] full',
      'mem tget [element] full',
      'mem load32 [load] full',
      'memx load8 [size1] full',
      'ctl read [read] full',
    ]) {
      const one = allCases().find((other) => describeCase(other) === name);
      assert.ok(one !== undefined, `no case "${name}"`);
      const verdicts: Verdict[] = [];
      for (const unconditional of [false, true]) {
        const { answer } = await ask(solver, one, { effort: EFFORT, exists: false, unconditional });
        verdicts.push(answer.verdict);
      }
      assert.deepEqual(verdicts, ['unsat', 'sat'], name);
    }
  });

  it('a page that is there from another time on is found', async () => {
    await using solver = await Solver.start();
    const one = allCases().find(({ name }) => name === 'grow')!;
    const { chip } = one.decoding;
    const late = chip.interactions.map((interaction) => {
      if (!interaction.tags.includes(ZERO)) return interaction;
      const [tag, lo, hi, time] = interaction.tuple as [Expr, Expr, Expr, Expr];
      return { ...interaction, tuple: [tag, lo, hi, add(time, 1n)] };
    });
    const decoding = { ...one.decoding, chip: { ...chip, interactions: late } };
    const { answer } = await ask(solver, { ...one, decoding }, { effort: EFFORT, exists: false });
    assert.equal(answer.verdict, 'sat');
  });

  it('a missing lookup is found', async () => {
    await using solver = await Solver.start();
    const cases = new Map(allCases().map((one) => [describeCase(one), one] as const));
    for (const [lookup, name] of [
      ['limb r1', 'alu add [add] full'],
      ['limb r3', 'alu cmp [compare less] full'],
      ['slot 7', 'wide and [and] full'],
      ['slot 4', 'wide shr [shr wide] oldC=11 full'],
      ['bytes 0, 1 of w', 'memx load8 [size1] full'],
      ['sign', 'memx load8 [size1 signed] full'],
    ] as const) {
      assert.equal(await noticed(solver, cases.get(name)!, lookup), true, `${name} without ${lookup}`);
    }
  });
});

/** A cell that nothing bounds may be anything, which is as bad as a model. */
const noticed = async (solver: Solver, one: Case, part: string): Promise<boolean> =>
  ['sat', 'unbounded'].includes(await verdictWithout(solver, one, part, { effort: EFFORT, words: false }));
