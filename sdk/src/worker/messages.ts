/** What a page and its worker say to each other: plain data, by structured clone, within one origin. */
import type { CheckParameters, CheckResult } from '../attest/inspect/check.ts';
import type { ImportParameters } from '../attest/module/imports.ts';
import type { ProofDocument } from '../attest/proof/document.ts';
import type { Estimate, EstimateParameters } from '../attest/proof/estimate.ts';
import type { ProveParameters, ProveResult } from '../attest/proof/prove.ts';
import type { VerifyParameters } from '../attest/proof/verify.ts';
import type { Accepted } from '../attest/proof/verify-document.ts';
import type { WrapParameters } from '../attest/proof/wrap.ts';
import type { RunParameters, RunResult } from '../attest/run/run.ts';
import type { SessionOptions, SessionProgress } from '../attest/session/session.ts';
import { type ErrorCode, WattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';

/** What stays with the caller, and what only the thread of a session can be given: functions, engines and what keeps files. */
type Kept = 'signal' | 'onProgress' | 'onDebug' | 'onStderr';
type Elsewhere = 'engine' | 'joinEngine' | 'resume' | 'clock' | 'random';

/** Options of the session that a worker opens. A ceremony is a path in Node, the `File` that a user chose in a page. */
export interface WorkerSessionOptions
  extends Pick<SessionOptions, 'threads' | 'maxMemoryBytes' | 'maxLog' | 'keepPoints'> {
  readonly ceremony?: string | Blob;
  readonly cache?: string | null;
}

/** What is known of a session that is open. */
export interface SessionInfo {
  /** Of the kernels; 1 where memory cannot be shared. */
  readonly threads: number;
  /** Digest of the verifying key: deployments are of one. */
  readonly verifyingKey: Hex;
  /** The key stands on a development SRS: its proofs convince nobody. */
  readonly insecure: boolean;
}

/** Calls by name: what they are given and what they answer. */
export interface Calls {
  open: [Record<never, never>, SessionInfo];
  prove: [Omit<ProveParameters, Kept | Elsewhere>, ProveResult];
  run: [Omit<RunParameters, Kept | Elsewhere>, Omit<RunResult, 'program' | 'rowKinds'>];
  check: [Omit<CheckParameters, Kept | Elsewhere>, CheckResult];
  estimate: [Omit<EstimateParameters, Kept | Elsewhere>, Estimate];
  verify: [VerifyParameters, Accepted];
  wrap: [Omit<WrapParameters, Kept | Elsewhere>, ProofDocument];
  programId: [{ readonly wasm: Uint8Array; readonly invoke?: string } & ImportParameters, Hex];
}

export type CallName = keyof Calls;
export type Parameters<N extends CallName> = Calls[N][0];
export type Result<N extends CallName> = Calls[N][1];

/** To the worker. */
export type Request =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly name: CallName;
      readonly session: WorkerSessionOptions;
      readonly parameters: object;
    }
  /** To the call that is going on. */
  | { readonly kind: 'abort'; readonly id: number };

/** From the worker; of one call any number of news, and one answer. */
export type Reply =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: SessionProgress }
  | { readonly kind: 'warning'; readonly id: number; readonly message: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorData };

/** An error as data: structured clone leaves of an error neither code nor class. */
export interface ErrorData {
  /** Undefined: no error of wattest, a fault. */
  readonly code: ErrorCode | undefined;
  readonly name: string;
  /** Place included. */
  readonly message: string;
  readonly fix: string;
  readonly where: string | undefined;
}

export function errorData(error: unknown): ErrorData {
  if (error instanceof WattestError) {
    const { code, name, message, fix, where } = error;
    return { code, name, message, fix, where };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { code: undefined, name, message, fix: '', where: undefined };
}

/** The same error on the other side. */
export function errorOf({ code, name, message, fix, where }: ErrorData): Error {
  if (code === undefined) return Object.assign(new Error(message), { name });
  return Object.assign(new WattestError(code, message, { fix }), { where });
}
