/** /api/verify: what comes of a proof is decided here, by the server, and not by the page that made it. */
import { type VerifyingKey, verifyingKeyFromJson } from 'wattest/verify';
import { Factors } from '../../../generated/Factors.ts';
import keyFile from '../../../generated/key.json' with { type: 'json' };
import { verifyRequest } from '../../../src/verify-request.ts';

let key: VerifyingKey | undefined;

async function handle(request: Request): Promise<Response> {
  key ??= verifyingKeyFromJson(JSON.stringify(keyFile), 'generated/key.json');
  // A development key serves development, and what asks for it.
  const { NODE_ENV, ALLOW_INSECURE } = process.env;
  const allowInsecure = NODE_ENV !== 'production' || ALLOW_INSECURE === 'yes';
  return verifyRequest(request, { program: Factors, key, allowInsecure });
}

export const POST = handle;
export const GET = handle;
/** Never at build time. */
export const dynamic = 'force-dynamic';
