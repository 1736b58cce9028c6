/** A session that gives points back while it proves: they take no memory afterwards, and the next proof is as good. */
import assert from 'node:assert/strict';
import { openSession, prove, verify } from '../../sdk/src/index.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';

const MEGABYTE = 2 ** 20;

describe('attest: points that are not kept', () => {
  it('take no memory when they are not needed, and come back', async () => {
    const parameters = { wasm: ROUNDS, args: [60], privateInputs: [7n] };
    const usedAfter = async (keepPoints: boolean): Promise<number> => {
      await using session = await openSession({ keepPoints, onWarning: () => {} });
      await prove(session, parameters);
      const { used } = session.engine.memory();
      const { document } = await prove(session, parameters);
      await verify(session, { document, wasm: ROUNDS });
      // Nothing is left behind the second time either.
      assert.ok(session.engine.memory().used <= used + MEGABYTE);
      return used;
    };
    const [kept, given] = [await usedAfter(true), await usedAfter(false)];
    assert.ok(given < kept - 5 * MEGABYTE, `${given} bytes, ${kept} with points`);
  });
});
