/** Where instructions share rows or rows are spared: constants in slots of their own, tails that branches repeat, elements of arrays. */
import assert from 'node:assert/strict';
import { execute } from '../../sdk/src/machine/execute/execute.ts';
import { scaleOf } from '../../sdk/src/machine/flags.ts';
import { opcodeInfo } from '../../sdk/src/machine/instructions.ts';
import type { Program } from '../../sdk/src/machine/program.ts';
import type { Code } from '../../sdk/src/wasm/index.ts';
import { get, i32, i64, load, moduleOf, rowsOf, same, set } from './lib/programs.ts';

const MEMORY = { memories: [{ min: 1, max: 1 }] };
const inputs = [0n, 1n, 2n, 3n, 7n, 20n].map((value) => [value]);
const [n, i, sum] = [0, 1, 2];
const add = (local: number, ...value: Code): Code => [get(local), ...value, 'i32.add', set(local)];
const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;
const rowsRun = (program: Program, args: readonly bigint[]): number =>
  Object.values(execute(program, { args }).rows).reduce((total, rows) => total + rows, 0);

/** `body` while i counts up to n, at least once. */
const upTo = (body: Code): Code => [
  ...(['loop', ...body] as Code),
  ...add(i, i32(1)),
  ...[get(i), get(n), 'i32.lt_u' as const, ['br_if', 0] as const, 'end' as const],
];

describe('constants in slots of their own', () => {
  it('are put there once before the outermost loop', () => {
    const store: Code = [i32(0), get(i), ['i32.store', 2, 100], get(i), i32(77), ['i32.store8', 0, 200]];
    const inner: Code = ['loop', ...store, get(i), i32(3), 'i32.and', ['br_if', 1], ['br', 1], 'end'];
    const body: Code = [...store, 'block', ...inner, 'end'];
    const bytes = moduleOf('i32 -> i32', [...upTo(body), i32(0), ['i32.load', 2, 100]], ['i32'], MEMORY);
    same(bytes, inputs);
    const names = rowsOf(load(bytes));
    // One is the initial value of the local; the load behind the loop finds its own.
    assert.equal(count(names, 'const'), 3);
    assert.ok(names.indexOf('store8') > names.lastIndexOf('const', names.indexOf('store32')));
  });

  it('hold on the paths through the place where they were put there, and on no other', () => {
    const load32: Code = [i32(0), ['i32.load', 2, 4]];
    const code: Code = [
      ...[get(n), 'if' as const, i32(0), get(n), ['i32.store', 2, 4] as const, ...load32, set(i)],
      ...['else' as const, ...load32, i32(5), 'i32.add' as const, set(i), 'end' as const],
      ...[
        ...load32,
        get(i),
        'i32.add' as const,
        'block' as const,
        ...load32,
        'drop' as const,
        'end' as const,
      ],
    ];
    const bytes = moduleOf('i32 -> i32', code, ['i32'], MEMORY);
    same(bytes, inputs);
    // One in each arm, one behind both.
    assert.equal(count(rowsOf(load(bytes)), 'const'), 3);
  });

  it('first operands of shifts and divisions, values of globals', () => {
    const body: Code = [
      ...[i32(1), get(i), 'i32.shl' as const, set(sum), i32(1000), get(sum), 'i32.rem_u' as const, set(sum)],
      ...[i64(9n), ['global.set', 0] as const],
    ];
    const bytes = moduleOf('i32 -> i32', [...upTo(body), get(sum)], ['i32', 'i32'], {
      globals: [{ type: 'i64', mutable: true, init: [i64(0n)] }],
    });
    same(bytes, inputs);
    const program = load(bytes);
    const perRound = rowsRun(program, [9n]) - rowsRun(program, [8n]);
    // shl with the count's mask, rem with its branch, set, add, br.
    assert.equal(perRound, 7);
  });

  it('a variable shift of a signed word leaves the constant as it is', () => {
    const body: Code = [i64(-9n), get(1), 'i64.shr_s', get(1), 'i64.add', set(1)];
    const code: Code = [
      'loop',
      ...body,
      get(0),
      i32(1),
      'i32.sub',
      ['local.tee', 0],
      ['br_if', 0],
      'end',
      get(1),
    ];
    same(moduleOf('i32 i64 -> i64', code), [
      [1n, 3n],
      [3n, 1n],
      [5n, 1n << 62n],
    ]);
  });

  it('no more than eight, the most needed ones', () => {
    const stores = Array.from(
      { length: 12 },
      (_, k): Code => [get(n), i32(k + 100), ['i32.store', 2, 4 * k]],
    ).flat();
    const bytes = moduleOf('i32 -> i32', [...upTo(stores), get(n), ['i32.load', 2, 44]], ['i32'], MEMORY);
    same(bytes, inputs);
    const program = load(bytes);
    assert.equal(rowsRun(program, [3n]) - rowsRun(program, [2n]), 12 + 4 + 2);
  });
});

