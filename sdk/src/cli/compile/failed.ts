import { fail } from '../../errors/index.ts';

/** @throws COMPILER_FAILED with what a compiler said */
export function compilerFailed(name: string, messages: string, cause?: unknown): never {
  fail('COMPILER_FAILED', messages.trim(), {
    where: name,
    fix: 'Mend the source; what stands behind -- goes to the compiler',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws ABORTED if it was the signal that ended a compiler */
export function refuseInterrupted(name: string, signal: AbortSignal | undefined, cause?: unknown): void {
  if (signal?.aborted !== true) return;
  fail('ABORTED', 'compiling was interrupted', { where: name, fix: 'Compile it again', cause });
}

/** Where Node finds a package beside this one. @throws COMPILER_MISSING with `fix` where there is none */
export function requireCompiler(specifier: string, name: string, language: string, fix: string): string {
  try {
    return import.meta.resolve(specifier);
  } catch (cause) {
    return fail('COMPILER_MISSING', `no compiler for ${language} is installed`, { where: name, fix, cause });
  }
}
