/** Instructions that several rows do, by SMT over the specification of each row; `npm run test:smt` asks all cases. */
import assert from 'node:assert/strict';
import * as I from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { figure } from '../lib/report.ts';
import { EFFORT } from './cases.ts';
import { askRoutine, programOf, routineCases, runRoutines } from './routine-cases.ts';
import { Solver } from './solver.ts';

/** The row with one thing changed: the relation of a branch, the count of a shift, the lowest bit of what it takes, whether it jumps. */
function withBentRow(program: Program, pc: number): Program | undefined {
  const { code } = program;
  const { name } = I.opcodeInfo(code.opcode[pc]!)!;
  const [opcode, b, c] = [code.opcode.slice(), code.b.slice(), code.c.slice()];
  if (name === 'br') opcode[pc]! ^= I.LESS | I.EQUAL | I.GREATER;
  else if (name === 'jmp') opcode[pc] = I.DRAIN.code;
  else if (name === 'mov') b[pc]! ^= 1;
  else if (name === 'sar') c[pc]! *= 2;
  else if (name === 'ret' || name === 'call' || name === 'leave') return undefined;
  else c[pc]! ^= 1;
  return { ...program, code: { ...code, opcode, b, c } };
}

describe('routines by SMT', () => {
  it('instructions of several rows do what the specification says, for all operands', async () => {
    const { findings, failures } = await runRoutines({ wanted: ({ short }) => short });
    assert.deepEqual(failures, []);
    const paths = findings.reduce((sum, finding) => sum + finding.paths, 0);
    const of = routineCases().length;
    figure(`${findings.length} of ${of} instructions of several rows as specified, on ${paths} paths`);
  });

  it('a wrong row is found', async () => {
    await using solver = await Solver.start();
    let found = 0;
    for (const name of ['i32.div_s', 'i64.rem_s', 'i64.shr_s', 'i64.lt_s', 'f64.lt', 'f32.le and a branch']) {
      const one = routineCases().find((own) => own.name === name)!;
      const program = programOf(one);
      const missed: string[] = [];
      for (const { pc: first, kind } of program.sections) {
        if (kind !== 'function' && kind !== 'routine') continue;
        const end = program.sections.find(({ pc }) => pc > first)?.pc ?? program.code.length;
        for (let pc = first; pc < end; pc++) {
          const { name: row } = I.opcodeInfo(program.code.opcode[pc]!)!;
          // Behind some jumps of comparisons of floats stand tests that would say the same.
          const bent = one.float === true && row === 'jmp' ? undefined : withBentRow(program, pc);
          if (bent === undefined) continue;
          const isFound = await askRoutine(solver, one, {
            effort: EFFORT,
            exists: false,
            program: bent,
          }).then(
            ({ answer }) => answer.verdict === 'sat',
            (error: Error) => /nobody wrote|do not end|no constant|no call/.test(error.message),
          );
          if (isFound) found++;
          else missed.push(`${pc - first} ${I.opcodeInfo(program.code.opcode[pc]!)!.name}`);
        }
      }
      assert.deepEqual(missed, [], name);
    }
    figure(`${found} changed rows of them found`);
  });
});
