/** Sessions in Node: processes end by themselves, an abort is prompt and leaves the session as it was. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import workerThreads from 'node:worker_threads';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { openSession, type ProveParameters, prove, verify } from '../../sdk/src/index.ts';

const example = await readExample('fibonacci');
const wasm = await compileGuest(example.source);
const guest: ProveParameters = { wasm, invoke: example.invoke, args: example.args };
const quiet = { threads: 2, onWarning: () => {} };

/** Runs a script to its end, which it must come to by itself. */
async function ends(body: string): Promise<void> {
  const script = `
    import { openSession, prove } from ${JSON.stringify(join(ROOT, 'sdk/src/index.ts'))};
    const guest = ${JSON.stringify({ ...guest, wasm: [...wasm] })};
    guest.wasm = new Uint8Array(guest.wasm);
    const quiet = { threads: 2, onWarning: () => {} };
    ${body}
    console.log('done');
    // Nothing waits for this timer: it speaks only where something else keeps the process.
    setTimeout(() => console.log('still there'), 10_000).unref();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.includes('still there')) child.kill('SIGKILL');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(said, 'done\n', 'the process did not end by itself');
  assert.equal(code, 0);
}

/** Counts the threads that run while `work` does; restores the constructor afterwards. */
async function countingThreads(work: (running: () => number) => Promise<void>): Promise<void> {
  const { Worker } = workerThreads;
  let running = 0;
  workerThreads.Worker = class extends Worker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      running++;
      this.once('exit', () => running--);
    }
  };
  try {
    await work(() => running);
  } finally {
    workerThreads.Worker = Worker;
  }
}

describe('lifetime of a session', () => {
  for (const [what, body] of [
    ['is disposed of', 'const s = await openSession(quiet); await s.dispose();'],
    ['goes out of scope', '{ await using s = await openSession(quiet); }'],
    ['is forgotten', 'const s = await openSession(quiet); await prove(s, guest);'],
  ] as const) {
    it(`a process ends by itself when its session ${what}`, () => ends(body));
  }

  it('an abort is noticed soon, frees what was taken and leaves the session usable', () =>
    countingThreads(async (running) => {
      await using session = await openSession(quiet);
      assert.equal(running(), 1);
      // The first proof computes points and keeps them.
      const phases = new Set<string>();
      const start = performance.now();
      await prove(session, { ...guest, onProgress: ({ phase }) => phases.add(phase) });
      const whole = performance.now() - start;
      const { used } = session.engine.memory();

      const [first, ...others] = phases;
      for (const wanted of [first, others[2], others.at(-1)]) {
        const controller = new AbortController();
        let later = 0;
        const onProgress = ({ phase }: { phase: string }): void => {
          if (controller.signal.aborted) later++;
          if (phase === wanted) controller.abort();
        };
        const { signal } = controller;
        await assert.rejects(prove(session, { ...guest, signal, onProgress }), { code: 'ABORTED' }, wanted);
        assert.ok(later <= 1, `${later} steps after an abort while ${wanted}`);
        assert.equal(session.engine.memory().used, used, wanted);
      }

      // By a timer, in the midst of a step: no other is begun but the one that may be on its way.
      const controller = new AbortController();
      setTimeout(() => controller.abort(), whole / 10);
      const begun: string[] = [];
      const onProgress = ({ phase }: { phase: string }): void => {
        if (controller.signal.aborted) begun.push(phase);
      };
      const { signal } = controller;
      await assert.rejects(prove(session, { ...guest, signal, onProgress }), { code: 'ABORTED' });
      assert.ok(begun.length <= 1, begun.join(', '));
      assert.equal(session.engine.memory().used, used);

      const { document } = await prove(session, guest);
      await verify(session, { document, wasm });
      assert.equal(running(), 1);
      await session.dispose();
      assert.equal(running(), 0);
    }));

  it('a signal given to the session ends it for good', () =>
    countingThreads(async (running) => {
      const controller = new AbortController();
      const { signal } = controller;
      const session = await openSession({ ...quiet, signal });
      setTimeout(() => controller.abort(), 100);
      await assert.rejects(prove(session, guest), { code: 'ABORTED' });
      await assert.rejects(prove(session, guest), { code: 'ABORTED' });
      await session.dispose();
      assert.equal(running(), 0);
      await assert.rejects(openSession({ ...quiet, signal }), { code: 'ABORTED' });
      assert.equal(running(), 0);
    }));

  it('disposing of a session interrupts its proof, and may be done twice', () =>
    countingThreads(async (running) => {
      const session = await openSession(quiet);
      const proof = prove(session, guest);
      setTimeout(() => void session.dispose(), 100);
      await assert.rejects(proof, { code: 'ABORTED' });
      await session.dispose();
      assert.equal(running(), 0);
    }));

  it('a session that cannot be opened leaves no thread behind', () =>
    countingThreads(async (running) => {
      await assert.rejects(openSession({ ...quiet, ceremony: join(ROOT, 'package.json') }), {
        code: 'SRS_MALFORMED',
      });
      assert.equal(running(), 0);
      await assert.rejects(openSession({ ...quiet, ceremony: join(ROOT, 'no.ptau') }), {
        code: 'FILE_UNREADABLE',
      });
      assert.equal(running(), 0);
    }));
});