/** A switch over i modulo 4 in a loop; its cases leave by `br` to what stands `behind` it. */
const switching = (behind: Code, ends: Code): Code => [
  ...['loop' as const, 'block' as const, 'block' as const, 'block' as const, 'block' as const],
  ...[get(i), i32(3), 'i32.and' as const, ['br_table', [0, 1, 2, 3]] as const, 'end' as const],
  ...[...add(sum, i32(1)), ['br', 2] as const, 'end' as const],
  ...[...add(sum, i32(10)), ['br', 1] as const, 'end' as const],
  ...[...add(sum, i32(100)), ['br', 0] as const, 'end' as const, ...behind, 'end' as const, ...ends],
];

describe('tails that branches repeat', () => {
  const next = add(i, i32(1));
  const condition: Code = [get(i), get(n), 'i32.lt_u'];

  it('the latch of a loop, which goes on or not', () => {
    const bytes = moduleOf('i32 -> i32', switching([...next, ...condition, ['br_if', 0]], [get(sum)]), [
      'i32',
      'i32',
    ]);
    same(bytes, inputs);
    const program = load(bytes);
    // Two go through the table, two rows each, the last one past it: no jump but those.
    const jumps = execute(program, { args: [4n] }).rows.ctl - execute(program, { args: [0n] }).rows.ctl;
    assert.equal(jumps, 2 * 2);
  });

  it('counts what is executed', () => {
    const bytes = moduleOf('i32 -> i32', switching([...next, ...condition, ['br_if', 0]], [get(sum)]), [
      'i32',
      'i32',
    ]);
    const { instructions } = execute(load(bytes), { args: [4n] });
    // Four of the table, five of a case with its branch but of the last, eight of the latch; the result.
    assert.equal(instructions, 4 * (4 + 8) + 3 * 5 + 1);
  });

  it('a branch back to a loop with a header, and one that is not taken', () => {
    const header: Code = ['loop', get(i), get(n), 'i32.lt_u', 'if'];
    const inner: Code = [
      ...['block' as const, get(i), i32(1), 'i32.and' as const, 'if' as const, ...add(sum, get(i))],
      ...[
        ['br', 1] as const,
        'end' as const,
        ...add(sum, i32(50)),
        'end' as const,
        ...next,
        ['br', 1] as const,
      ],
    ];
    const bytes = moduleOf('i32 -> i32', [...header, ...inner, 'end', 'end', get(sum)], ['i32', 'i32']);
    same(bytes, inputs);
    // The only jumps are out of the loop.
    const [short, long] = [5n, 9n].map((rounds) => execute(load(bytes), { args: [rounds] }).rows.ctl);
    assert.equal(short, long);
  });

  it('a return, over the ends of blocks and the other branch', () => {
    const code: Code = [
      ...['block' as const, 'block' as const, get(n), 'if' as const, i32(8), set(i), 'else' as const],
      ...[i32(9), set(i), 'end' as const, 'end' as const, 'end' as const, get(i), get(n), 'i32.xor' as const],
    ];
    const bytes = moduleOf('i32 -> i32', code, ['i32']);
    same(bytes, inputs);
    assert.ok(!rowsOf(load(bytes)).includes('jmp'));
  });

  it('not where values wait on the stack, nor where the block leaves some', () => {
    const waiting: Code = [
      ...[
        'loop' as const,
        get(i),
        'block' as const,
        get(n),
        i32(1),
        'i32.and' as const,
        'if' as const,
        ...add(sum, i32(2)),
      ],
      ...[
        ['br', 1] as const,
        'end' as const,
        ...add(sum, i32(3)),
        'end' as const,
        get(sum),
        'i32.add' as const,
        set(sum),
      ],
      ...[...next, ...condition, ['br_if', 0] as const, 'end' as const, get(sum)],
    ];
    same(moduleOf('i32 -> i32', waiting, ['i32', 'i32']), inputs);
    const leaving: Code = [
      ...[
        'loop' as const,
        ['block', 'i32'] as const,
        get(n),
        'if' as const,
        get(sum),
        ['br', 1] as const,
        'end' as const,
      ],
      ...[
        i32(1),
        'end' as const,
        get(i),
        'i32.add' as const,
        set(sum),
        ...next,
        ...condition,
        ['br_if', 0] as const,
      ],
      ...['end' as const, get(sum)],
    ];
    same(moduleOf('i32 -> i32', leaving, ['i32', 'i32']), inputs);
  });

  it('no more instructions than half of those that the function has', () => {
    const cases = Array.from(
      { length: 40 },
      (): Code => ['block', get(n), ['br_if', 0], ...next, ['br', 1], 'end'],
    ).flat();
    const latch: Code = [...next, ...add(sum, get(i)), ...add(sum, i32(5)), ...condition, ['br_if', 0]];
    const code: Code = ['loop', 'block', ...cases, 'end', ...latch, 'end', get(sum)];
    const bytes = moduleOf('i32 -> i32', code, ['i32', 'i32']);
    same(bytes, inputs);
    const names = rowsOf(load(bytes));
    assert.ok(names.includes('jmp') && names.length < 40 * 4 + 0.5 * code.length + 10);
  });
});

