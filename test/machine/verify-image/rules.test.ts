import assert from 'node:assert/strict';
import * as I from '../../../sdk/src/machine/instructions.ts';
import {
  CELLS_PER_PAGE,
  GLOBALS,
  INPUT_COUNTER,
  MAX_FRAME,
  MAX_OFFSET,
  MAX_REGION,
  MEMORY,
  OUTPUT_COUNTER,
  PAGES,
  STACK,
  STACK_END,
  TABLES,
} from '../../../sdk/src/machine/memory-map.ts';
import type { Program, Signature } from '../../../sdk/src/machine/program.ts';
import type { ImageRule } from '../../../sdk/src/machine/verify-image/rules.ts';
import { assemble, type Line, SHIFT } from '../chips/harness.ts';
import { called, entry, FIRST, FUNCTION, pcOf, SIGNATURE, verdict } from './images.ts';

const RETURN: Line = [I.RETURN, 0, 2];
const END: Line = [I.EXIT_, 0, 0];

/** Each line alone, behind the constants, breaks the rule. */
function refused(rule: ImageRule, lines: readonly Line[]): void {
  for (const line of lines) assert.equal(verdict(entry([line])), rule, `${line[0].name} ${line.slice(1)}`);
}

function accepted(...bodies: readonly (readonly Line[])[]): void {
  for (const lines of bodies) {
    assert.equal(
      verdict(entry(lines)),
      'accepted',
      lines.map(([info, ...rest]) => `${info.name} ${rest}`).join('; '),
    );
  }
}

