/** What is checked when a program is made: its operations, then the fixed columns that a key commits to. */
import assert from 'node:assert/strict';
import { G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { checkProgram } from '../../sdk/src/recursion/check-program.ts';
import { inputPoint } from '../../sdk/src/recursion/gadgets/curve.ts';
import { msm } from '../../sdk/src/recursion/gadgets/msm.ts';
import { checkRows } from '../../sdk/src/recursion/narrow/check-rows.ts';
import { ARGUMENT, NARROW, NARROW_LOG } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram } from '../../sdk/src/recursion/narrow/narrow.ts';
import type { Row } from '../../sdk/src/recursion/narrow/rows.ts';
import { PUBLIC_SEGMENT, RELATION_SEGMENT } from '../../sdk/src/recursion/parts/tags.ts';
import type { Operation, Program, RelationOperation, Value } from '../../sdk/src/recursion/program.ts';
import { sample, transcriptProgram } from './lib/sample.ts';

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

describe('recursion: rules of fixed columns (36)', () => {
  const { narrow } = sample();
  const rows = narrow.rows.rows;
  const { publics } = narrow.rows.program;

  function withCells(edits: readonly (readonly [name: string, row: number, value: bigint])[]): bigint[][] {
    const columns = narrow.fixed.map((column) => [...column]);
    for (const [name, row, value] of edits)
      columns[NARROW.fixed.findIndex((column) => column.name === name)]![row] = value;
    return columns;
  }
  const find = (is: (row: Row) => boolean): number => {
    const at = rows.findIndex(is);
    assert.ok(at >= 0);
    return at;
  };
  const refused = (what: RegExp, ...edits: (readonly [name: string, row: number, value: bigint])[]): void =>
    refuses(what, () => checkRows(withCells(edits), publics));

  const field = find(({ kind }) => kind === 'field');
  const value = find((row) => row.kind === 'value' && row.holds.what === 'value');
  const quotient = find((row) => row.kind === 'value' && row.holds.what === 'quotient');
  const relation = find(({ kind }) => kind === 'relation');
  const moved = find((row) => row.kind === 'relation' && row.relation.moved !== undefined);
  const guarded = find(
    (row) => row.kind === 'relation' && row.relation.guard && row.relation.moved === undefined,
  );
  const at = ARGUMENT.relation;

  it('the honest ones keep them', () => {
    checkRows(narrow.fixed, publics);
  });

  it('rows are of one kind, bits are bits, the index is the row', () => {
    refused(/is field and pack|is pack and field|is value and field/, ['value', field, 1n]);
    refused(/pack is no bit/, ['pack', field, 2n]);
    refused(/is no relation/, ['guard', field, 1n]);
    refused(/index of another/, ['row', 3, 4n]);
    refused(/a0 is no bit/, [`a${ARGUMENT.relation.square}`, relation, 2n]);
    refused(/a10 is no bit/, [`a${ARGUMENT.field.zeros[0]}`, field, 2n]);
    refused(/a8 is no bit/, [`a${ARGUMENT.value.short}`, value, 2n]);
  });

  it('no address is written twice, limbs have none, values are bounded', () => {
    const other = find(
      (row) => row.kind === 'value' && row.holds.what === 'value' && rows.indexOf(row) > value,
    );
    const offset =
      narrow.fixed[NARROW.fixed.findIndex(({ name }) => name === `a${ARGUMENT.value.offset}`)]![value]!;
    refused(/a second time/, [`a${ARGUMENT.value.offset}`, other, offset]);
    refused(/limbs with an address/, ['a0', value, 5n]);
    refused(/another row in the segment/, [`a${ARGUMENT.value.offset}`, quotient, 1n << 20n]);
    refused(/top word is not bounded/, [`a${ARGUMENT.value.short}`, value, 0n]);
  });

  it('everything that is read is written', () => {
    refused(/which nothing writes/, ['a0', field, BigInt(4 * relation)]);
    refused(/which nothing writes/, ['a0', field, BigInt(4 * 2 ** NARROW_LOG)]);
    refused(/0:4294967296, which nothing writes/, [`a${at.A}`, relation, 1n << 32n]);
    refused(/which nothing writes/, [`a${at.C}`, relation, 77n]);
    refused(
      /reads a quotient or a carry/,
      [`a${at.C}`, relation, BigInt(RELATION_SEGMENT)],
      [`a${at.C + 1}`, relation, BigInt(quotient)],
    );
  });

  it('public elements are read once each, in their segment, where nothing else is', () => {
    const row = find(({ kind }) => kind === 'public');
    const spare = 2 ** NARROW_LOG - 1;
    refused(/from 0 on are read 0 times/, [`a${at.C + 1}`, row, 1n]);
    refused(/reads no public elements/, [`a${at.C}`, row, 0n]);
    refused(/from 0 on are read 2 times/, ['public', spare, 1n], [`a${at.C}`, spare, BigInt(PUBLIC_SEGMENT)]);
    refused(
      /that there are not/,
      ['public', spare, 1n],
      [`a${at.C}`, spare, BigInt(PUBLIC_SEGMENT)],
      [`a${at.C + 1}`, spare, 1n],
    );
    refused(/among the public elements/, [`a${ARGUMENT.value.segment}`, value, BigInt(PUBLIC_SEGMENT)]);
    refuses(/from 4 on are read 0 times/, () => checkRows(narrow.fixed, publics + 2));
  });

  /** A single value that relations read as C, 2^16 further behind, and all that reads it. */
  function movedFar(): [string, number, bigint][] {
    const cell = (argument: number, row: number): bigint =>
      narrow.fixed[NARROW.fixed.findIndex(({ name }) => name === `a${argument}`)]![row]!;
    const reader = rows.findIndex(
      (row) => row.kind === 'relation' && row.relation.moved === undefined && row.relation.C.offset > 50,
    );
    const offset = cell(at.C + 1, reader);
    return rows.flatMap((row, i) => {
      const pairs = [at.C, at.E1].filter((pair) => cell(pair, i) === 0n).map((pair) => pair + 1);
      const still = row.kind === 'relation' && row.relation.moved !== undefined ? [] : pairs;
      const places = {
        value: cell(ARGUMENT.value.segment, i) === 0n ? [ARGUMENT.value.offset] : [],
        relation: [at.A, at.B, at.E2, ...still],
        pack: [at.A, at.B, ...still],
      };
      const own = row.kind in places ? places[row.kind as keyof typeof places] : [];
      return own
        .filter((argument) => cell(argument, i) === offset)
        .map((argument): [string, number, bigint] => [`a${argument}`, i, offset + (1n << 16n)]);
    });
  }

  it('digits choose from tables by digits', () => {
    refused(/segment 0, which is no table/, [`a${at.C}`, moved, 0n]);
    refused(/has a digit and an offset/, [`a${at.C + 1}`, moved, 2n]);
    refused(/neither one nor zero/, [`a${at.digit}`, guarded, BigInt(4 * field + 1)]);
    refused(/behind the first 2\^16 offsets/, ...movedFar());
    // One row more, which writes to the table of a digit.
    const spare = 2 ** NARROW_LOG - 1;
    const { segment, offset, short } = ARGUMENT.value;
    const table = narrow.fixed[NARROW.fixed.findIndex(({ name }) => name === `a${at.C}`)]![moved]!;
    for (const entry of [4n, (1n << 16n) + 1n]) {
      refused(
        new RegExp(`a table with an entry ${entry}`),
        ['value', spare, 1n],
        [`a${segment}`, spare, table],
        [`a${offset}`, spare, entry],
        [`a${short}`, spare, 1n],
      );
    }
  });
});
