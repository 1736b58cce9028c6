/** memory.copy and memory.fill: every length, alignment and overlap around the sizes of their steps. */
import assert from 'node:assert/strict';
import { execute, Machine } from '../../sdk/src/machine/execute/execute.ts';
import type { Code } from '../../sdk/src/wasm/index.ts';
import { pairOf } from './lib/differential.ts';
import { get } from './lib/programs.ts';

const operands: Code = [get(0), get(1), get(2)];
const pair = pairOf({
  types: ['i32 i32 i32 ->'],
  functions: [
    { type: 0, code: [...operands, 'memory.copy'] },
    { type: 0, code: [...operands, 'memory.fill'] },
  ],
  memories: [{ min: 1, max: 1 }],
  datas: [{ offset: [['i32.const', 0]], bytes: Array.from({ length: 200 }, (_, i) => i + 1) }],
  exports: [
    ['copy', 'func', 0],
    ['fill', 'func', 1],
    ['memory', 'memory', 0],
  ],
});

function same(entry: 'copy' | 'fill', args: readonly bigint[], traced = false): void {
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
  const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 18, 19, 20, 33, 39];

  it('every alignment and overlap', () => {
    for (const length of lengths) {
      for (const to of [40n, 41n, 42n, 43n]) {
        const traced = length === 7 || length === 19;
        same('fill', [to, 0x1a5n, BigInt(length)], traced);
        for (const by of [-40, -17, -16, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 16, 17, 60])
          same('copy', [to, to + BigInt(by), BigInt(length)], traced && by * by === 4);
      }
    }
  });

  it('ends of the memory', () => {
    const ends = [0n, 65520n, 65533n, 65535n, 65536n, 0xffff_ffffn];
    for (const length of [0n, 1n, 3n, 16n, 65536n, 0xffff_ffffn]) {
      for (const to of ends) {
        same('fill', [to, 7n, length]);
        for (const from of ends) same('copy', [to, from, length]);
      }
    }
  });
});