describe('verifier of images: one instruction', () => {
  it('opcode: flags that it may carry, must, and not together', () => {
    refused('opcode', [
      [I.MUL64, I.SIGNED, 1, 0, 1],
      [{ ...I.ADD, code: 99 }, 0, 1],
      [I.BRANCH, I.WIDE | I.SIGNED, pcOf(FIRST) + 1, 0, 1],
      [I.COMPARE_SET, I.WIDE | I.SIGNED, 1, 0, 1],
      [I.PRODUCT_ROTATE, 0, 1, 0, 1],
      [I.SHIFT_SIGNED, 0, 1, 0, 1],
    ]);
  });

  it('field: what an instruction does not use is 0', () => {
    refused('field', [
      [I.CONST, 0, 1, 1],
      [I.GROW, 0, 1],
      [I.MOVE, 0, 1, 2, 1n << 32n],
      [I.EXTEND_SIGNED, 0, 1, 1, 1],
      [I.WRITE, 0, 1, 1],
      [I.EXIT_, 0, 0, 0, 1],
    ]);
    assert.equal(verdict(called([[I.RETURN, 0, 2, 0, 1]])), 'field');
  });

  it('slot: below the largest frame, in each field that names one', () => {
    const slot = MAX_FRAME;
    refused('slot', [
      [I.CONST, 0, slot],
      [I.ADD, 0, slot, 1, 1],
      [I.ADD, 0, 1, slot, 1],
      [I.ADD, 0, 1, 1, slot],
      [I.ADD, 0, 1, 1, 1n << 32n],
      [I.BRANCH, I.EQUAL, 1, slot, 1],
      [I.EXTEND_SIGNED, 0, 1, slot],
      [I.AND, 0, 1, 1, slot],
      [I.MOVE, 0, 1, slot],
      [I.TABLE_GET, 0, 1, slot, TABLES],
      [I.LOAD8, 0, 1, slot],
      [I.STORE64, 0, slot, 1],
      [I.JUMP_TABLE, 0, 0, slot, 1],
      [I.CALL_INDIRECT, 0, slot, 8, 1],
      [I.CALL_INDIRECT, 0, 0, MAX_FRAME + 1, 1],
      [I.CALL, 0, 1, 8, slot],
      [I.CALL, 0, 1, 8, 1n << 32n],
      [I.RETURN, 0, slot],
      [I.READ_PRIVATE, 0, slot],
      [I.WRITE, 0, slot],
      [I.EXIT_SLOT, 0, slot],
    ]);
    accepted([[I.CONST, 0, slot - 1, 0, slot]], [[I.ADD, I.IMMEDIATE, 1, 1, slot]]);
  });

  it('immediate: with which the instruction means something', () => {
    const immediate = (info: I.OpcodeInfo, flags: number, y: bigint): Line => [
      info,
      flags | I.IMMEDIATE,
      1,
      1,
      y,
    ];
    const all = [I.PRODUCT_ROTATE, I.SHIFT_SIGNED];
    refused('immediate', [
      ...all.flatMap((info) => [0n, 3n, 1n << 32n, (1n << 32n) + 1n].map((y) => immediate(info, 0, y))),
      immediate(I.SHIFT_SIGNED, 0, 1n),
      immediate(I.SHL, 0, 32n),
      immediate(I.SHR, 0, 40n),
      immediate(I.SHR, I.WIDE, 64n),
      immediate(I.SAR, 0, 32n),
      immediate(I.ROTL, 0, 33n),
      immediate(I.ROTL, I.WIDE, 1n << 32n),
      immediate(I.DIV, 0, 0n),
      immediate(I.REM, I.WIDE, 0n),
      immediate(I.ADD, 0, 1n << 32n),
      immediate(I.DIV, 0, 1n << 32n),
      immediate(I.PRODUCT_LOW, 0, 1n << 32n),
      immediate(I.COMPARE_SET, I.LESS, 1n << 32n),
      immediate(I.COMPARE_SET, I.SIGNED | I.LESS, 1n << 32n),
    ]);
    accepted(
      ...[
        immediate(I.SHL, 0, 31n),
        immediate(I.SHR, I.WIDE, 63n),
        immediate(I.SAR, 0, 31n),
        immediate(I.ROTL, 0, 32n),
        immediate(I.ROTL, I.WIDE, 64n),
        immediate(I.DIV, I.WIDE, 1n << 32n),
        immediate(I.ADD, I.WIDE, 1n << 32n),
        immediate(I.COMPARE_SET, I.LESS | I.WIDE, 1n << 32n),
        immediate(I.AND, 0, 1n << 32n),
      ].map((line) => [line]),
    );
  });

  it('key: cells and offsets that an instruction has business with', () => {
    for (const key of [0, INPUT_COUNTER, OUTPUT_COUNTER, PAGES + 1, TABLES, STACK + 5, 2 ** 32 + GLOBALS]) {
      refused('key', [
        [I.GET, 0, 5, 0, key],
        [I.SET, 0, 5, 0, key],
      ]);
    }
    refused('key', [
      [I.SET, 0, 5, 0, PAGES],
      // Not supplied: the image has the globals up to 0x1ff.
      [I.SET, 0, 5, 0, 0x200],
      [I.GET, 0, 5, 0, TABLES - 1],
      ...[I.TABLE_GET, I.TABLE_SET].flatMap((info) =>
        [TABLES - 1, STACK + 1, 2 ** 32 + TABLES].map((key): Line => [info, 0, 1, 1, key]),
      ),
      [I.LOAD8, 0, 1, 1, MAX_OFFSET],
      [I.STORE64, 0, 1, 1, 2 ** 32],
      [I.CALL_INDIRECT, 0, 1, 20, 1 << 16],
      [I.CALL_INDIRECT, 0, 1, 20, 2 ** 32],
    ]);
    accepted([[I.GET, 0, 5, 0, PAGES]], [[I.GET, 0, 5, 0, GLOBALS]], [[I.SET, 0, 5, 0, 0x1ff]]);
  });

  it('move: not of a slot to itself, which would take any value', () => {
    refused('move', [[I.MOVE, 0, 3, 3]]);
  });

  it('status: of an exit, one that a run can have', () => {
    refused('status', [
      [I.EXIT_, 0, 1, 0],
      [I.EXIT_, 0, 99, 2],
      [I.EXIT_, 0, 0, 9],
    ]);
    accepted([[I.EXIT_, 0, 99, 1]], [[I.EXIT_, 0, 4, 2]], [[I.EXIT_SLOT, 0, 9]]);
  });
});

