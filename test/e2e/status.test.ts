/** How a run ended is part of what is proven: a failure is proven only when asked for, and never passes for a result. */
import assert from 'node:assert/strict';
import {
  check,
  describeStatus,
  openSession,
  type ProofDocument,
  prove,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';

const WASM = moduleBytes({
  types: ['i32 -> i32'],
  functions: [{ type: 0, code: [['local.get', 0], ['if'], 'unreachable', 'end', ['i32.const', 7]] }],
  exports: [['f', 'func', 0]],
});
const UNREACHABLE = (2n << 32n) + 1n;

describe('status of a proven run', () => {
  let session: Session;
  let trapped: ProofDocument;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    const result = await prove(session, { wasm: WASM, invoke: 'f', args: [1], allowFailure: true });
    assert.deepEqual(result.status, {
      word: (2n << 32n) + 1n,
      kind: 'trapped',
      code: 1,
      text: 'trapped: unreachable',
    });
    assert.match(result.trapAt ?? '', /function 0.*0x/);
    trapped = result.document;
  });
  after(() => session.dispose());

  it('prove refuses a run that traps, by name, place and remedy, unless failures are welcome', () =>
    assert.rejects(prove(session, { wasm: WASM, invoke: 'f', args: [1] }), {
      code: 'RUN_TRAPPED',
      message: /function 0.*0x.*trapped: unreachable/,
      fix: /--allow-failure/,
    }));

  it('check balances a run that traps, and says how it ended', async () => {
    const result = await check({ wasm: WASM, invoke: 'f', args: [1] });
    assert.deepEqual(result.failures, []);
    assert.equal(result.status.text, 'trapped: unreachable');
  });

  it('verify accepts a trap only where one is expected', async () => {
    const document = trapped;
    assert.equal(document.statement.status, UNREACHABLE);
    for (const expect of [undefined, 'returned', 'exited', 0n, UNREACHABLE + 1n] as const) {
      await assert.rejects(
        verify(session, { document, wasm: WASM, ...(expect === undefined ? {} : { expect }) }),
        { code: 'PROOF_STATUS', message: /unreachable/ },
      );
    }
    for (const expect of ['trapped', 'any', UNREACHABLE] as const) {
      const { status } = await verify(session, { document, wasm: WASM, expect });
      assert.equal(status.text, 'trapped: unreachable');
    }
  });

  it('verify accepts no result where a trap is expected', async () => {
    const { document } = await prove(session, { wasm: WASM, invoke: 'f', args: [0] });
    assert.equal((await verify(session, { document, wasm: WASM })).status.kind, 'returned');
    await assert.rejects(verify(session, { document, wasm: WASM, expect: 'trapped' }), {
      code: 'PROOF_STATUS',
      message: /returned/,
    });
  });

  it('no other status can be claimed', async () => {
    for (const status of [0n, UNREACHABLE + 1n, 1n << 32n]) {
      const document = { ...trapped, statement: { ...trapped.statement, status } };
      await assert.rejects(verify(session, { document, wasm: WASM, expect: 'any' }), {
        code: 'PROOF_IDENTITY',
      });
    }
  });

  it('every status has words', () => {
    const text = (status: bigint): string => describeStatus(status).text;
    assert.equal(text(0n), 'returned');
    assert.equal(text((1n << 32n) + 3n), 'exited with code 3');
    assert.equal(text((2n << 32n) + 2n), 'trapped: integer divide by zero');
    for (const status of [1n, 2n << 32n, (2n << 32n) + 999n, 3n << 32n, (1n << 64n) - 1n]) {
      assert.deepEqual([describeStatus(status).kind, text(status).includes(`${status}`)], ['unknown', true]);
    }
  });
});
