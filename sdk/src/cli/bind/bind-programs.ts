/** `wattest bind` as a whole: guests first, then modules, then what names an id. */
import type { Ids } from '../../attest/session/session.ts';
import { isWattestError } from '../../errors/index.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import type { ManifestProgram } from '../../typed/program.ts';
import {
  type BoundFile,
  guestBindings,
  hostBindings,
  moduleOf,
  requireFresh,
  requireOwn,
  writeBound,
} from './bind.ts';
import type { ManifestFile } from './manifest-file.ts';

export interface BindOptions {
  /** Writes nothing, and refuses what is not as it would be. */
  readonly check: boolean;
  /** What whoever finds something stale should do. */
  readonly fix: string;
  /** Opens what ids are made with, once all sources are compiled. */
  readonly withIds: <T>(work: (ids: Ids) => Promise<T>) => Promise<T>;
  /** Receives a compiler's messages about a module that it made all the same. */
  readonly onWarnings: (messages: string) => void;
  /** Hears of the guests' bindings that were written where a source is missing: it may be written against them now. */
  readonly onWritten: (paths: readonly string[]) => void;
  /** More files that are written or compared with the rest. */
  readonly more?: readonly BoundFile[];
}

export interface BoundProgram {
  readonly name: string;
  readonly id: Hex;
  /** Paths: of the guest's bindings, of a module that was compiled, of what names the id. */
  readonly files: readonly string[];
}

/**
 * @throws BINDINGS_STALE with `check`; FILE_UNWRITABLE for what is there and was not generated; what compiling and reading modules throws
 */
export async function bindPrograms(
  file: ManifestFile,
  programs: readonly ManifestProgram[],
  options: BindOptions,
): Promise<readonly BoundProgram[]> {
  const { check, fix, withIds, onWarnings, onWritten, more = [] } = options;
  const finish = async (files: readonly BoundFile[]): Promise<void> => {
    if (check) return requireFresh(files, fix);
    await requireOwn(files, inputsOf(file));
    for (const each of files) await writeBound(each);
  };

  // Sources include them, so they come first, and stay where a source does not compile yet.
  const guests = programs.flatMap((program) => guestBindings(file, program) ?? []);
  await finish(guests);
  const modules: { readonly program: ManifestProgram; readonly module: BoundFile }[] = [];
  for (const program of programs) {
    const module = await moduleOf(file, program, onWarnings).catch((error: unknown) => {
      if (isWattestError(error, 'FILE_UNREADABLE') && !check && guests.length > 0)
        onWritten(guests.map(({ path }) => path));
      throw error;
    });
    modules.push({ program, module });
  }
  const bound = await withIds(async (ids) => {
    const list = [];
    for (const { program, module } of modules) {
      const { id, files } = await hostBindings(file, program, module.bytes, ids);
      list.push({ program, id, files: [...(program.source === undefined ? [] : [module]), ...files] });
    }
    return list;
  });
  await finish([...bound.flatMap(({ files }) => files), ...more]);
  return bound.map(({ program, id, files }) => ({
    name: program.name,
    id,
    files: [guestBindings(file, program), ...files].flatMap((each) => each?.path ?? []),
  }));
}

/** What is read is never written to. */
const inputsOf = ({ path, folder, manifest: { programs } }: ManifestFile): readonly string[] => [
  path,
  ...programs.flatMap(({ source, module }) =>
    [source, module].flatMap((each) => (each ? [`${folder}/${each}`] : [])),
  ),
];
