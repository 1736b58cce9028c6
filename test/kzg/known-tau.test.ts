/** Secrets that everybody knows, passed off as those of a ceremony: in its file and in keys. */
import assert from 'node:assert/strict';
import { equalG2, G2_GENERATOR, multiplesG2, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/index.ts';
import { DEVELOPMENT_SEED, developmentTau, developmentTauG2, knownTau } from '../../sdk/src/kzg/known-tau.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { importPtau } from '../../sdk/src/kzg/srs-ptau.ts';
import { bytesSource } from '../../sdk/src/platform/storage.ts';
import { sealKey, type VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeyFromJson, verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { makeToy } from '../plonk/toy.ts';
import { encodePtau, honestPtau } from './support.ts';

const point = (tau: bigint): NonNullable<ReturnType<typeof multiplyG2>> => multiplyG2(G2_GENERATOR, tau)!;
const DEVELOPMENT = developmentTau(DEVELOPMENT_SEED);
const half = Fr.inv(2n);

const KNOWN: readonly (readonly [text: string, tau: bigint])[] = [
  ['the development τ', DEVELOPMENT],
  ['−the development τ', Fr.neg(DEVELOPMENT)],
  ['the development τ/2', Fr.mul(DEVELOPMENT, half)],
  ['1/the development τ', Fr.inv(DEVELOPMENT)],
  ['−1', FR_MODULUS - 1n],
  ['2', 2n],
  ['−2', FR_MODULUS - 2n],
  ['1/2', half],
  ['3/2', Fr.mul(3n, half)],
  ['−255/256', Fr.mul(Fr.neg(255n), Fr.inv(256n))],
  ['256', 256n],
  ['1/256', Fr.inv(256n)],
];
const SECRET = [257n, Fr.inv(257n), 0x1234567890abcdef1234567890abcdefn, developmentTau('another seed')];

describe('a τ that everybody knows', () => {
  let key: VerifyingKey;
  before(async () => {
    ({ key } = (await makeToy()).key);
  });
  const forged = (tau: bigint, insecure = false): VerifyingKey =>
    sealKey({ ...key, insecure, tau2: point(tau) });

  it('knows [τ]_2 of the development seed as it follows from the seed', () => {
    assert.deepEqual(
      developmentTauG2(DEVELOPMENT_SEED),
      multiplyG2(G2_GENERATOR, developmentTau(DEVELOPMENT_SEED)),
    );
  });

  it('is named, and no other', () => {
    for (const [text, tau] of KNOWN) assert.equal(knownTau(point(tau)), text);
    for (const tau of SECRET) assert.equal(knownTau(point(tau)), undefined);
  });

  it('of the development SRS is the one that sessions use', async () => {
    const srs = await openDevelopmentSrs({ seed: DEVELOPMENT_SEED, size: 2 });
    assert.ok(equalG2(srs.tauG2, point(DEVELOPMENT)));
    assert.equal(srs.insecure, true);
  });

  it('is none of a ceremony file', async () => {
    const engine = createReferenceEngine();
    const load = (tau: bigint): ReturnType<typeof importPtau> =>
      importPtau(bytesSource(encodePtau(honestPtau(tau, 2)), 'x.ptau'), engine);
    for (const [text, tau] of KNOWN)
      await assert.rejects(load(tau), {
        code: 'SRS_INVALID',
        message: `x.ptau: τ is ${text}, which is no secret: this is no ceremony`,
      });
    for (const tau of SECRET) assert.equal((await load(tau)).insecure, false);
  });

  it('is none of a key that says it is secure, in a file or for the generator', () => {
    for (const [text, tau] of KNOWN) {
      const expected = {
        code: 'KEY_INVALID',
        message: `verifying key: tau2 stands for τ = ${text}, which is no secret, and the key says that it is secure`,
      };
      assert.throws(() => verifyingKeyFromJson(verifyingKeyToJson(forged(tau))), expected);
      assert.throws(() => generateVerifier(forged(tau)), expected);
      assert.throws(() => generateVerifier(forged(tau), { publicNetwork: true }), expected);
    }
    for (const tau of SECRET)
      assert.equal(generateVerifier(forged(tau), { publicNetwork: true }).insecure, false);
  });

  it('may be that of a key that says it is not', () => {
    const relabelled = forged(DEVELOPMENT, true);
    assert.equal(verifyingKeyFromJson(verifyingKeyToJson(relabelled)).insecure, true);
    assert.throws(() => generateVerifier(relabelled, { publicNetwork: true }), { code: 'KEY_INSECURE' });
  });

  it('multiples are those of the scalar multiplication', () => {
    const base = point(SECRET[2]!);
    for (const [i, multiple] of multiplesG2(base, 5).entries())
      assert.ok(equalG2(multiple, multiplyG2(base, BigInt(i + 1))));
  });
});
