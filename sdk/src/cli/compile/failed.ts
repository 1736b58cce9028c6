import { fail } from '../../errors/index.ts';

/** @throws COMPILER_FAILED with what a compiler said */
export function compilerFailed(name: string, messages: string, cause?: unknown): never {
  fail('COMPILER_FAILED', messages.trim(), {
    where: name,
    fix: 'Mend the source; what stands behind -- goes to the compiler',
    ...(cause === undefined ? {} : { cause }),
  });
}
