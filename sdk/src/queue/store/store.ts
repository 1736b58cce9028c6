/**
 * Where the large parts of jobs lie between the machines: bytes by run and name, sealed before they get here (`vault.ts`). A store need not be
 * trusted with secrets, and what it changes is noticed; it can only lose things.
 */
import { fail } from '../../errors/index.ts';

/** Of runs: what else is in the place of a store is none of ours. */
export const RUN_NAME: RegExp = /^[\da-f]{32}$/;

export interface JobStore {
  /** For messages; without passwords. */
  readonly location: string;
  /** `undefined` where there is no such entry. @throws STORE_FAILED */
  read(run: string, name: string): Promise<Uint8Array | undefined>;
  /** Puts an entry in place whole or not at all, over an older one. @throws STORE_FULL, STORE_FAILED */
  write(run: string, name: string, bytes: Uint8Array): Promise<void>;
  /** One entry of a run, or all; nothing where there is none. @throws STORE_FAILED */
  remove(run: string, name?: string): Promise<void>;
  /** Runs that have entries, for sweeping; none where the store lets them expire by itself. @throws STORE_FAILED */
  runs(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @param reason for people, of one line */
export function storeFull(location: string, reason: string, cause: unknown): never {
  fail('STORE_FULL', `the store of the queue takes nothing more (${reason})`, {
    where: location,
    fix: 'Make room, or name another one with --store (the same for prover and workers), then prove again, with --resume where a resume file was kept',
    cause,
  });
}

/** @param reason for people, of one line */
export function storeFailed(location: string, reason: string, cause: unknown): never {
  fail('STORE_FAILED', `the store of the queue cannot be used (${reason})`, {
    where: location,
    fix: 'See that it runs and that prover and workers may read and write it, then prove again, with --resume where a resume file was kept',
    cause,
  });
}
