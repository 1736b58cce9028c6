/** What verifiers answer, for tests that compare answers. */
import assert from 'node:assert/strict';
import { type ErrorCode, isWattestError } from '../../sdk/src/errors/index.ts';

/** `accepted`, or the code of the refusal; whatever is none of our errors is thrown on, for it is no refusal. */
export type Verdict = ErrorCode | 'accepted';

function codeOf(error: unknown): ErrorCode {
  if (!isWattestError(error)) throw error;
  return error.code;
}

export function verdictOf(work: () => unknown): Verdict {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}

export async function asyncVerdictOf(work: Promise<unknown>): Promise<Verdict> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}

/** Refused by an error of this code with such a message. */
export function refused(work: Promise<unknown>, code: ErrorCode, text: RegExp = /./): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(isWattestError(error, code), `${String(error)} is not ${code}`);
    assert.match(error.message, text);
    return true;
  });
}
