/** A folder that prover and workers see: one machine, or a network file system. A folder a run, a file an entry. */
import { fileReason } from '../../platform/file-reason.ts';
import { writeWhole } from '../../platform/node-storage.ts';
import { type JobStore, RUN_NAME, storeFailed, storeFull } from './store.ts';

const { mkdir, readdir, readFile, rm } = process.getBuiltinModule('node:fs/promises');
const { join } = process.getBuiltinModule('node:path');

const NO_ROOM: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR']);

/** @param directory made where it is missing, in a parent that is there */
export function folderStore(directory: string): JobStore {
  const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;
  const refuse = (error: unknown): never =>
    NO_ROOM.has(codeOf(error))
      ? storeFull(directory, fileReason(error), error)
      : storeFailed(directory, fileReason(error), error);
  const make = (path: string): Promise<unknown> =>
    mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  const pathOf = (run: string, name: string): string => join(directory, run, name);
  return {
    location: directory,
    read: async (run, name) => {
      try {
        return new Uint8Array(await readFile(pathOf(run, name)));
      } catch (error) {
        return ABSENT.has(codeOf(error)) ? undefined : refuse(error);
      }
    },
    write: async (run, name, bytes) => {
      try {
        await make(directory);
        await make(join(directory, run));
        await writeWhole(pathOf(run, name), [bytes]);
      } catch (error) {
        refuse(error);
      }
    },
    remove: async (run, name) => {
      try {
        await rm(name === undefined ? join(directory, run) : pathOf(run, name), {
          recursive: true,
          force: true,
        });
      } catch (error) {
        refuse(error);
      }
    },
    runs: async () => {
      try {
        return (await readdir(directory)).filter((name) => RUN_NAME.test(name));
      } catch (error) {
        return ABSENT.has(codeOf(error)) ? [] : refuse(error);
      }
    },
    close: async () => {},
  };
}
