/**
 * WASI preview 1, as far as a proven program can have it: imports of `wasi_snapshot_preview1`. What reads and writes the
 * guest's memory is a linked routine (`machine/routines/wasi.wat`); the rest is a constant in place of the call (docs/wasi.md).
 */
import type { FunctionType } from '../../wasm/types.ts';
import type { StringList } from '../signature.ts';
import type { HostFunction, InstructionContext } from './context.ts';
import { stringListIndex } from './routines.ts';

/** Errors of preview 1 that are answered. */
const ERRNO = { success: 0, badf: 8, nosys: 52 } as const;

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

const done = answer(ERRNO.success);
/** No file is ever open, and no directory. */
const noFile = answer(ERRNO.badf);
const lacking = answer(ERRNO.nosys);

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
  fd_close: ['i', routine],
  fd_datasync: ['i', lacking],
  fd_fdstat_get: ['ii', routine],
  fd_fdstat_set_flags: ['ii', lacking],
  fd_fdstat_set_rights: ['iII', lacking],
  fd_filestat_get: ['ii', lacking],
  fd_filestat_set_size: ['iI', lacking],
  fd_filestat_set_times: ['iIIi', lacking],
  fd_pread: ['iiiIi', lacking],
  fd_prestat_dir_name: ['iii', noFile],
  fd_prestat_get: ['ii', noFile],
  fd_pwrite: ['iiiIi', lacking],
  fd_read: ['iiii', routine],
  fd_readdir: ['iiiIi', noFile],
  fd_renumber: ['ii', lacking],
  fd_seek: ['iIii', routine],
  fd_sync: ['i', lacking],
  fd_tell: ['ii', routine],
  fd_write: ['iiii', routine],
  path_create_directory: ['iii', noFile],
  path_filestat_get: ['iiiii', noFile],
  path_filestat_set_times: ['iiiiIIi', noFile],
  path_link: ['iiiiiii', noFile],
  path_open: ['iiiiiIIii', noFile],
  path_readlink: ['iiiiii', noFile],
  path_remove_directory: ['iii', noFile],
  path_rename: ['iiiiii', noFile],
  path_symlink: ['iiiii', noFile],
  path_unlink_file: ['iii', noFile],
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
