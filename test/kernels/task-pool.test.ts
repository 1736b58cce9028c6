import assert from 'node:assert/strict';
import { atomic, drop, forRange, i32, set, when } from '../../sdk/src/kernels/wasm/assembler.ts';
import { KernelMemory } from '../../sdk/src/kernels/wasm/memory.ts';
import { ModuleBuilder } from '../../sdk/src/kernels/wasm/module-builder.ts';
import { emitTaskPool, TaskPool } from '../../sdk/src/kernels/wasm/task-pool.ts';

/** A pool with tasks of its own: `count` adds 1 to word `chunk` of an array, after some work; `trap` traps in chunk 3. */
async function createPool(threads: number): Promise<{ pool: TaskPool; memory: KernelMemory }> {
  const memory = new KernelMemory(threads > 1, 64 * 2 ** 20);
  const module = new ModuleBuilder({ shared: memory.shared, minPages: 1, maxPages: memory.maxPages });
  emitTaskPool(module);
  module.task('count', (fn, chunk, args) => {
    const [i, spin] = fn.locals('i32', 2);
    return [
      forRange(i, 0, i32.load(args, 4), set(spin, i32.add(spin, i))),
      drop(atomic.add32(i32.add(i32.load(args), i32.shl(chunk, 2)), 1)),
    ];
  });
  module.task('trap', (_, chunk) => when(i32.eq(chunk, 3), [0x00]));
  const compiled = await WebAssembly.compile(module.toBytes());
  return { pool: new TaskPool({ module: compiled, taskNames: module.taskNames, memory, threads }), memory };
}

describe('task pool', () => {
  for (const threads of [1, 2, 5]) {
    it(`runs every chunk of every job once, ${threads} thread${threads > 1 ? 's' : ''}`, async () => {
      const { pool, memory } = await createPool(threads);
      const counts = memory.allocateZeroed(4 * 1000);
      const expected = new Uint32Array(1000);
      for (let job = 0; job < 1500; job++) {
        const chunks = (job * 7919) % (job % 50 === 0 ? 1000 : 12);
        expected.subarray(0, chunks).forEach((_, i) => {
          expected[i]++;
        });
        await pool.run('count', [counts, (job * 31) % 300], chunks);
        if (job % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      assert.deepEqual(memory.u32.slice(counts / 4, counts / 4 + 1000), expected);
      await pool.dispose();
    });
  }

  for (const threads of [1, 3]) {
    it(`names a trap and takes no more work, ${threads} thread${threads > 1 ? 's' : ''}`, async () => {
      const { pool, memory } = await createPool(threads);
      const counts = memory.allocateZeroed(4);
      await assert.rejects(pool.run('trap', [], 40), { code: 'INTERNAL', message: /thread/ });
      await assert.rejects(pool.run('count', [counts, 0], 1), { code: 'INTERNAL' });
      await pool.dispose();
    });
  }

  it('stops between chunks when it is aborted', async () => {
    const { pool, memory } = await createPool(2);
    const counts = memory.allocateZeroed(4 * 20_000);
    const pending = pool.run('count', [counts, 300_000], 20_000);
    setTimeout(() => void pool.dispose(), 30);
    await assert.rejects(pending, { code: 'ABORTED' });
    assert.equal(memory.u32[counts / 4 + 19_999], 0);
  });
});
