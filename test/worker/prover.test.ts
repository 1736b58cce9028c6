/** A prover in a worker, of Node here: the same messages as in a page (`test/browser`), whose session is opened once. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/lib/tools.ts';
import { openKeys, readProofDocument, verify, writeProofDocument } from '../../sdk/src/index.ts';
import { type CallOptions, isWattestError, openProver, type Prover } from '../../sdk/src/worker.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { refused } from '../lib/verdict.ts';

const ADD =
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';

/** Whether a call opened a session, which its progress says. */
async function opens(work: (options: CallOptions) => Promise<unknown>): Promise<boolean> {
  const phases: string[] = [];
  await work({ onProgress: ({ phase }) => phases.push(phase) });
  return phases.includes('session ready');
}

describe('a prover in a worker', () => {
  let prover: Prover;
  let wasm: Uint8Array;
  let endless: Uint8Array;
  before(async () => {
    prover = openProver({ threads: 1 });
    wasm = await assembleWat(ADD);
    endless = await assembleWat(readFileSync(join(ROOT, 'test/cases/endless.wat'), 'utf8'));
  });
  after(() => prover.dispose());

  it('proves in the session that its first call opened, what others accept', async () => {
    assert.ok(await opens((options) => prover.programId({ wasm, ...options })));
    let text = '';
    const again = await opens(async (options) => {
      text = writeProofDocument((await prover.prove({ wasm, args: [2, 3], ...options })).document);
    });
    assert.equal(again, false);
    await using keys = await openKeys();
    const document = readProofDocument(text, 'proof of a worker');
    const { statement } = await verify(keys, { document, wasm });
    assert.deepEqual(statement.publicOutputs, [5n]);
    assert.deepEqual((await prover.verify({ document, wasm })).statement, statement);
    const lie = { ...document, statement: { ...statement, publicOutputs: [6n] } };
    await refused(prover.verify({ document: lie, wasm }), 'PROOF_IDENTITY');
    const opened = { threads: 1, verifyingKey: document.verifyingKey, insecure: true };
    assert.deepEqual(await prover.open(), opened);
  });

  it('runs and checks, and tells errors with all that they say', async () => {
    assert.deepEqual((await prover.run({ wasm, args: [2, 3] })).results, [5n]);
    assert.equal((await prover.check({ wasm, args: [2, 3] })).ok, true);
    const error: unknown = await prover.run({ wasm, invoke: 'sub' }).catch((thrown: unknown) => thrown);
    assert.ok(isWattestError(error, 'EXPORT_MISSING'));
    assert.equal(error.message, 'module: the module exports no function "sub"');
    assert.deepEqual([error.where, error.docs], ['module', 'wattest/docs/errors.md#modules']);
    assert.match(error.fix, /add/);
    assert.equal(error.exitCode, 2);
  });

  it('an abort is heard at once: by who waits, and by what goes on, whose session stays', async () => {
    const [going, waiting] = [new AbortController(), new AbortController()];
    const executing = Promise.withResolvers<void>();
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase.startsWith('executing: ')) executing.resolve();
    };
    const first = prover.run({ wasm: endless, signal: going.signal, onProgress });
    const second = opens((options) => prover.prove({ wasm: endless, signal: waiting.signal, ...options }));
    waiting.abort();
    await refused(second, 'ABORTED', /prove was interrupted/);
    await executing.promise;
    going.abort();
    await refused(first, 'ABORTED', /run was interrupted/);
    assert.equal(await opens((options) => prover.programId({ wasm, ...options })), false);
    await refused(prover.run({ wasm, signal: AbortSignal.abort() }), 'ABORTED', /not begun/);
  });

  it('what does not end within its patience is terminated, and the next call opens another session', async () => {
    await using hasty = openProver({ threads: 1, patience: 0 });
    await hasty.open();
    const controller = new AbortController();
    const going = hasty.run({ wasm: endless, signal: controller.signal });
    const next = opens((options) => hasty.programId({ wasm, ...options }));
    controller.abort();
    await refused(going, 'ABORTED');
    assert.equal(await next, true);
  });

  it('a call whose onProgress throws fails with that, as `prove` does, and the next goes on in the session', async () => {
    const fault = new Error('of who listens');
    const onProgress = (): never => {
      throw fault;
    };
    await assert.rejects(prover.run({ wasm: endless, onProgress }), (error) => error === fault);
    assert.equal(await opens((options) => prover.programId({ wasm, ...options })), false);
  });

  it('two at once have a worker and a session each, and one does not wait for the other', async () => {
    await using other = openProver({ threads: 1 });
    const controller = new AbortController();
    const going = prover.run({ wasm: endless, signal: controller.signal });
    const { document } = await other.prove({ wasm, args: [2, 3] });
    controller.abort();
    await refused(going, 'ABORTED');
    assert.deepEqual((await prover.verify({ document, wasm })).statement.publicOutputs, [5n]);
  });

  it('refuses what cannot be sent, without showing it, and options that it does not have', async () => {
    const random = (): bigint => 4_242_424_242n;
    const error: unknown = await prover.run({ wasm, random } as never).catch((thrown: unknown) => thrown);
    assert.ok(isWattestError(error, 'INPUT_INVALID'));
    assert.doesNotMatch(`${error.message}${error.fix}${String(error.cause)}`, /4_242|4242/);
    await refused(prover.prove({ wasm, resume: 'file' } as never), 'INPUT_INVALID', /resume/);
    await refused(prover.prove({ wasm, wrapped: true } as never), 'INPUT_INVALID', /wrapped/);
    assert.throws(() => openProver({ pateince: 1 } as never), { code: 'INPUT_INVALID' });
    assert.throws(() => openProver({ patience: -1 }), { code: 'INPUT_INVALID' });
  });

  it('what is disposed of answers nothing more', async () => {
    const closed = openProver({ threads: 1 });
    const calls = [closed.run({ wasm: endless }), closed.run({ wasm: endless })];
    const outcomes = Promise.all(calls.map((call) => refused(call, 'ABORTED', /closed/)));
    await closed.dispose();
    await outcomes;
    await refused(closed.open(), 'ABORTED', /closed/);
  });

  it('keeps no process that waits for nothing of it', async () => {
    const entry = JSON.stringify(join(ROOT, 'sdk/src/worker.ts'));
    const script = `
      import { openProver } from ${entry};
      const { status } = await openProver({ threads: 1 }).run({ wasm: Uint8Array.from([${wasm}]), args: [2, 3] });
      console.log(status.kind);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    assert.equal(stdout, 'returned\n');
  });
});
