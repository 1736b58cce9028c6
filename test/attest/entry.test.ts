/** Which export is entered where nobody says: the same for every action. */
import assert from 'node:assert/strict';
import { disassemble } from '../../sdk/src/attest/inspect/disassemble.ts';
import {
  check,
  openSession,
  profile,
  programId,
  prove,
  run,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';

/** Each export returns its place in the list. */
const exporting = (...names: string[]): Uint8Array =>
  moduleBytes({
    types: ['-> i32'],
    functions: names.map((_, i) => ({ type: 0, code: [['i32.const', i]] })),
    exports: names.map((name, i) => [name, 'func', i] as const),
  });

describe('the entry that nobody names', () => {
  let session: Session;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  after(() => session.dispose());

  it('is _start, else the only export', async () => {
    for (const [wasm, entry] of [
      [exporting('other', '_start'), '_start'],
      [exporting('main'), 'main'],
    ] as const) {
      const named = { wasm, invoke: entry };
      assert.deepEqual((await run({ wasm })).results, (await run(named)).results);
      assert.equal((await profile({ wasm })).entryName, entry);
      assert.equal(disassemble({ wasm }).entryName, entry);
      assert.ok((await check({ wasm })).ok);
      assert.equal(await programId(session, { wasm }), await programId(session, named));
    }
  });

  it('of several is an error that names them, whoever is asked', async () => {
    const wasm = exporting('first', 'second');
    const { document } = await prove(session, { wasm, invoke: 'second' });
    const error = { code: 'EXPORT_MISSING', fix: /--invoke.*"first", "second"/ };
    await assert.rejects(run({ wasm }), error);
    await assert.rejects(profile({ wasm }), error);
    assert.throws(() => disassemble({ wasm }), error);
    await assert.rejects(check({ wasm }), error);
    await assert.rejects(prove(session, { wasm }), error);
    await assert.rejects(programId(session, { wasm }), error);
    assert.equal((await verify(session, { document, wasm, invoke: 'second' })).entry, 'second');
    await assert.rejects(verify(session, { document, wasm, invoke: 'first' }), { code: 'PROOF_PROGRAM' });
    await assert.rejects(run({ wasm: moduleBytes({}) }), {
      code: 'EXPORT_MISSING',
      message: /exports no function/,
    });
  });

  it('of a proof is the one that its file names, and the answer says which', async () => {
    const wasm = exporting('other', '_start');
    const { document } = await prove(session, { wasm, invoke: 'other' });
    const accepted = await verify(session, { document, wasm });
    assert.equal(accepted.entry, 'other');
    assert.deepEqual(accepted.statement.publicOutputs, [0n]);
    // The name alone says nothing: the id is of the export.
    for (const entry of ['_start', 'none']) {
      const lying = { ...document, entry };
      await assert.rejects(verify(session, { document: lying, wasm }), { code: 'PROOF_PROGRAM' });
      await assert.rejects(verify(session, { document: lying, wasm, invoke: 'other' }), {
        code: 'PROOF_PROGRAM',
      });
    }
    await assert.rejects(verify(session, { document, wasm, invoke: '_start' }), { code: 'PROOF_PROGRAM' });
    await assert.rejects(verify(session, { document, wasm: exporting('main') }), {
      code: 'PROOF_PROGRAM',
      message: /exports no function "other"/,
    });
  });

  it('and its module have an id that is of image and SRS, whatever size the key is of', async () => {
    const wasm = exporting('main');
    await using other = await openSession({ maxLog: 16, onWarning: () => {} });
    assert.notEqual(other.verifyingKey.digest, session.verifyingKey.digest);
    assert.equal(await programId(other, { wasm }), await programId(session, { wasm }));
    const { document } = await prove(session, { wasm });
    // So the key is looked at besides the id.
    await assert.rejects(verify(other, { document, wasm }), { code: 'PROOF_FOREIGN_KEY' });
  });

  it('in the proof file must be that of the module, another name of the same function included', async () => {
    const wasm = moduleBytes({
      types: ['-> i32'],
      functions: [0, 1].map((i) => ({ type: 0, code: [['i32.const', i]] })),
      exports: [
        ['main', 'func', 0],
        ['alias', 'func', 0],
        ['other', 'func', 1],
      ],
    });
    const { document } = await prove(session, { wasm, invoke: 'main' });
    assert.equal((await verify(session, { document, wasm, invoke: 'alias' })).entry, 'alias');
    for (const entry of ['other', 'none'])
      await assert.rejects(verify(session, { document: { ...document, entry }, wasm, invoke: 'main' }), {
        code: 'PROOF_PROGRAM',
      });
  });
});
