/** Loops that decide at their beginning whether they go on: branches back repeat that instead of a jump. */
import assert from 'node:assert/strict';
import { execute } from '../../sdk/src/machine/execute/execute.ts';
import type { Code } from '../../sdk/src/wasm/index.ts';
import { get, i32, load, moduleOf, rowsOf, same, set } from './lib/programs.ts';

const inputs = [0n, 1n, 2n, 3n, 4n, 5n, 9n, 20n].map((value) => [value]);
const [n, i, sum] = [0, 1, 2];
const add = (local: number, ...value: Code): Code => [get(local), ...value, 'i32.add', set(local)];
const counter = (code: Code): Code => [...code, get(sum)];
const odd: Code = [get(i), i32(1), 'i32.and'];

/** By name: the code, its type, and whether any jump is left. */
const LOOPS: readonly (readonly [name: string, code: Code, jumps: boolean])[] = [
  [
    'while',
    [
      'loop',
      get(i),
      get(n),
      'i32.lt_u',
      'if',
      ...add(sum, get(i)),
      ...add(i, i32(1)),
      ['br', 1],
      'end',
      'end',
    ],
    false,
  ],
  [
    'while, the condition on the stack, negated and at last true',
    [
      'loop',
      get(i),
      get(n),
      'i32.ge_u',
      'i32.eqz',
      'if',
      ...add(i, i32(3)),
      ...add(sum, i32(7)),
      ['br', 1],
      'end',
      'end',
    ],
    false,
  ],
  [
    'continue in the middle, code behind',
    [
      ...['loop' as const, get(i), get(n), 'i32.lt_u' as const, 'if' as const, ...add(i, i32(1))],
      ...[...odd, 'if' as const, ['br', 2] as const, 'end' as const, ...add(sum, get(i)), ['br', 1] as const],
      ...['end' as const, ...add(sum, i32(1000)), 'end' as const],
    ],
    true,
  ],
  [
    'left by br_if, at the end of the block around',
    [
      ...['block' as const, 'loop' as const, get(i), get(n), 'i32.eq' as const, ['br_if', 1] as const],
      ...[...add(sum, i32(5)), ...add(i, i32(1)), ['br', 0] as const, 'end' as const, 'end' as const],
    ],
    false,
  ],
  [
    'left by br_if, further out',
    [
      ...[
        'block' as const,
        'block' as const,
        'loop' as const,
        get(i),
        get(n),
        'i32.eq' as const,
        ['br_if', 2] as const,
      ],
      ...[...add(sum, i32(5)), ...add(i, i32(1)), ['br', 0] as const, 'end' as const, 'end' as const],
      ...[...add(sum, i32(1000)), 'end' as const],
    ],
    true,
  ],
  [
    'blocks begin in the header',
    [
      ...[
        'block' as const,
        'loop' as const,
        'block' as const,
        'block' as const,
        get(i),
        get(n),
        'i32.ge_u' as const,
      ],
      ...[
        ['br_if', 3] as const,
        ...odd,
        ['br_if', 0] as const,
        ...add(sum, i32(3)),
        ['br', 1] as const,
        'end' as const,
      ],
      ...[
        ...add(sum, i32(11)),
        'end' as const,
        ...add(i, i32(1)),
        ['br', 0] as const,
        'end' as const,
        'end' as const,
      ],
    ],
    true,
  ],
  [
    'locals set and memory read in the header',
    [
      ...[
        'loop' as const,
        get(i),
        i32(1),
        'i32.add' as const,
        ['local.tee', i] as const,
        i32(4),
        'i32.mul' as const,
      ],
      ...[
        ['i32.load', 2, 8] as const,
        'i32.eqz' as const,
        get(i),
        get(n),
        'i32.le_u' as const,
        'i32.and' as const,
      ],
      ...['if' as const, ...add(sum, get(i)), ['br', 1] as const, 'end' as const, 'end' as const],
    ],
    false,
  ],
  [
    'back from the other branch too, which has no way out there',
    [
      ...[
        'loop' as const,
        get(i),
        get(n),
        'i32.lt_u' as const,
        'if' as const,
        ...add(i, i32(1)),
        ['br', 1] as const,
      ],
      ...[
        'else' as const,
        get(sum),
        i32(3),
        'i32.lt_u' as const,
        'if' as const,
        ...add(sum, i32(1)),
        ['br', 2] as const,
      ],
      ...['end' as const, 'end' as const, 'end' as const],
    ],
    true,
  ],
  [
    'nested, with values waiting on the stack',
    [
      ...[i32(100), get(n), 'loop' as const, get(i), get(n), 'i32.lt_u' as const, 'if' as const],
      ...[
        'loop' as const,
        get(sum),
        get(i),
        'i32.lt_u' as const,
        'if' as const,
        ...add(sum, i32(2)),
        ['br', 1] as const,
      ],
      ...[
        'end' as const,
        'end' as const,
        ...add(i, i32(1)),
        ['br', 1] as const,
        'end' as const,
        'end' as const,
      ],
      ...['i32.add' as const, get(sum), 'i32.add' as const, set(sum)],
    ],
    false,
  ],
  [
    'a value that is thrown away at the branch',
    [
      ...[
        'loop' as const,
        get(i),
        get(n),
        'i32.lt_u' as const,
        'if' as const,
        ...add(i, i32(1)),
        get(i),
        get(n),
      ],
      ...['i32.xor' as const, ['br', 1] as const, 'end' as const, 'end' as const, ...add(sum, get(i))],
    ],
    false,
  ],
];

