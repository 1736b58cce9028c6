/**
 * What several processes of one run of the tests would make alike is made once: `scripts/test.ts` begins with an empty folder, names it to its processes and removes it at the end. Whoever
 * is started by hand makes everything himself.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The variable that names the folder. */
export const RUN_CACHE = 'WATTEST_RUN_CACHE';

/** The folder of the run that this process is part of. */
export const runFolder = (): string | undefined => process.env[RUN_CACHE];

export interface Place {
  /** What stands there, if it was made before. */
  read(): Buffer | undefined;
  write(made: string | Uint8Array): void;
}

/** Where that is kept which follows from these parts, and from files that do not change during a run; undefined outside of one. */
export function placeOf(...parts: readonly (string | Uint8Array)[]): Place | undefined {
  const folder = runFolder();
  if (folder === undefined) return undefined;
  const hash = createHash('sha256');
  // Behind their lengths, so that no two lists run together.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)} `).update(part);
  const path = join(folder, hash.digest('hex'));
  return {
    read: () => {
      try {
        return readFileSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (made) => {
      // Several may make it at the same time: readers see all of it or nothing.
      const own = `${path}.${randomUUID()}`;
      writeFileSync(own, made);
      renameSync(own, path);
    },
  };
}