describe('elements of arrays', () => {
  const addresses = [
    [0n, 0n],
    [1n, 8n],
    [0x4000_0001n, 0xffff_fff8n],
    [0xffff_ffffn, 0xffff_ffffn],
  ];
  const isIndex = (code: Code, type = 'i32 i32 -> i32'): number | undefined => {
    const bytes = moduleOf(type, code);
    same(bytes, addresses);
    const { code: rows } = load(bytes);
    const found = [...rows.opcode].filter(
      (opcode, pc) => rows.functionIndex[pc] === 0 && opcodeInfo(opcode)?.name === 'index',
    );
    return found.length === 1 ? scaleOf(found[0]!) : undefined;
  };

  it('a product with an even number up to 30, or a shift, and a sum', () => {
    for (let factor = 0; factor <= 34; factor++) {
      const found = isIndex([get(1), get(0), i32(factor), 'i32.mul', 'i32.add']);
      assert.equal(
        found,
        factor % 2 === 0 && factor > 0 && factor <= 30 ? factor : undefined,
        String(factor),
      );
    }
    for (const shift of [0, 1, 2, 3, 4, 5, 33]) {
      const found = isIndex([get(0), i32(shift), 'i32.shl', get(1), 'i32.add']);
      assert.equal(found, [undefined, 2, 4, 8, 16, undefined, 2][shift % 27], String(shift));
    }
    assert.equal(isIndex([i32(12), get(0), 'i32.mul', i32(-4), 'i32.add']), 12);
    assert.equal(isIndex([i32(8), get(0), i32(6), 'i32.mul', 'i32.add']), 6);
    assert.equal(isIndex([get(0), get(1), 'i32.mul', get(1), i32(4), 'i32.mul', 'i32.add']), 4);
  });

  it('not of 64 bits, not of a constant, not where something else comes between', () => {
    assert.equal(isIndex([i32(2), get(0), 'i32.shl', get(1), 'i32.add']), undefined);
    assert.equal(isIndex([get(1), i32(3), i32(4), 'i32.mul', 'i32.add']), undefined);
    assert.equal(isIndex([get(1), get(0), i32(4), 'i32.mul', ['local.tee', 0], 'i32.add']), undefined);
    same(moduleOf('i64 i64 -> i64', [get(1), get(0), i64(8n), 'i64.mul', 'i64.add']), addresses);
  });

  it('the result may be a local that is an operand', () => {
    for (const local of [0, 1]) {
      const code: Code = [
        get(1),
        get(0),
        i32(4),
        'i32.mul',
        'i32.add',
        ['local.tee', local],
        get(0),
        'i32.xor',
        get(1),
        'i32.xor',
      ];
      same(moduleOf('i32 i32 -> i32', code), addresses);
    }
    const pending: Code = [get(0), get(1), get(0), i32(2), 'i32.shl', 'i32.add', set(0), get(0), 'i32.xor'];
    same(moduleOf('i32 i32 -> i32', pending), addresses);
  });
});
