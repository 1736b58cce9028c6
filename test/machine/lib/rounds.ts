import { moduleBytes } from '../../../sdk/src/wasm/build.ts';
import { get, i32, lines, set } from './programs.ts';

/**
 * Stores a private word in a page that it makes, counts `n` rounds through a cell of the first page, reads the word again after all of them.
 * Local 1 is the round, 2 the word.
 */
export const ROUNDS: Uint8Array = moduleBytes({
  types: ['i32 -> i64', 'i32 -> i64'],
  imports: [['env', 'wasm_input', { kind: 'func', type: 1 }]],
  functions: [
    {
      type: 0,
      locals: ['i32'],
      code: lines(
        [i32(1), ['memory.grow'], 'drop'],
        [i32(70_000), i32(0), ['call', 0], ['i64.store', 3, 0]],
        ['loop', i32(8), i32(8), ['i32.load', 2, 0], i32(3), 'i32.add', ['i32.store', 2, 0]],
        [get(1), i32(1), 'i32.add', set(1)],
        [get(1), get(0), 'i32.lt_u', ['br_if', 0], 'end'],
        [i32(70_000), ['i64.load', 3, 0], i32(8), ['i64.load32_u', 2, 0], 'i64.add'],
      ),
    },
  ],
  memories: [{ min: 1, max: 3 }],
  exports: [['f', 'func', 1]],
});