describe('loops that decide at their beginning', () => {
  for (const [name, code, jumps] of LOOPS) {
    it(name, () => {
      const bytes = moduleOf('i32 -> i32', counter(code), ['i32', 'i32'], { memories: [{ min: 1, max: 1 }] });
      same(bytes, inputs);
      assert.equal(rowsOf(load(bytes)).includes('jmp'), jumps);
    });
  }

  it('returns from the function in the header', () => {
    const code: Code = [
      ...['loop' as const, get(1), get(0), 'i32.ge_u' as const, ['br_if', 1] as const, ...add(1, i32(1))],
      ...[['br', 0] as const, 'end' as const, 'unreachable' as const],
    ];
    same(moduleOf('i32 ->', code, ['i32']), inputs);
  });

  it('counts what is executed, however often the condition is', () => {
    const code: Code = LOOPS[0]![1];
    const program = load(moduleOf('i32 -> i32', counter(code), ['i32', 'i32']));
    for (const rounds of [0, 1, 7]) {
      // 3 for the condition and 1 for `if`, each time and once more; 9 a round; 1 at the end.
      const { instructions } = execute(program, { args: [BigInt(rounds)] });
      assert.equal(instructions, 4 * (rounds + 1) + 9 * rounds + 1);
    }
  });

  it('a result goes where it is returned, in one row', () => {
    const names = rowsOf(load(moduleOf('i32 i32 -> i32', [get(1), get(0), 'i32.sub'])));
    assert.ok(!names.includes('mov'));
    same(moduleOf('i64 i64 -> i64', [get(1), get(0), 'i64.shr_s', 'return']), [[3n, 1n << 63n]]);
    same(moduleOf('i32 i32 -> i32', [get(1), get(0), get(0), 'select']), [
      [0n, 5n],
      [7n, 5n],
    ]);
    same(moduleOf('i32 i32 -> i32', [get(0), get(1), get(0), 'select', ['br', 0]]), [
      [0n, 5n],
      [7n, 5n],
    ]);
    same(
      moduleOf('i32 i32 -> i32', [
        'block',
        get(0),
        ['br_if', 0],
        get(1),
        get(0),
        'i32.rem_s',
        ['br', 1],
        'end',
        get(1),
        get(0),
        'i32.div_s',
      ]),
      [
        [0n, 5n],
        [7n, 50n],
      ],
    );
  });
});
