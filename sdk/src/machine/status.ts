/** What the status of a statement says, in words. The number is what is proven; all of this follows from it. */
import { fail } from '../errors/index.ts';
import {
  FAILURES,
  failureOfStatus,
  STATUS_EXITED,
  STATUS_REFUSED,
  STATUS_RETURNED,
  STATUS_TRAPPED,
} from './program.ts';

export interface StatusDescription {
  /** The status itself: `kind · 2^32 + code`. */
  readonly word: bigint;
  /** `refused`: the host ended the run, as it does for any program with such inputs; `unknown`: no machine of this version ends so. */
  readonly kind: 'returned' | 'exited' | 'trapped' | 'refused' | 'unknown';
  /** The exit code, or the number of the trap or refusal (`TRAPS`, `REFUSALS`); 0 where the run returned. */
  readonly code: number;
  /** `returned`, `exited with code 3`, `trapped: integer divide by zero`, `refused: read past the end of the inputs`. */
  readonly text: string;
}

/** Of any 64-bit word. Only 0 is a run that returned. */
export function describeStatus(word: bigint): StatusDescription {
  const code = Number(word & 0xffff_ffffn);
  switch (word - BigInt(code)) {
    case STATUS_RETURNED:
      if (code === 0) return { word, kind: 'returned', code, text: 'returned' };
      break;
    case STATUS_EXITED:
      return { word, kind: 'exited', code, text: `exited with code ${code}` };
    case STATUS_TRAPPED:
    case STATUS_REFUSED: {
      const failure = failureOfStatus(word);
      if (failure === undefined) break;
      const kind = word < STATUS_REFUSED ? 'trapped' : 'refused';
      return { word, kind, code, text: `${kind}: ${FAILURES[failure].text}` };
    }
  }
  return { word, kind: 'unknown', code, text: `ended with the unknown status ${word}` };
}

/** The same as the end of "the run …": the host refuses runs, and runs trap. */
export function predicateOf({ kind, text }: StatusDescription): string {
  return kind === 'refused' ? `was ${text}` : text;
}

/** The kind of a status, the status itself, or `any`, which leaves the judging of the status to the caller. */
export type ExpectedStatus = 'returned' | 'exited' | 'trapped' | 'refused' | 'any' | bigint;

/**
 * Of a genuine proof: what it shows must be what was asked for.
 * @throws PROOF_STATUS
 */
export function requireStatus(status: bigint, expect: ExpectedStatus = 'returned'): void {
  const ending = describeStatus(status);
  const { kind } = ending;
  if (expect === 'any' || expect === kind || expect === status) return;
  const wanted =
    typeof expect === 'bigint'
      ? predicateOf(describeStatus(expect))
      : expect === 'refused'
        ? 'was refused'
        : expect;
  fail(
    'PROOF_STATUS',
    `the proof is genuine, of a run that ${predicateOf(ending)}; expected is one that ${wanted}`,
    {
      fix:
        kind === 'returned'
          ? 'Ask for a proof of the failure, or expect a run that returned'
          : kind === 'refused'
            ? 'It says nothing of what the program does with proper inputs; ask for a proof of such a run'
            : 'Do not take its outputs for results; ask for a proof of the run that you expect, or say that this one is welcome (--expect)',
    },
  );
}
