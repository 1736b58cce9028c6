/** POST a proof file: the values that it proves come back, or the reason why it is refused. GET: which program and key are asked for. */
import {
  isWattestError,
  readProofDocument,
  type VerifyingKey,
  verifyDocument,
  verifyingKeyFromJson,
} from 'wattest/verify';
import keyFile from '../generated/key.json' with { type: 'json' };
import { Primes } from '../generated/Primes.ts';

interface Env {
  /** `yes` takes proofs under development keys, which anybody can make of anything. */
  readonly ALLOW_INSECURE?: string;
}

/** Three times a proof of this program. */
const MOST_BYTES = 2 ** 16;

let key: VerifyingKey | undefined;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // Read once, by the first request: what runs before has little time.
    key ??= verifyingKeyFromJson(JSON.stringify(keyFile), 'generated/key.json');
    if (key.insecure && env.ALLOW_INSECURE !== 'yes')
      return answer(503, { message: 'this worker stands on a development key (README.md)' });
    if (request.method === 'GET') return answer(200, { programId: Primes.id, verifyingKey: key.digest });
    if (request.method !== 'POST') return answer(405, { message: 'POST a proof file' });
    try {
      const text = await boundedText(request);
      if (text === undefined) return answer(413, { message: `a proof has at most ${MOST_BYTES} bytes` });
      const document = readProofDocument(text, 'request');
      // Of this program, under this key, of a run that returned.
      const accepted = await verifyDocument({ verifyingKey: key }, { document, programId: Primes.id });
      return answer(200, { ...Primes.read(accepted), insecure: accepted.insecure });
    } catch (error) {
      if (!isWattestError(error)) throw error;
      return answer(422, { code: error.code, message: error.message });
    }
  },
};

/** undefined where it is longer than a proof. */
async function boundedText(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const bytes of request.body ?? []) {
    size += bytes.length;
    if (size > MOST_BYTES) return undefined;
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function answer(status: number, body: unknown): Response {
  const text = JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}
