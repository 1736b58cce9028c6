/**
 * WASI preview 1, as far as a proven program can have it: imports of `wasi_snapshot_preview1`. What reads and writes the
 * guest's memory is a linked routine (`machine/routines/wasi.wat`); the rest is a constant in place of the call (docs/wasi.md).
 */
import type { FunctionType } from '../../wasm/types.ts';
import type { StringList } from '../signature.ts';
import type { HostFunction, InstructionContext } from './context.ts';
import { stringListIndex } from './routines.ts';

/** Errors of preview 1 that are answered. */
const ERRNO = { success: 0, badf: 8, inval: 28, nosys: 52, rofs: 69 } as const;

type Translate = (t: InstructionContext, name: string, type: FunctionType) => void;

/** By a routine of the function's name. */
const routine: Translate = (t, name) => t.callRoutine(`wasi ${name}`);

/** Does nothing with its arguments and returns the error. */
const answer =
  (errno: number): Translate =>
  (t, _, { params, results }) => {
    for (const _ of params) t.stack.pop();
    for (const _ of results) t.stack.pushConstant(BigInt(errno));
  };

/** Of a list of strings that the public inputs have; otherwise it is empty. */
const strings =
  (list: StringList, what: 'get' | 'sizes_get', empty: Translate): Translate =>
  (t, name, type) => {
    if (t.links.layout.strings[list] === undefined) empty(t, name, type);
    else t.callRoutine(`wasi strings_${what} ${stringListIndex(list)}`);
  };

/** With files, by the routine of those; else otherwise. */
const files =
  (otherwise: Translate): Translate =>
  (t, name, type) => {
    if (t.links.layout.files === undefined) otherwise(t, name, type);
    else t.callRoutine(`wasi files ${name}`);
  };

/** With files, which nobody changes, another error. */
const readOnly =
  (errno: number): Translate =>
  (t, name, type) =>
    answer(t.links.layout.files === undefined ? ERRNO.badf : errno)(t, name, type);

const done = answer(ERRNO.success);
/** No file is open, and no directory. */
const noFile = answer(ERRNO.badf);
const lacking = answer(ERRNO.nosys);
const unchanged = readOnly(ERRNO.rofs);

/** Parameters (`i` an i32, `I` an i64) and what a call becomes. All but `proc_exit` return an error number. */
const FUNCTIONS: Readonly<Record<string, readonly [parameters: string, translate: Translate]>> = {
  args_get: ['ii', strings('args', 'get', done)],
  args_sizes_get: ['ii', strings('args', 'sizes_get', routine)],
  environ_get: ['ii', strings('environ', 'get', done)],
  environ_sizes_get: ['ii', strings('environ', 'sizes_get', routine)],
  clock_res_get: ['ii', routine],
  clock_time_get: ['iIi', routine],
  fd_advise: ['iIIi', lacking],
  fd_allocate: ['iII', lacking],
  fd_close: ['i', files(routine)],
  fd_datasync: ['i', lacking],
  fd_fdstat_get: ['ii', files(routine)],
  fd_fdstat_set_flags: ['ii', lacking],
  fd_fdstat_set_rights: ['iII', lacking],
  fd_filestat_get: ['ii', files(lacking)],
  fd_filestat_set_size: ['iI', lacking],
  fd_filestat_set_times: ['iIIi', lacking],
  fd_pread: ['iiiIi', files(lacking)],
  fd_prestat_dir_name: ['iii', files(noFile)],
  fd_prestat_get: ['ii', files(noFile)],
  fd_pwrite: ['iiiIi', lacking],
  fd_read: ['iiii', files(routine)],
  fd_readdir: ['iiiIi', readOnly(ERRNO.nosys)],
  fd_renumber: ['ii', lacking],
  fd_seek: ['iIii', files(routine)],
  fd_sync: ['i', lacking],
  fd_tell: ['ii', files(routine)],
  fd_write: ['iiii', routine],
  path_create_directory: ['iii', unchanged],
  path_filestat_get: ['iiiii', files(noFile)],
  path_filestat_set_times: ['iiiiIIi', unchanged],
  path_link: ['iiiiiii', unchanged],
  path_open: ['iiiiiIIii', files(noFile)],
  path_readlink: ['iiiiii', readOnly(ERRNO.inval)],
  path_remove_directory: ['iii', unchanged],
  path_rename: ['iiiiii', unchanged],
  path_symlink: ['iiiii', unchanged],
  path_unlink_file: ['iii', unchanged],
  poll_oneoff: ['iiii', routine],
  proc_exit: ['i', routine],
  proc_raise: ['i', lacking],
  random_get: ['ii', routine],
  sched_yield: ['', done],
  sock_accept: ['iii', noFile],
  sock_recv: ['iiiiii', noFile],
  sock_send: ['iiiii', noFile],
  sock_shutdown: ['ii', noFile],
};

/** Every function of preview 1, by its name. */
export const WASI_FUNCTIONS: ReadonlyMap<string, HostFunction> = new Map(
  Object.entries(FUNCTIONS).map(([name, [parameters, translate]]) => {
    const type: FunctionType = {
      params: Array.from(parameters, (letter) => (letter === 'i' ? 'i32' : 'i64')),
      results: name === 'proc_exit' ? [] : ['i32'],
    };
    return [name, { name, type, translate: (t) => translate(t, name, type) }];
  }),
);
