/** Names of options that nobody knows are refused, by the functions of `wattest` and `wattest/queue`, before anything is done. */
import assert from 'node:assert/strict';
import { compileVerifier } from '../../sdk/src/compile.ts';
import * as sdk from '../../sdk/src/index.ts';
import { nearest, requireNames } from '../../sdk/src/json/options.ts';
import * as queue from '../../sdk/src/queue.ts';
import { moduleWith, RECURSIVE } from './lib/modules.ts';

const wasm = moduleWith(RECURSIVE);
const none = {} as never;

/** What is given, the name that is not known, and the one that was meant. */
const CALLS: readonly (readonly [
  where: string,
  call: (options: never) => unknown,
  wrong: string,
  meant: string,
])[] = [
  ['run', sdk.run, 'publicInput', 'publicInputs'],
  ['check', sdk.check, 'private_inputs', 'privateInputs'],
  ['profile', sdk.profile, 'maxinstruction', 'maxInstructions'],
  ['disassemble', sdk.disassemble, 'func', 'function'],
  ['prove', (options) => sdk.prove(none, options), 'allowFailures', 'allowFailure'],
  ['estimate', (options) => sdk.estimate(none, options), 'maxMemory', 'maxMemoryBytes'],
  ['verify', (options) => sdk.verify(none, options), 'programID', 'programId'],
  ['wrap', (options) => sdk.wrap(none, options), 'proof_document', 'document'],
  ['programId', (options) => sdk.programId(none, options), 'invok', 'invoke'],
  ['openSession', sdk.openSession, 'maxlog', 'maxLog'],
  ['openSession', sdk.openKeys, 'thread', 'threads'],
  ['openSession', sdk.openIds, 'cacheDir', 'cache'],
  ['generateVerifier', (options) => sdk.generateVerifier(none, options), 'public', 'publicNetwork'],
  ['inspect', sdk.inspect, 'trapImport', 'trapImports'],
  ['compileVerifier', compileVerifier, 'src', 'source'],
  ['openQueue', queue.openQueue, 'uri', 'url'],
  ['openWorker', (options) => queue.openWorker(none, options), 'lockSecs', 'lockSeconds'],
];

describe('options of the SDK', () => {
  for (const [where, call, wrong, meant] of CALLS) {
    it(`${where}: ${wrong} is not ${meant}`, async () => {
      await assert.rejects(
        async () => call({ wasm: undefined, [wrong]: 1 } as never),
        (error: unknown) => {
          assert.ok(sdk.isWattestError(error, 'INPUT_INVALID'), String(error));
          assert.equal(error.message, `${where}: there is no option "${wrong}"`);
          assert.ok(error.fix.startsWith(`Did you mean ${meant}? There are `), error.fix);
          assert.ok(error.fix.includes(meant));
          return true;
        },
      );
    });
  }

  it('a name without a value is none, an inherited one neither', async () => {
    const given = Object.assign(Object.create({ inherited: 1 }), { wasm, args: [1], nothing: undefined });
    assert.equal((await sdk.run({ ...given, invoke: 'main' })).status.kind, 'returned');
    assert.equal((await sdk.run(Object.assign(given, { invoke: 'main' }))).status.kind, 'returned');
  });

  it('names that every object has are unknown, too, and long ones are cut', () => {
    assert.throws(() => requireNames(JSON.parse('{"__proto__":1}'), { a: true }, 'f'), {
      message: 'f: there is no option "__proto__"',
    });
    assert.throws(() => requireNames({ toString: 1 }, { a: true }, 'f'), { code: 'INPUT_INVALID' });
    assert.throws(
      () => requireNames({ ['x'.repeat(1e6)]: 1 }, { a: true }, 'f'),
      (error: Error) => {
        assert.ok(error.message.length < 120);
        return true;
      },
    );
  });

  it('what is no object is said to be none', async () => {
    for (const options of ['main', null, undefined])
      await assert.rejects(sdk.run(options as never), { code: 'INPUT_INVALID', message: /no object/ });
  });

  it('the nearest name is that of the fewest letters', () => {
    assert.equal(nearest('arg', ['public', 'args', 'ar']), 'args');
    assert.equal(nearest('MAXLOG', ['maxLog', 'threads']), 'maxLog');
    assert.equal(nearest('x', []), undefined);
  });
});
