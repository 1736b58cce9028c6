/** memory.copy and memory.fill: every length, alignment and overlap around the sizes of their steps. */
import assert from 'node:assert/strict';
import { execute, Machine } from '../../sdk/src/machine/execute/execute.ts';
import type { Code } from '../../sdk/src/wasm/index.ts';
import { pairOf } from './lib/differential.ts';
import { get } from './lib/programs.ts';

const operands: Code = [get(0), get(1), get(2)];
/** Lengths that the module names: rows in line up to 32. */
const NAMED: readonly number[] = [...Array.from({ length: 35 }, (_, i) => i), 0xffff_ffff];
const named = (length: number): readonly { readonly type: number; readonly code: Code }[] => {
  const n = ['i32.const', length | 0] as const;
  return [
    { type: 1, code: [get(0), get(1), n, 'memory.copy'] },
    { type: 1, code: [get(0), get(1), n, 'memory.fill'] },
    { type: 1, code: [get(0), ['i32.const', 0x1a5], n, 'memory.fill'] },
  ];
};
const pair = pairOf({
  types: ['i32 i32 i32 ->', 'i32 i32 ->'],
  functions: [
    { type: 0, code: [...operands, 'memory.copy'] },
    { type: 0, code: [...operands, 'memory.fill'] },
    ...NAMED.flatMap(named),
  ],
  memories: [{ min: 1, max: 1 }],
  datas: [{ offset: [['i32.const', 0]], bytes: Array.from({ length: 200 }, (_, i) => i + 1) }],
  exports: [
    ['copy', 'func', 0],
    ['fill', 'func', 1],
    ...NAMED.flatMap((length, i) =>
      (['copy', 'fill', 'set'] as const).map(
        (name, j) => [`${name}${length}`, 'func', 2 + 3 * i + j] as const,
      ),
    ),
    ['memory', 'memory', 0],
  ],
});

function same(entry: string, args: readonly bigint[], traced = false): void {
  const instance = pair.instance();
  const expected = pair.engine(entry, args, instance);
  const machine = new Machine(pair.program(entry));
  const run = execute(pair.program(entry), { args, machine });
  assert.equal(pair.describe(run, entry), expected, `${entry}(${args})`);
  const memory = Buffer.from((instance.exports['memory'] as WebAssembly.Memory).buffer);
  assert.ok(memory.equals(machine.bytes.subarray(0, memory.length)), `${entry}(${args})`);
  if (traced) assert.equal(pair.traced(entry, args), expected);
}

describe('memory.copy and memory.fill', () => {
  const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 18, 19, 20, 33, 39];

  it('every alignment and overlap', () => {
    for (const length of lengths) {
      for (const to of [40n, 41n, 42n, 43n]) {
        const traced = [1, 2, 3, 7, 11, 19].includes(length);
        same('fill', [to, 0x1a5n, BigInt(length)], traced);
        for (const by of [-40, -17, -16, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 16, 17, 60])
          same('copy', [to, to + BigInt(by), BigInt(length)], traced && by * by === 4);
      }
    }
  });

  it('ends of the memory', () => {
    const ends = [0n, 65520n, 65530n, 65533n, 65535n, 65536n, 0xffff_fff8n, 0xffff_ffffn];
    for (const length of [0n, 1n, 2n, 3n, 6n, 12n, 16n, 65536n, 0xffff_ffffn]) {
      for (const to of ends) {
        same('fill', [to, 7n, length]);
        for (const from of ends) same('copy', [to, from, length]);
      }
    }
  });

  it('lengths that the module names', () => {
    for (const length of NAMED) {
      const traced = [1, 3, 7, 13, 32].includes(length);
      const last = 65536 - length;
      for (const to of [40, 41, 42, 43, last, last + 1].map((at) => BigInt(at >>> 0))) {
        same(`fill${length}`, [to, 0x1a5n], traced);
        same(`set${length}`, [to, 0n], traced && to < 42n);
        for (const by of [-17, -4, -3, 0, 1, 6, 60]) {
          same(`copy${length}`, [to, BigInt.asUintN(32, to + BigInt(by))], traced && by === 1);
        }
        for (const from of [last, last + 1, -1]) same(`copy${length}`, [to, BigInt(from >>> 0)]);
      }
    }
  });
});
