import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { toFunctionSelector } from 'viem';
import { interfaceFile, registryFile } from '../../scripts/lib/contracts.ts';
import { G2_GENERATOR, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import type { ErrorCode } from '../../sdk/src/errors/index.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { fixedPacks } from '../../sdk/src/plonk/declare/shape.ts';
import { sealKey, type VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { errorSelector, errorSignature, VERIFIER_ERROR_NAMES } from '../../sdk/src/solidity/errors.ts';
import {
  CODE_LIMIT,
  GENERATOR_VERSION,
  generateVerifier,
  INITCODE_LIMIT,
} from '../../sdk/src/solidity/generate.ts';
import { checkDisjoint, memoryLayout } from '../../sdk/src/solidity/layout.ts';
import { toySystem } from '../plonk/toy.ts';

/** A key of the right form without a proof behind it. */
function keyOf(system: ReturnType<typeof toySystem>, change: Partial<VerifyingKey> = {}): VerifyingKey {
  const { shape } = layout(system);
  return sealKey({
    shape,
    powers: 1 << 19,
    tau2: multiplyG2(G2_GENERATOR, 12345n)!,
    insecure: true,
    commitments: fixedPacks(shape, 'key').map(() => ({ x: 1n, y: 2n })),
    ...change,
  });
}

const refuses = (code: ErrorCode, key: VerifyingKey, options = {}): void => {
  assert.throws(
    () => generateVerifier(key, options),
    (error) => isWattestError(error, code),
  );
};

describe('verifier generator', () => {
  const key = keyOf(toySystem());

  it('gives the same bytes for the same key, and others for another', () => {
    const { source } = generateVerifier(key);
    assert.equal(generateVerifier(keyOf(toySystem())).source, source);
    assert.notEqual(generateVerifier(keyOf(toySystem(), { powers: 1 << 18 })).source, source);
  });

  it('says in its header what it was made from', () => {
    const { source } = generateVerifier(key);
    const header = source.slice(0, source.indexOf('pragma'));
    for (const text of [
      'Do not edit',
      `generator ${GENERATOR_VERSION}`,
      key.digest,
      key.selector,
      'INSECURE',
    ]) {
      assert.ok(header.includes(text), text);
    }
    assert.ok(!generateVerifier(keyOf(toySystem(), { insecure: false })).source.includes('INSECURE:'));
  });

  it('refuses [τ]_2 = [1]_2, with which everything would verify', () => {
    refuses('KEY_INVALID', keyOf(toySystem(), { tau2: G2_GENERATOR }));
  });
  it('refuses a [τ]_2 outside the group', () => {
    const { x, y } = key.tau2;
    refuses('KEY_INVALID', keyOf(toySystem(), { tau2: { x, y: { ...y, real: y.real + 1n } } }));
  });
  it('refuses a fixed commitment off the curve', () => {
    const commitments = key.commitments.map(() => ({ x: 1n, y: 3n }));
    refuses('KEY_INVALID', keyOf(toySystem(), { commitments }));
  });
  it('refuses a key whose digest is not its own', () => {
    refuses('KEY_INVALID', { ...key, powers: key.powers / 2 });
  });
  it('refuses an insecure key for a public network, and only that', () => {
    refuses('KEY_INSECURE', key, { publicNetwork: true });
    generateVerifier(keyOf(toySystem(), { insecure: false }), { publicNetwork: true });
  });
  it('refuses a name that is no identifier', () => refuses('USAGE', key, { name: 'a b' }));
  it('refuses what does not fit any contract', () => refuses('VERIFIER_TOO_LARGE', key, { codeLimit: 400 }));

  it('renders the whole machine within the limits of the EVM', async () => {
    const generated = generateVerifier(keyOf(machineSystem()));
    const { bytecode, deployedBytecode } = await compileVerifier(generated);
    const [code, initcode] = [deployedBytecode, bytecode].map((text) => (text.length - 2) / 2);
    assert.ok(code! <= CODE_LIMIT, `${code} bytes of code`);
    assert.ok(initcode! <= INITCODE_LIMIT, `${initcode} bytes of initcode`);
  });

  it('memory regions are disjoint, and the check would see an overlap', () => {
    for (const system of [toySystem(), machineSystem()]) {
      const { regions, end } = memoryLayout(keyOf(system), 40);
      checkDisjoint(regions, end);
      const shifted = regions.map((region, i) => (i === 5 ? { ...region, size: region.size + 32 } : region));
      assert.throws(() => checkDisjoint(shifted, end), RangeError);
      assert.throws(() => checkDisjoint([{ name: 'X', at: 0x40, size: 32, about: '' }], 0x60), RangeError);
    }
  });

  it('selectors of errors are distinct and the standard ones', () => {
    const selectors = VERIFIER_ERROR_NAMES.map(errorSelector);
    assert.equal(new Set(selectors).size, selectors.length);
    for (const name of VERIFIER_ERROR_NAMES) {
      assert.equal(`0x${errorSelector(name)}`, toFunctionSelector(errorSignature(name)));
    }
  });

  it('a source that does not compile is named', async () => {
    await assert.rejects(compileVerifier({ name: 'C', source: 'contract C {' }), (error) =>
      isWattestError(error, 'SOLC_FAILED'),
    );
  });
});

describe('files made from the contracts and the interface', () => {
  for (const make of [interfaceFile, registryFile]) {
    it(`${make.name} is up to date`, async () => {
      const { path, text } = await make();
      assert.equal(
        readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
        text,
        'run npm run build:contracts',
      );
    });
  }
});
