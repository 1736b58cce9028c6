/** What is checked when a program is made: its operations, then the fixed columns that a key commits to. */
import assert from 'node:assert/strict';
import { G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { checkProgram } from '../../sdk/src/recursion/check-program.ts';
import { inputPoint } from '../../sdk/src/recursion/gadgets/curve.ts';
import { msm } from '../../sdk/src/recursion/gadgets/msm.ts';
import { NARROW_LOG } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram } from '../../sdk/src/recursion/narrow/narrow.ts';
import type { Operation, Program, RelationOperation, Value } from '../../sdk/src/recursion/program.ts';
import { transcriptProgram } from './lib/sample.ts';

function refuses(what: RegExp, make: () => unknown): void {
  assert.throws(
    make,
    (error) => isWattestError(error) && error.code === 'SYSTEM_INVALID' && what.test(error.message),
    String(what),
  );
}

describe('recursion: rules of a program (35, 36)', () => {
  const program = transcriptProgram(1);

  /** The program with operations changed. */
  const changed = (change: (operation: Operation, i: number) => Operation | undefined): Program => ({
    ...program,
    operations: program.operations.flatMap((operation, i) => change(operation, i) ?? []),
  });
  const first = <T extends Operation['op']>(op: T): number =>
    program.operations.findIndex((operation) => operation.op === op);
  const relation = (
    change: (relation: RelationOperation) => Partial<RelationOperation>,
    is = (_: RelationOperation) => true,
  ): Program => {
    const at = program.operations.findIndex((operation) => operation.op === 'relation' && is(operation));
    assert.ok(at >= 0);
    return changed((operation, i) =>
      i === at && operation.op === 'relation' ? { ...operation, ...change(operation) } : operation,
    );
  };

  it('the honest one keeps them', () => {
    checkProgram(program);
  });

  it('coefficients keep to the bounds of a relation, checked by code', () => {
    const guarded = ({ square, guard }: RelationOperation) => square && guard;
    refuses(/add up to more than 16/, () => checkProgram(relation(() => ({ e1: 9, e2: -8 }))));
    refuses(/add up to more than 16/, () => checkProgram(relation(() => ({ e1: 7, e2: -8 }), guarded)));
    refuses(/no integer/, () => checkProgram(relation(() => ({ e1: 0.5 }))));
  });

  it('what is made is determined: a coefficient, and no other operand', () => {
    const makes = (name: string) => (each: RelationOperation) => each.makes === name && !each.guard;
    refuses(/made with coefficient 0/, () => checkProgram(relation(() => ({ e2: 0 }), makes('E2'))));
    refuses(/made with coefficient 0/, () => checkProgram(relation(() => ({ square: true }), makes('A'))));
    refuses(/read before it is written/, () => checkProgram(relation(({ E2 }) => ({ B: E2 }), makes('E2'))));
  });

  it('digits have guards, and tables of their own', () => {
    const moved = ({ moved: digit }: RelationOperation): boolean => digit !== undefined;
    refuses(/has no guard/, () => checkProgram(relation(() => ({ guard: false }), moved)));
    refuses(/segment 0, which is no table/, () =>
      checkProgram(relation(({ moved: digit }) => ({ moved: { ...digit!, C: 0 } }), moved)),
    );
    refuses(/segment 99, which is empty/, () =>
      checkProgram(relation(({ moved: digit }) => ({ moved: { ...digit!, E1: 99 } }), moved)),
    );
    const b = new ProgramBuilder();
    const segment = b.segment();
    const x = b.value({ segment, offset: 2 });
    b.relation({ e1: 1, E1: x, makes: 'E1' });
    refuses(/odd multiples only/, () => b.build());
  });

  it('nothing is written twice, late, or never; nothing is read before', () => {
    const field = first('field');
    refuses(/written twice/, () =>
      checkProgram({ ...program, operations: [...program.operations, program.operations[field]!] }),
    );
    refuses(/read before it is written/, () =>
      checkProgram(changed((operation, i) => (i === first('input') ? undefined : operation))),
    );
    refuses(/elements are written/, () => checkProgram({ ...program, elements: program.elements + 1 }));
    refuses(/values are written/, () => {
      const b = new ProgramBuilder();
      b.value();
      b.build();
    });
    refuses(/address 0:0 is written twice/, () => {
      const b = new ProgramBuilder();
      b.inputValue();
      const twin = b.value({ segment: 0, offset: 0 });
      b.relation({ e1: 1, E1: twin, makes: 'E1' });
      b.build();
    });
    refuses(/written after its table was read/, () => {
      const b = new ProgramBuilder();
      const p = inputPoint(b);
      msm(b, [{ point: p, scalar: b.input() }]);
      const late = b.value({ segment: 1, offset: 33 });
      b.relation({ e1: 1, E1: late, e2: -1, E2: p.x, makes: 'E1' });
      b.build();
    });
    refuses(/is not of this program/, () => {
      const strange: Value = { kind: 'value', id: 0, segment: 0, offset: 0 };
      checkProgram(
        changed((operation) =>
          operation.op === 'value' && operation.out.id === 0 ? { ...operation, out: strange } : operation,
        ),
      );
    });
  });

  it('constants are canonical, public elements in order, the first element is zero', () => {
    refuses(/not canonical/, () =>
      checkProgram(
        changed((operation) => (operation.op === 'field' ? { ...operation, scale: FR_MODULUS } : operation)),
      ),
    );
    refuses(/not canonical/, () => {
      const b = new ProgramBuilder();
      b.constantValue(FQ_MODULUS);
      b.build();
    });
    refuses(/not the next one/, () =>
      checkProgram(
        changed((operation) =>
          operation.op === 'public' ? { ...operation, index: operation.index + 1 } : operation,
        ),
      ),
    );
    refuses(/public elements are read/, () => checkProgram({ ...program, publics: program.publics + 1 }));
    refuses(/first operation is not the constant 0/, () =>
      checkProgram({ ...program, operations: program.operations.slice(1) }),
    );
    refuses(/digits for a scalar/, () =>
      checkProgram(
        changed((operation) =>
          operation.op === 'digits' ? { ...operation, digits: operation.digits.slice(1) } : operation,
        ),
      ),
    );
  });

  it('a sum takes its scalars with its points, and at least one (37)', () => {
    assert.throws(() => msm(new ProgramBuilder(), []), RangeError);
    assert.throws(() => new ProgramBuilder().constantPoint({ ...G1_GENERATOR, y: 3n }), RangeError);
  });

  it('a program that is too long is refused by name', () => {
    const b = new ProgramBuilder();
    const state = [b.zero, b.zero, b.zero] as const;
    for (let i = 0; i < 2 ** NARROW_LOG / 11; i++) b.permute(state);
    assert.throws(
      () => narrowProgram(b.build()),
      (error) =>
        isWattestError(error) &&
        error.code === 'TRACE_TOO_TALL' &&
        /the recursion machine has 32768/.test(error.message),
    );
  });
});
