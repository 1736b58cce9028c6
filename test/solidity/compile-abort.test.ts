/** The compiler of contracts holds its thread up; with a signal it has one of its own, which the signal ends. */
import assert from 'node:assert/strict';
import workerThreads from 'node:worker_threads';
import { runAbortable } from '../../sdk/src/platform/thread-job.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { refused } from '../lib/verdict.ts';

const contract = { name: 'C', source: 'pragma solidity 0.8.37; contract C { uint constant public x = 1; }' };

/** Calls `work` with what resolves when the first thread that it starts ended. */
async function watchingThread(
  work: (started: Promise<void>, ended: () => boolean) => Promise<void>,
): Promise<void> {
  const { Worker } = workerThreads;
  let [start, alive] = [(): void => {}, 0];
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  class Watched extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      alive++;
      this.once('online', start);
      this.once('exit', () => alive--);
    }
  }
  Object.assign(workerThreads, { Worker: Watched });
  try {
    await work(started, () => alive === 0);
  } finally {
    Object.assign(workerThreads, { Worker });
  }
}

describe('work that can be aborted', () => {
  it('gives the same contract on a thread of its own, which ends', async () => {
    await watchingThread(async (started, ended) => {
      const { signal } = new AbortController();
      assert.deepEqual(await compileVerifier(contract, { signal }), await compileVerifier(contract));
      await started;
      assert.ok(ended());
    });
  });

  it('what the compiler refuses is refused alike', async () => {
    const wrong = { ...contract, source: 'contract C {' };
    for (const options of [{}, { signal: new AbortController().signal }])
      await refused(compileVerifier(wrong, options), 'SOLC_FAILED', /ParserError/);
  });

  it('ends at once, before it began and while it compiles', async () => {
    await refused(
      compileVerifier(contract, { signal: AbortSignal.abort() }),
      'ABORTED',
      /C\.sol: compiling was interrupted/,
    );
    await watchingThread(async (started, ended) => {
      const controller = new AbortController();
      const compiling = compileVerifier(contract, { signal: controller.signal });
      await started;
      controller.abort();
      await refused(compiling, 'ABORTED');
      assert.ok(ended());
    });
  });

  it('ends what never gives its thread back, and says what was thrown', async () => {
    const controller = new AbortController();
    await watchingThread(async (started, ended) => {
      const forever = runAbortable(
        async () => {
          for (;;);
        },
        0,
        controller.signal,
      );
      await started;
      controller.abort();
      await assert.rejects(forever, /the thread was ended/);
      assert.ok(ended());
    });
    const throwing = async (text: string): Promise<never> => {
      throw new Error(text);
    };
    for (const signal of [undefined, new AbortController().signal])
      await assert.rejects(runAbortable(throwing, 'why', signal), /why/);
  });

  it('options that there are not are refused', async () => {
    await refused(compileVerifier(contract, { timeout: 1 } as never), 'INPUT_INVALID', /no option "timeout"/);
  });
});
