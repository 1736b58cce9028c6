/**
 * A program of the machine proven under a ceremony file that snarkjs made. The byte tables have 2^14 rows, so the least file is of
 * power 17: a few minutes on two cores. Hence only in `npm run test:soundness -- --full`, or with a file at hand by its path in
 * `WATTEST_PTAU`.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, type ProofDocument, prove, type Session, verify } from '../../sdk/src/index.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';
import { asyncVerdictOf, type Verdict } from '../lib/verdict.ts';
import { figure } from '../soundness/lib/report.ts';
import { holdCeremony } from './support.ts';

const GIVEN = process.env['WATTEST_PTAU'];
const POWER = 17;
const MAX_LOG = 14;

if (GIVEN !== undefined || process.env['WATTEST_SOUNDNESS'] === 'full') {
  describe('the machine under a ceremony of another tool', function () {
    this.timeout(0);
    let folder: string;
    let ceremony: Session;
    let development: Session;
    let proven: { ceremony: ProofDocument; development: ProofDocument };
    const wasm = moduleBytes({
      types: ['i32 -> i32'],
      functions: [{ type: 0, code: [['local.get', 0], ['i32.const', 41], 'i32.add'] }],
      exports: [['main', 'func', 0]],
    });

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'wattest-ceremony-'));
      let file = GIVEN;
      if (file === undefined) {
        file = join(folder, 'end.ptau');
        await holdCeremony(POWER, join(folder, 'start.ptau'), file, 'the machine');
      }
      const started = performance.now();
      ceremony = await openSession({ ceremony: file, maxLog: MAX_LOG, cache: join(folder, 'cache') });
      const { document } = await prove(ceremony, { wasm, invoke: 'main', args: [1] });
      figure(
        `machine proven under a snarkjs ceremony (maxLog ${MAX_LOG}, ${ceremony.srs.size} powers): import, keys and first ` +
          `proof in ${((performance.now() - started) / 1000).toFixed(0)} s`,
      );
      development = await openSession({ maxLog: MAX_LOG, onWarning: () => {} });
      const other = await prove(development, { wasm, invoke: 'main', args: [1] });
      proven = { ceremony: document, development: other.document };
    });
    after(async () => {
      await ceremony?.dispose();
      await development?.dispose();
      await rm(folder, { recursive: true, force: true });
    });

    const answer = (session: Session, document: ProofDocument): Promise<Verdict> =>
      asyncVerdictOf(verify(session, { document, programId: document.programId }));

    it('is accepted, and nothing is marked insecure', async () => {
      assert.equal(await answer(ceremony, proven.ceremony), 'accepted');
      assert.equal(proven.ceremony.insecure, false);
      assert.equal(ceremony.verifyingKey.insecure, false);
      assert.deepEqual(proven.ceremony.statement, proven.development.statement);
    });

    it('has other digests than under the development SRS, and neither key takes the proof of the other', async () => {
      assert.notEqual(ceremony.verifyingKey.digest, development.verifyingKey.digest);
      assert.notEqual(proven.ceremony.programId, proven.development.programId);
      assert.equal(await answer(development, proven.development), 'accepted');
      assert.equal(await answer(development, proven.ceremony), 'PROOF_FOREIGN_KEY');
      assert.equal(await answer(ceremony, proven.development), 'PROOF_FOREIGN_KEY');
    });
  });
}
