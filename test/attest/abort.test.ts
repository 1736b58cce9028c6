/** What executes a program hears an abort while it does, and the session stays usable. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/tools.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { limitsOf } from '../../sdk/src/attest/proof/limits.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import { check, estimate, openSession, profile, prove, type Session, verify } from '../../sdk/src/index.ts';
import { traceBalanced } from '../../sdk/src/machine/execute/execute.ts';
import { planRun, traceShards } from '../../sdk/src/machine/execute/segments.ts';
import { assembleWat } from './lib/wat.ts';

const LOOP = `(module (func (export "loop") (param i32) (result i32)
  (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))`;

describe('an abort while a program is executed', () => {
  let session: Session;
  let endless: Uint8Array;
  let loop: Uint8Array;
  before(async () => {
    session = await openSession();
    endless = await assembleWat(readFileSync(join(ROOT, 'test/cases/endless.wat'), 'utf8'));
    loop = await assembleWat(LOOP);
  });
  after(() => session.dispose());

  it('openSession says what it does, from nothing to all of it', async () => {
    const progress: { phase: string; fraction: number }[] = [];
    await using opened = await openSession({
      onProgress: ({ phase, fraction }) => progress.push({ phase, fraction }),
    });
    assert.ok(opened.engine.threads > 0);
    assert.deepEqual(progress, [
      { phase: 'opening', fraction: 0 },
      { phase: 'keys ready', fraction: 0.5 },
      { phase: 'starting the kernels', fraction: 0.5 },
      { phase: 'session ready', fraction: 1 },
    ]);
  });

  /** A signal that a timer sets off: it fires only if the event loop has its turns. */
  const soon = (): AbortSignal => AbortSignal.timeout(20);

  it('ends prove, its estimate, check and profile', async () => {
    const wasm = endless;
    await assert.rejects(prove(session, { wasm, signal: soon() }), { code: 'ABORTED' });
    await assert.rejects(estimate(session, { wasm, signal: soon() }), { code: 'ABORTED' });
    await assert.rejects(check({ wasm, signal: soon() }), { code: 'ABORTED' });
    await assert.rejects(profile({ wasm, signal: soon() }), { code: 'ABORTED' });
  });

  it('prove says what it does before it does it, the translation too', async () => {
    const phases: string[] = [];
    const onProgress = ({ phase }: { phase: string }): void => void phases.push(phase);
    const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 9, 9, 9);
    await assert.rejects(prove(session, { wasm, onProgress }), { code: 'MODULE_MALFORMED' });
    assert.deepEqual(phases, ['translating the module']);
  });

  it('leaves the session as it was', async () => {
    const used = session.engine.memory().used;
    const { document } = await prove(session, { wasm: loop, args: [3] });
    assert.deepEqual((await verify(session, { document, wasm: loop })).statement.publicOutputs, [0n]);
    assert.equal(session.engine.memory().used >= used, true);
  });

  it('is heard when the rows of a long run are made, too', async () => {
    const { program } = loadProgram(loop, 'loop');
    const controller = new AbortController();
    const { signal } = controller;
    const inputs = parseInputs({ args: [1_500_000] }, program);
    const again = (): typeof inputs & { signal: AbortSignal } => ({ ...inputs, signal });
    const { shards } = limitsOf(session, program, undefined);
    const plan = await planRun(program, again, shards);
    assert.ok(plan.shards.length > 1);
    const rows = traceShards(program, again, plan);
    assert.equal((await rows.next()).done, false);
    controller.abort();
    await assert.rejects(rows.next(), { code: 'ABORTED' });
  });

  it('progress comes between slices, which change nothing of the trace', async () => {
    const { program } = loadProgram(loop, 'loop');
    const seen: number[] = [];
    const { execution, chips } = await traceBalanced(program, { args: [2_000_000n] }, (count) =>
      seen.push(count),
    );
    assert.equal(execution.instructions, 5 * 2_000_000 + 1);
    assert.deepEqual(execution.results, [0n]);
    // Counted once and recorded once, a slice of 2^21 steps each time.
    assert.ok(seen.length >= 2 && seen.length % 2 === 0, `${seen}`);
    const half = seen.length / 2;
    assert.deepEqual(seen.slice(half), seen.slice(0, half));
    assert.equal(
      Object.values(chips).reduce((sum, { rows }) => sum + rows, 0),
      Object.values(execution.rows).reduce((sum, rows) => sum + rows, 0),
    );
  });
});
