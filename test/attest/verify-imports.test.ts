/** Proofs of programs whose imports were bound, verified by somebody who binds them otherwise. */
import assert from 'node:assert/strict';
import {
  type ImportParameters,
  isWattestError,
  openSession,
  type ProofDocument,
  prove,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import { assembleWat } from './lib/wat.ts';

const TRAPPING = `(module (import "env" "f" (func $f))
  (func (export "main") (param i32) (result i32) (if (local.get 0) (then (call $f))) (i32.const 7)))`;
const GLOBAL = `(module (import "env" "g" (global i32)) (func (export "main") (result i32) (global.get 0)))`;

describe('verify: imports that were bound otherwise', () => {
  let session: Session;
  before(async () => {
    session = await openSession();
  });
  after(() => session.dispose());

  async function proven(
    text: string,
    imports: ImportParameters,
    args: readonly number[] = [],
  ): Promise<{ wasm: Uint8Array; document: ProofDocument }> {
    const wasm = await assembleWat(text);
    return { wasm, document: (await prove(session, { wasm, ...imports, args })).document };
  }
  const hint = (error: unknown): boolean => {
    assert.ok(isWattestError(error, 'PROOF_PROGRAM'), String(error));
    assert.match(error.fix, /^Bind the imports as they were .*--trap-imports, --global NAME=VALUE/);
    return true;
  };

  it('calls that trap: named by the hint, and accepted with it', async () => {
    const { wasm, document } = await proven(TRAPPING, { trapImports: true }, [0]);
    await assert.rejects(verify(session, { document, wasm }), hint);
    const { statement } = await verify(session, { document, wasm, trapImports: true });
    assert.deepEqual(statement.publicOutputs, [7n]);
  });

  it('a global without its value, or with another', async () => {
    const { wasm, document } = await proven(GLOBAL, { globals: { g: 5 } });
    await assert.rejects(verify(session, { document, wasm }), hint);
    await assert.rejects(verify(session, { document, wasm, globals: { g: 6 } }), hint);
    const { statement } = await verify(session, { document, wasm, globals: { g: 5 } });
    assert.deepEqual(statement.publicOutputs, [5n]);
  });

  it('a module that is no program however its imports are bound is what it is', async () => {
    const { document } = await proven(GLOBAL, { globals: { g: 5 } });
    const wasm = await assembleWat(
      '(module (func (export "main") (result i32) (i32x4.extract_lane 0 (v128.const i32x4 5 0 0 0))))',
    );
    await assert.rejects(verify(session, { document, wasm }), { code: 'MODULE_UNSUPPORTED' });
  });
});
