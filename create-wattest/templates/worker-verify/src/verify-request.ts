/** POST a proof file: the values that it proves come back, or the reason why it is refused. GET: which program and key are asked for. */
import type { TypedProgram } from 'wattest/typed';
import { isWattestError, readProofDocument, type VerifyingKey, verifyDocument } from 'wattest/verify';

export interface Asked {
  readonly program: Pick<TypedProgram<object, object, object>, 'id' | 'read'>;
  readonly key: VerifyingKey;
  /** Takes proofs under development keys, which anybody can make of anything. */
  readonly allowInsecure: boolean;
}

/** Three times a proof of this program. */
const MOST_BYTES = 2 ** 16;

export async function verifyRequest(
  request: Request,
  { program, key, allowInsecure }: Asked,
): Promise<Response> {
  if (key.insecure && !allowInsecure)
    return answer(503, { message: 'this server stands on a development key (README.md)' });
  if (request.method === 'GET') return answer(200, { programId: program.id, verifyingKey: key.digest });
  if (request.method !== 'POST') return answer(405, { message: 'POST a proof file' });
  try {
    const text = await boundedText(request);
    if (text === undefined) return answer(413, { message: `a proof has at most ${MOST_BYTES} bytes` });
    const document = readProofDocument(text, 'request');
    // Of this program, under this key, of a run that returned.
    const accepted = await verifyDocument({ verifyingKey: key }, { document, programId: program.id });
    return answer(200, { ...program.read(accepted), insecure: accepted.insecure });
  } catch (error) {
    if (!isWattestError(error)) throw error;
    return answer(422, { code: error.code, message: error.message });
  }
}

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
