import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { selfTest } from '../../sdk/src/kernels/self-test.ts';
import { detectFeatures } from '../../sdk/src/kernels/wasm/detect.ts';
import { createWasmEngine } from '../../sdk/src/kernels/wasm/engine.ts';

const INDEX = join(import.meta.dirname, '../../sdk/src/kernels/index.ts');

/** Runs a program of its own that uses the kernels; it must end by itself. */
function runProgram(body: string): { status: number | null; output: string } {
  const source = `import { createEngine } from ${JSON.stringify(INDEX)};\n${body}`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '-e', source],
    {
      encoding: 'utf8',
      timeout: 10 * 60_000,
    },
  );
  return { status, output: stdout + stderr };
}

describe('engine', () => {
  it('passes its self-test with and without fused multiply-add', async () => {
    for (const fma of detectFeatures().fma ? [true, false] : [false]) {
      for (const lanes of [2, 4] as const) {
        const engine = await createWasmEngine({ shared: true, threads: 2, lanes, fma });
        assert.ok(await selfTest(engine), `${engine.name}`);
        await engine.dispose();
      }
    }
  });

  it('notices a wrong result', async () => {
    const engine = await createEngine({ threads: 1 });
    const broken = {
      ...engine,
      read: (...args: Parameters<typeof engine.read>) => engine.read(...args).map((v) => v ^ 1n),
    };
    assert.equal(await selfTest(broken), false);
    await engine.dispose();
  });

  it('takes jobs at the same time from several callers', async () => {
    const engine = await createEngine({ threads: 2 });
    const vectors = Array.from({ length: 8 }, (_, i) => {
      const vector = engine.vector(5000);
      engine.write(vector, 4999, [BigInt(i + 1)]);
      return vector;
    });
    await Promise.all(vectors.map((vector) => engine.scale(vector, 3n)));
    vectors.forEach((vector, i) => {
      assert.deepEqual(engine.read(vector, 4999, 1), [BigInt(3 * (i + 1))]);
    });
    await engine.dispose();
  });

  it('names running out of memory and stays usable', async () => {
    const engine = await createEngine({ threads: 2, maxMemoryBytes: 8 * 2 ** 20 });
    const small = engine.vector(1000);
    assert.throws(() => engine.vector(2 ** 20), { code: 'OUT_OF_MEMORY', message: /need 41 MB/ });
    engine.write(small, 0, [5n]);
    await engine.scale(small, 2n);
    assert.deepEqual(engine.read(small, 0, 1), [10n]);
    await engine.dispose();
  });

  it('reuses freed memory instead of growing', async () => {
    const engine = await createEngine({ threads: 1 });
    const { used } = engine.memory();
    let peak = 0;
    for (let round = 0; round < 50; round++) {
      const handles = [3000, 70_000, 5, 12_000].map((n) => engine.vector(n + round));
      engine.free(handles[1], handles[3]);
      const again = engine.vector(60_000);
      engine.free(again, handles[0], handles[2]);
      if (round === 0) peak = engine.memory().peak;
    }
    assert.equal(engine.memory().used, used);
    assert.ok(engine.memory().peak <= peak + 10_000);
    await engine.dispose();
  });

  it('knows how long its threads were at work', async () => {
    const engine = await createEngine({ threads: 2 });
    const vector = engine.vector(2 ** 16);
    const before = engine.times();
    const start = performance.now();
    for (let i = 0; i < 20; i++) await engine.scale(vector, 3n);
    const wall = performance.now() - start;
    const { running, busy } = engine.times();
    await engine.dispose();
    const [ran, worked] = [running - before.running, busy - before.busy];
    assert.ok(ran > 0 && ran <= wall, `${ran} of ${wall} ms`);
    // The calling thread works or waits, the other at most as long.
    assert.ok(worked > 0 && worked <= 2 * wall, `${worked} of two times ${wall} ms`);
    assert.ok(worked >= 0.1 * ran, `${worked} of ${ran} ms`);
  });

  it('aborts by its signal, by name', async () => {
    const controller = new AbortController();
    const engine = await createEngine({ threads: 2, signal: controller.signal });
    const columns = Array.from({ length: 4 }, () => engine.vector(2 ** 16));
    const pending = (async () => {
      for (let i = 0; i < 1000; i++) await engine.interpolate(columns);
    })();
    setTimeout(() => controller.abort(), 30);
    await assert.rejects(pending, { code: 'ABORTED' });
    await assert.rejects(engine.scale(columns[0], 2n), { code: 'ABORTED' });
    await engine.dispose();
    await engine.dispose();
  });

  it('rejects pending work when it is disposed', async () => {
    const engine = await createEngine({ threads: 2 });
    const columns = Array.from({ length: 8 }, () => engine.vector(2 ** 16));
    const pending = engine.interpolate(columns);
    const disposed = engine.dispose();
    await assert.rejects(pending, { code: 'ABORTED' });
    await disposed;
  });

  it('does not keep a process alive, disposed or not', () => {
    const body = `const engine = await createEngine({ threads: 3 });
      const vector = engine.vector(100000);
      await engine.scale(vector, 2n);
      console.log('worked', engine.threads);`;
    const { status, output } = runProgram(body);
    assert.match(output, /worked 3/);
    assert.equal(status, 0);
  });

  it('does not let a process end while work is pending', () => {
    const { status, output } = runProgram(`const engine = await createEngine({ threads: 2 });
      const columns = Array.from({ length: 4 }, () => engine.vector(2 ** 16));
      await engine.interpolate(columns);
      await engine.dispose();
      console.log('finished');`);
    assert.match(output, /finished/);
    assert.equal(status, 0);
  });
});
