/** The worker: what it does with a request stands in verify-request.ts. */
import { type VerifyingKey, verifyingKeyFromJson } from 'wattest/verify';
import keyFile from '../generated/key.json' with { type: 'json' };
import { Primes } from '../generated/Primes.ts';
import { verifyRequest } from './verify-request.ts';

interface Env {
  /** `yes` takes proofs under development keys, which anybody can make of anything. */
  readonly ALLOW_INSECURE?: string;
}

let key: VerifyingKey | undefined;

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    // Read once, by the first request: what runs before has little time.
    key ??= verifyingKeyFromJson(JSON.stringify(keyFile), 'generated/key.json');
    return verifyRequest(request, { program: Primes, key, allowInsecure: env.ALLOW_INSECURE === 'yes' });
  },
};