describe('verifier of images: instructions in their places', () => {
  it('trap exits: at the reserved pcs, in every field', () => {
    const { code } = assemble([]);
    for (let pc = 1; pc <= SHIFT; pc++) {
      for (const field of ['opcode', 'a', 'b', 'c', 'cHigh'] as const) {
        const other = { ...code, [field]: code[field].slice() };
        other[field][pc]!++;
        assert.equal(verdict({ ...entry([]), code: other }), 'trap exits');
      }
    }
  });

  it('return point: one of its own behind every call, and nowhere else', () => {
    const call = (...lines: readonly Line[]): string => verdict(entry(lines));
    for (const line of [
      [I.CALL, 0, 1, 8, 2],
      [I.CALL_INDIRECT, 0, 1, 8, 2],
    ] satisfies Line[]) {
      assert.equal(call(line), 'return point');
      assert.equal(call(line, [I.LEAVE, 0, 9]), 'return point');
    }
    refused('return point', [[I.LEAVE, 0, 8]]);
  });

  it('drain: its exit stands behind it', () => {
    assert.equal(
      verdict(
        entry([
          [I.DRAIN, 0, 0],
          [I.READ, 0, 0],
        ]),
      ),
      'drain',
    );
    accepted(
      [[I.DRAIN, 0, 0]],
      [
        [I.DRAIN, 0, 0],
        [I.EXIT_SLOT, 0, 0],
      ],
    );
  });

  it('target: a row of the same function, or where the run ends', () => {
    refused('target', [
      [I.JUMP, 0, -SHIFT],
      [I.JUMP, 0, 1 << 20],
      [I.BRANCH, I.EQUAL, 1 << 20, 0, 1],
    ]);
    // Lines number targets; these are the reserved exits, and the exit behind the last line.
    accepted([[I.JUMP, 0, 2 - SHIFT]], [[I.JUMP, 0, FIRST + 1]], [[I.JUMP, 0, FIRST]]);
    // Into the function, into the entry, to a return point, behind the end of a function.
    assert.equal(verdict(called([[I.JUMP, 0, FIRST]])), 'target');
    assert.equal(verdict(called([RETURN, RETURN, [I.JUMP, 0, FUNCTION + 1]])), 'accepted');
    assert.equal(
      verdict(
        entry([
          [I.CALL_INDIRECT, 0, 1, 20, 1],
          [I.LEAVE, 0, 20],
          [I.JUMP, 0, FIRST + 1],
        ]),
      ),
      'accepted',
      'what nothing gets to may say anything',
    );
    assert.equal(
      verdict(
        entry([
          [I.JUMP, 0, FIRST + 2],
          [I.CALL_INDIRECT, 0, 1, 20, 1],
          [I.LEAVE, 0, 20],
        ]),
      ),
      'target',
    );
    const two = { signatures: [SIGNATURE, { ...SIGNATURE, pc: FUNCTION + 1 }] };
    assert.equal(verdict(called([[I.CONST, 0, 0], RETURN], two)), 'target', 'goes on behind its end');
    assert.equal(verdict(called([RETURN, RETURN], two)), 'accepted');
    // A run of targets lies behind it, as far as the index may reach.
    const table = (limit: number, first: number, ...behind: readonly Line[]): string =>
      verdict(
        entry([
          [I.BRANCH, I.EQUAL | I.GREATER | I.IMMEDIATE, FIRST + 2, 0, limit],
          [I.JUMP_TABLE, 0, 0, 0, first],
          ...behind,
        ]),
      );
    assert.equal(table(2, FIRST + 2, END), 'accepted');
    assert.equal(table(3, FIRST + 2, END), 'target');
    assert.equal(table(2, FIRST + 1, END), 'target');
    assert.equal(table(2, FIRST + 2, [I.CALL_INDIRECT, 0, 1, 20, 1], [I.LEAVE, 0, 20]), 'target');
    assert.equal(verdict(entry([[I.JUMP_TABLE, 0, 0, 0, FIRST + 1]])), 'target');
  });

  it('entry, callee: functions begin where signatures say, behind each other, and calls go there', () => {
    assert.equal(verdict(called([RETURN])), 'accepted');
    for (const pc of [0, FIRST - 20, 99]) {
      assert.equal(verdict(called([RETURN], { signatures: [{ ...SIGNATURE, pc }] })), 'entry');
    }
    assert.equal(verdict(called([RETURN], { signatures: [SIGNATURE, SIGNATURE] })), 'entry');
    for (const entered of [0, 1 << 20]) {
      assert.equal(verdict({ ...entry([]), entry: entered }), 'entry');
    }
    assert.equal(verdict(called([RETURN], { signatures: [{ ...SIGNATURE, pc: FUNCTION + 1 }] })), 'callee');
    assert.equal(
      verdict(called([RETURN], { signatures: [{ ...SIGNATURE, params: [32, 64, 64] }] })),
      'callee',
    );
  });

  it('tail call: of what returns the same, where this one would, and takes what is there', () => {
    const other = (change: Partial<Signature>): readonly Signature[] => [
      SIGNATURE,
      { pc: FUNCTION + 1, params: [32, 64], results: [32], ...change },
    ];
    const tail: Line = [I.JUMP, 0, FUNCTION + 1];
    const of = (change: Partial<Signature>, ...lines: readonly Line[]): string =>
      verdict(called([tail, ...lines], { signatures: other(change) }));
    assert.equal(of({}, RETURN), 'accepted');
    assert.equal(of({ params: [32] }, [I.CONST, 0, 1, 0, 0], [I.RETURN, 0, 2]), 'tail call');
    assert.equal(of({ params: [32], returnSlot: 2 }, RETURN), 'accepted');
    assert.equal(of({ returnSlot: 3 }, [I.RETURN, 0, 3]), 'tail call');
    for (const results of [[], [64], [32, 32]] as const) {
      assert.equal(of({ results }, [I.CONST, 0, 1, 0, 0], RETURN), 'tail call', `results ${results}`);
    }
    // Arguments that are too wide, or that nobody set.
    assert.equal(of({ params: [32, 32] }, RETURN), 'width');
    assert.equal(
      verdict(called([tail, [I.CONST, 0, 0, 0, 1], RETURN], { signatures: other({ params: [64, 64] }) })),
      'accepted',
    );
    const given = (...first: readonly Line[]): string => {
      const next = FUNCTION + first.length + 1;
      const signatures = [
        { ...SIGNATURE, returnSlot: 3 },
        { pc: next, params: [32, 64, 32], results: [32] } as const,
      ];
      const call: readonly Line[] = [
        [I.MOVE, 0, 20, 0],
        [I.MOVE, 0, 21, 9],
        [I.CALL, 0, FUNCTION, 20, 3],
        [I.LEAVE, 0, 20],
        [I.EXIT_, 0, 0],
      ];
      return verdict(entry([...call, ...first, [I.JUMP, 0, next], [I.RETURN, 0, 3]], { signatures }));
    };
    assert.equal(given(), 'unset');
    assert.equal(given([I.CONST, 0, 2, 0, 5]), 'accepted');
    // By a branch too, and never from the entry.
    const branch: Line = [I.BRANCH, I.EQUAL, FUNCTION + 2, 0, 0];
    const behind = (returnSlot: number): string =>
      verdict(
        called([branch, RETURN, [I.RETURN, 0, returnSlot]], {
          signatures: [SIGNATURE, { ...SIGNATURE, pc: FUNCTION + 2, returnSlot }],
        }),
      );
    assert.equal(behind(2), 'accepted');
    assert.equal(behind(3), 'tail call');
    assert.equal(verdict(called([RETURN], {}, [I.JUMP, 0, FUNCTION])), 'tail call');
  });

  it('entry: the return pc lies behind parameters and results, in a frame', () => {
    for (const returnSlot of [0, 1, 2.5, -1, Number.NaN, MAX_FRAME]) {
      const signatures = [{ ...SIGNATURE, returnSlot }];
      assert.equal(verdict(called([RETURN], { signatures })), 'entry', `${returnSlot}`);
    }
  });

  it('references: to functions, by their return slots and types', () => {
    const reference = { id: 7, type: 3, pc: FUNCTION, returnSlot: 2 };
    const of = (...functions: readonly (typeof reference)[]): string =>
      verdict(called([RETURN], { functions }));
    assert.equal(of(reference, { ...reference, id: 8 }), 'accepted');
    for (const change of [
      { id: 0 },
      { type: 0 },
      { type: 1 << 16 },
      { pc: FUNCTION + 1 },
      { returnSlot: 3 },
      // In the image it would be number 7 again.
      { id: 2 ** 32 + 7 },
      { id: 7.5 },
      { type: Number.NaN },
    ]) {
      assert.equal(of({ ...reference, ...change }), 'references', JSON.stringify(change));
    }
    assert.equal(of(reference, reference), 'references');
    // One type, two kinds of functions: a call of the type could reach either.
    const signatures = [SIGNATURE, { ...SIGNATURE, pc: FUNCTION + 1, params: [32, 32] as const }];
    const functions = [reference, { ...reference, id: 8, pc: FUNCTION + 1 }];
    assert.equal(verdict(called([RETURN, RETURN], { signatures, functions })), 'references');
    const apart = [reference, { ...functions[1]!, type: 4 }];
    assert.equal(verdict(called([RETURN, RETURN], { signatures, functions: apart })), 'accepted');
  });

  it('entry: parameters and results have 32 or 64 bits', () => {
    for (const bits of [0, 31, -1, Number.NaN]) {
      for (const list of ['params', 'results'] as const) {
        const signature = { ...SIGNATURE, [list]: [bits as 32, 64] };
        assert.equal(verdict(called([RETURN], { signatures: [signature] })), 'entry', `${list} ${bits}`);
      }
    }
  });
});

