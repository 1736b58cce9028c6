/**
 * What is written to the store, sealed: AES-256-GCM under a key that follows from the secret of the queue and the run, with the entry's name as
 * associated data, so that neither store nor broker learns an input, a count or the seed, or can pass one entry for another.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import { joined } from '../transcript/encode.ts';
import type { JobStore } from './store/store.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The secret that prover and workers of a queue hold. */
export interface QueueSecret {
  /** Says which secret it is, and nothing about it: 16 hexadecimal digits. */
  readonly id: string;
  /** The key of a run's entries. */
  keyOf(run: string): Promise<CryptoKey>;
}

/**
 * @param text 64 hexadecimal digits: 32 random bytes, as of `openssl rand -hex 32`
 * @throws QUEUE_KEY_INVALID
 */
export async function queueSecret(text: string, where: string): Promise<QueueSecret> {
  const digits = text.trim();
  if (!/^[\da-f]{64}$/i.test(digits) || /^(..)\1+$/.test(digits)) {
    fail('QUEUE_KEY_INVALID', `the secret of the queue is not ${KEY_BYTES} random bytes`, {
      where,
      fix: 'Make one with `openssl rand -hex 32`, and give the same to prover and workers with --key-file or WATTEST_QUEUE_KEY',
    });
  }
  const { subtle } = crypto;
  const master = await subtle.importKey('raw', Uint8Array.from(hexToBytes(digits)), 'HKDF', false, [
    'deriveKey',
    'deriveBits',
  ]);
  const derive = (label: string): HkdfParams => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(0),
    info: new TextEncoder().encode(`wattest queue 1 ${label}`),
  });
  const id = await subtle.deriveBits(derive('id'), master, 64);
  return {
    id: Buffer.from(id).toString('hex'),
    keyOf: (run) =>
      subtle.deriveKey(derive(`run ${run}`), master, { name: 'AES-GCM', length: 256 }, false, [
        'encrypt',
        'decrypt',
      ]),
  };
}

/** A run's entries in a store. */
export interface Vault {
  /** @throws STORE_FULL, STORE_FAILED */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` where there is none. @throws STORE_FAILED; STORE_FORGED where it is not what somebody with the secret wrote there */
  get(name: string): Promise<Uint8Array | undefined>;
  /** As {@link get}, of what must be there. @throws STORE_FAILED where it is not */
  require(name: string): Promise<Uint8Array>;
  /** Removes an entry, or all of the run. @throws STORE_FAILED */
  remove(name?: string): Promise<void>;
  /** Small things that go by way of the broker, sealed under a name; Base64. */
  seal(name: string, bytes: Uint8Array): Promise<string>;
  /** What {@link seal} made. @throws STORE_FORGED */
  unseal(name: string, sealed: string): Promise<Uint8Array>;
}

export async function openVault(store: JobStore, secret: QueueSecret, run: string): Promise<Vault> {
  const key = await secret.keyOf(run);
  const sealing = (name: string, iv: Uint8Array<ArrayBuffer>): AesGcmParams => ({
    name: 'AES-GCM',
    iv,
    additionalData: new TextEncoder().encode(`${run}/${name}`),
    tagLength: 8 * TAG_BYTES,
  });
  const close = async (name: string, bytes: Uint8Array): Promise<Uint8Array> => {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const sealed = await crypto.subtle.encrypt(sealing(name, nonce), key, Uint8Array.from(bytes));
    return joined([nonce, new Uint8Array(sealed)]);
  };
  const open = async (name: string, sealed: Uint8Array): Promise<Uint8Array> => {
    try {
      const bytes = Uint8Array.from(sealed);
      const nonce = bytes.slice(0, NONCE_BYTES);
      const plain = crypto.subtle.decrypt(sealing(name, nonce), key, bytes.subarray(NONCE_BYTES));
      return new Uint8Array(await plain);
    } catch (cause) {
      return fail('STORE_FORGED', `${name} of run ${run} is not what prover or workers sealed`, {
        where: store.location,
        fix: 'See who else writes to queue and store, or give prover and workers the same secret; then prove again',
        cause,
      });
    }
  };
  const get = async (name: string): Promise<Uint8Array | undefined> => {
    const sealed = await store.read(run, name);
    return sealed === undefined ? undefined : open(name, sealed);
  };
  return {
    get,
    put: async (name, bytes) => store.write(run, name, await close(name, bytes)),
    require: async (name) =>
      (await get(name)) ??
      fail('STORE_FAILED', `${name} of run ${run} is missing`, {
        where: store.location,
        fix: 'See that prover and workers use the same store and that it keeps what it is given, then prove again, with --resume where a resume file was kept',
      }),
    remove: (name) => store.remove(run, name),
    seal: async (name, bytes) => Buffer.from(await close(name, bytes)).toString('base64'),
    unseal: (name, sealed) => open(name, Buffer.from(sealed, 'base64')),
  };
}