describe('verifier of images: cells', () => {
  const cells = (change: Partial<Program>): string => verdict({ ...entry([]), ...change });
  const honest = entry([]);
  const withWord = (key: number, value: bigint): string => {
    const words = [...honest.words, { key, value }].sort((a, b) => a.key - b.key);
    const zeros = honest.zeros.flatMap(({ lo, hi }) =>
      key < lo || key > hi
        ? [{ lo, hi }]
        : [...(key > lo ? [{ lo, hi: key - 1 }] : []), ...(key < hi ? [{ lo: key + 1, hi }] : [])],
    );
    return cells({ words, zeros });
  };

  it('words and regions are in order, apart and not too long', () => {
    const [first, pages] = [honest.zeros[0]!, honest.words[0]!];
    assert.equal(cells({}), 'accepted');
    assert.equal(cells({ zeros: [...honest.zeros, first] }), 'cells');
    assert.equal(cells({ zeros: [{ lo: MEMORY, hi: MEMORY + MAX_REGION }] }), 'cells');
    assert.equal(cells({ zeros: [...honest.zeros, { lo: pages.key, hi: pages.key }] }), 'cells');
    assert.equal(cells({ words: [pages, pages] }), 'cells');
  });

  it('they lie where instructions reach them, and nowhere else', () => {
    assert.equal(withWord(MEMORY, 7n), 'accepted');
    assert.equal(withWord(GLOBALS, 7n), 'accepted');
    for (const key of [PAGES + 1, GLOBALS - 1, STACK_END, MEMORY + CELLS_PER_PAGE, 0xffff_ffff]) {
      assert.equal(withWord(key, 1n), 'cells', key.toString(16));
    }
    // Gaps: a table that the image has not, globals that nothing provides.
    assert.equal(withWord(STACK - 1, 1n), 'cells');
    assert.equal(withWord(TABLES - 1, 1n), 'cells');
  });

  it('the memory has the cells of its pages, neither more nor fewer', () => {
    const { zeros } = honest;
    const rest = zeros.filter(({ lo }) => lo !== MEMORY);
    const more = { lo: MEMORY + CELLS_PER_PAGE, hi: MEMORY + CELLS_PER_PAGE };
    assert.equal(cells({ zeros: [...zeros, more] }), 'cells');
    assert.equal(cells({ zeros: [...rest, { lo: MEMORY, hi: MEMORY + CELLS_PER_PAGE - 2 }] }), 'cells');
    assert.equal(cells({ zeros: [...rest, { lo: MEMORY + 1, hi: MEMORY + CELLS_PER_PAGE - 1 }] }), 'cells');
    for (const value of [0n, 2n, 4097n, 1n << 40n])
      assert.equal(cells({ words: [{ key: PAGES, value }] }), 'cells');
  });

  it('the stack and the counters start as zeros, all of them', () => {
    for (const key of [INPUT_COUNTER, OUTPUT_COUNTER, STACK, STACK_END - 1]) {
      assert.equal(withWord(key, 1n), 'cells', key.toString(16));
    }
    const { zeros } = honest;
    assert.equal(cells({ zeros: zeros.filter(({ lo }) => lo !== INPUT_COUNTER) }), 'cells');
    assert.equal(cells({ zeros: zeros.filter(({ lo }) => lo !== STACK) }), 'cells');
  });

  it('words are of 32 bits in memory and tables, and of globals what their bound says', () => {
    assert.equal(withWord(GLOBALS, 1n << 63n), 'accepted');
    assert.equal(withWord(MEMORY, 1n << 32n), 'cells');
    assert.equal(withWord(TABLES, 1n << 32n), 'cells');
    const words = [...honest.words, { key: GLOBALS + 0x100, value: 8n }];
    for (const [bound, rule] of [
      [7, 'cells'],
      [8, 'accepted'],
    ] as const) {
      assert.equal(cells({ words, bounds: new Map([[GLOBALS + 0x100, bound]]) }), rule);
    }
    // The image would hold 2^64 − 1, and 5.
    assert.equal(withWord(MEMORY, -1n), 'cells');
    assert.equal(withWord(GLOBALS, (1n << 64n) + 5n), 'cells');
  });

  it('bounds of globals are words: less would make every branch on them say what is not so', () => {
    // i32.eq of 2^32 and 0, by way of a global.
    const lines: readonly Line[] = [
      [I.CONST, 0, 5, 0, 1n << 32n],
      [I.SET, 0, 5, 0, GLOBALS],
      [I.GET, 0, 1, 0, GLOBALS],
      [I.COMPARE_SET, I.EQUAL | I.IMMEDIATE, 2, 1, 0],
    ];
    const bounded = (bound: number): string => verdict(entry(lines, { bounds: new Map([[GLOBALS, bound]]) }));
    assert.equal(bounded(Number.NaN), 'cells');
    assert.equal(bounded(2 ** 32 - 1), 'width');
    // The global is 0, so the branch is taken: to where a wide slot is read as a narrow one.
    const behind: readonly Line[] = [
      [I.GET, 0, 1, 0, GLOBALS],
      [I.BRANCH, I.LESS | I.IMMEDIATE, FIRST + 3, 1, 1],
      [I.EXIT_, 0, 0],
      [I.COMPARE_SET, I.EQUAL | I.IMMEDIATE, 2, 9, 0],
    ];
    const bounds = new Map([[GLOBALS, -1]]);
    assert.equal(verdict(entry(behind, { bounds })), 'cells');
  });
});
