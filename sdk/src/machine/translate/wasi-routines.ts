/**
 * The functions of WASI as routines. Bytes go to the outputs and come from the inputs eight to a word, low byte first,
 * whatever the sizes of the reads and writes; what does not fill a word waits in cells that no guest can name. The guest's
 * memory is touched only where its pointers say so, by loads and stores that trap out of bounds.
 */
import type { Code } from '../../wasm/build.ts';
import { type FunctionType, functionType } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { PrivateSource } from '../program.ts';
import { STATUS_EXITED } from '../program.ts';
import {
  advance,
  checkBounds,
  get,
  type Item,
  i32,
  lines,
  MEMORY_SIZE,
  number,
  type RoutineParts,
  set,
  whileAtLeast,
  whileNonZero,
} from './assembly.ts';
import type { HostFunction } from './host.ts';
import { Hosts } from './hosts.ts';
import { inSlot } from './numeric.ts';
import { ERRNO, type StreamCells, type WasiLayout } from './wasi.ts';

/** Open files: the three standard ones, and 3, the private inputs. */
const LAST_FILE = 3;
/** Clocks: real time, monotonic, of the process, of the thread. All are the same here. */
const LAST_CLOCK = 3;
/** Numbers of preview 1: rights of a file, its type where it is neither file, directory nor terminal. */
const RIGHT_READ = 2n;
const RIGHT_WRITE = 64n;
const UNKNOWN_TYPE = 0n;

class StreamHosts extends Hosts {
  /** The next public output word. */
  writeWord(): Item {
    return this.#host('write', functionType(['i64'], []), (t) => {
      t.emitter.row(I.WRITE, 0, inSlot(t, t.stack.pop(), 0).slot);
    });
  }

  /** The next public input word, or a private one: any that the prover likes. */
  readWord(source: PrivateSource | undefined): Item {
    return this.#host('read', functionType([], ['i64']), (t) => {
      const to = t.destination();
      if (source === undefined) t.emitter.row(I.READ, I.WIDE, to.slot);
      else t.emitter.readPrivate(source, to.slot);
      t.push(to);
    });
  }

  /** Reports `length` bytes at `address` of the memory, within bounds. */
  log(): Item {
    return this.#host('log', functionType(['i32', 'i32'], []), (t) => {
      const length = inSlot(t, t.stack.pop(), 1).slot;
      t.emitter.debug({ slot: inSlot(t, t.stack.pop(), 0).slot, value: 0n, length });
    });
  }

  /** Ends the run with an exit code; nothing behind is reached. */
  exit(): Item {
    return this.#host('exit', functionType(['i32'], []), (t) => {
      const code = inSlot(t, t.stack.pop(), 0).slot;
      // Code 0 is a return, unless results are missing that a return would have.
      const status = t.temporary(1);
      t.emitter.row(I.ADD, I.IMMEDIATE | I.WIDE, status, code, STATUS_EXITED);
      if (!t.linker.entryHasResults) t.emitter.row(I.SELECT, I.GREATER | I.IMMEDIATE, status, code, 0);
      t.emitter.row(I.DRAIN, 0, 0);
      t.emitter.row(I.EXIT_SLOT, 0, status);
    });
  }

  #host(name: string, type: FunctionType, translate: HostFunction['translate']): Item {
    return this.call({ name, type, translate });
  }
}

type Make = (hosts: StreamHosts, layout: WasiLayout) => Omit<RoutineParts, 'hosts'>;

const returns = (errno: number): Code => [i32(errno), 'return'];
const zero: Item = number('i64', 0);
const zero32: Item = i32(0);

/** Returns an error unless a local is at most `last`. */
const atMost = (local: number, last: number, errno: number): Code => [
  get(local),
  i32(last),
  'i32.gt_u',
  'if',
  ...returns(errno),
  'end',
];
/** … unless the file is open. */
const openFile = (fd: number): Code => atMost(fd, LAST_FILE, ERRNO.badf);
/** … unless there is such a clock. */
const clock = (id: number): Code => atMost(id, LAST_CLOCK, ERRNO.inval);

/** Calls `body` for each part of a vector of (address, length); its result is the number of bytes. */
function eachPart(vector: number, count: number, total: number, body: Item): Code {
  return whileNonZero(
    count,
    undefined,
    lines(
      [get(vector), ['i32.load', 0, 0], get(vector), ['i32.load', 0, 4], body],
      [get(total), 'i32.add', set(total)],
      advance(vector, 8),
      advance(count, -1),
    ),
  );
}

/**
 * `fd_read` and `fd_write`: the first file that is `fd`, else an error. No byte moves unless the routine `check` accepts all
 * buffers.
 */
function vectored(
  hosts: StreamHosts,
  checkName: string,
  files: readonly (readonly [number, Item])[],
): Omit<RoutineParts, 'hosts'> {
  const [fd, vector, count, result, total] = [0, 1, 2, 3, 4];
  const check: Code = [get(vector), get(count), hosts.routine(checkName, ['i32', 'i32'], [])];
  const bodies = files.map(([file, body]) =>
    lines([get(fd), i32(file), 'i32.eq', 'if'], check, eachPart(vector, count, total, body), [
      ...[get(result), get(total)],
      ['i32.store', 0, 0],
      ...returns(ERRNO.success),
      'end',
    ]),
  );
  return { type: 'i32 i32 i32 i32 -> i32', locals: ['i32'], code: lines(...bodies, [i32(ERRNO.badf)]) };
}

/** Takes the first part off a vector; traps unless its buffer lies in the memory. */
const checkPart = (hosts: Hosts, [vector, count, address, length]: readonly number[]): Code =>
  lines(
    [get(vector), ['i32.load', 0, 0], set(address), get(vector), ['i32.load', 0, 4], set(length)],
    checkBounds(address, length, MEMORY_SIZE, hosts.trap('memoryOutOfBounds')),
    advance(vector, 8),
    advance(count, -1),
  );

/** Stores bytes of a word at an address, low first, while `length` counts them down and `goesOn` holds. */
const storeBytes = (
  address: number,
  length: number,
  word: number,
  goesOn: Code | undefined,
  more: Code,
): Code =>
  whileNonZero(
    length,
    goesOn,
    lines(
      [get(address), get(word), ['i64.store8', 0, 0]],
      [get(word), number('i64', 8), 'i64.shr_u', set(word)],
      more,
      advance(address, 1),
      advance(length, -1),
    ),
  );

/** Stores words at an address, each of them pushed by `next`, while `length` is 8 at least. */
const storeWords = (address: number, length: number, next: Item): Code =>
  whileAtLeast(
    length,
    8,
    lines([get(address), next, ['i64.store', 0, 0]], advance(address, 8), advance(length, -8)),
  );

/** Reads at most `length` bytes to `address` and returns how many; 0 at the end of the stream. */
const read =
  (cells: (layout: WasiLayout) => StreamCells, source: PrivateSource | undefined): Make =>
  (hosts, layout) => {
    const { word: wordCell, left: leftCell, state } = cells(layout);
    const [address, length, word, left, held, count] = [0, 1, 2, 3, 4, 5];
    const next = hosts.readWord(source);
    // What fills up the last word of a stream is zeros, or a statement about its bytes could be made in several ways. Of a
    // private stream no statement says anything.
    const padding = lines(
      [get(left), get(length), 'i64.extend_i32_u', 'i64.add', ['local.tee', left], number('i64', 8)],
      ['i64.lt_u', 'if', get(word), get(left), number('i64', 3), 'i64.shl', 'i64.shr_u'],
      ['i64.eqz', 'i32.eqz', 'if', hosts.trap('streamNotPadded'), 'end', 'end'],
    );
    return {
      type: 'i32 i32 -> i32',
      locals: ['i64', 'i64', 'i32', 'i32'],
      code: lines(
        [hosts.cell(state, 'i64'), 'i32.wrap_i64', ['local.tee', held], 'if'],
        [
          hosts.cell(leftCell, 'i64'),
          set(left),
          hosts.cell(wordCell, 'i64'),
          set(word),
          ...advance(held, -1),
        ],
        ['else', next, set(left), 'end'],
        [get(length), 'i64.extend_i32_u', get(left), 'i64.gt_u', 'if'],
        [get(left), 'i32.wrap_i64', set(length), 'end'],
        [get(length), set(count)],
        [get(left), get(length), 'i64.extend_i32_u', 'i64.sub', ['local.tee', left]],
        [hosts.setCell(leftCell, 'i64')],
        storeBytes(address, length, word, [get(held), zero32, 'i32.ne'], advance(held, -1)),
        storeWords(address, length, next),
        [get(length), 'if', next, set(word), i32(8), get(length), 'i32.sub', set(held)],
        source === undefined ? padding : [],
        storeBytes(address, length, word, undefined, []),
        ['end', get(word), hosts.setCell(wordCell, 'i64')],
        [get(held), i32(1), 'i32.add', 'i64.extend_i32_u', hosts.setCell(state, 'i64')],
        [get(count)],
      ),
    };
  };

/** By the names of the functions, and what they share. */
const ROUTINES: Readonly<Record<string, Make>> = {
  /** Appends bytes to standard output: words as they fill up. Returns their number. */
  write: (hosts, { output }) => {
    const [address, length, word, shift, next, written] = [0, 1, 2, 3, 4, 5];
    const size = get(length);
    const load: Code = [get(address), ['i64.load', 0, 0]];
    const step = (by: number): Code => lines(advance(address, by), advance(length, -by));
    return {
      type: 'i32 i32 -> i32',
      locals: ['i64', 'i64', 'i64', 'i32'],
      code: lines(
        [size, set(written), hosts.cell(output.word, 'i64'), set(word)],
        [hosts.cell(output.total, 'i64'), ['local.tee', shift], size, 'i64.extend_i32_u', 'i64.add'],
        [hosts.setCell(output.total, 'i64')],
        [get(shift), number('i64', 7), 'i64.and', number('i64', 3), 'i64.shl', ['local.tee', shift]],
        ['i64.eqz', 'if'],
        whileAtLeast(length, 8, lines(load, [hosts.writeWord()], step(8))),
        ['else'],
        whileAtLeast(
          length,
          8,
          lines(
            [...load, ['local.tee', next], get(shift), 'i64.shl', get(word), 'i64.or', hosts.writeWord()],
            [get(next), number('i64', 64), get(shift), 'i64.sub', 'i64.shr_u', set(word)],
            step(8),
          ),
        ),
        ['end'],
        whileNonZero(
          length,
          undefined,
          lines(
            [get(address), ['i64.load8_u', 0, 0], get(shift), 'i64.shl', get(word), 'i64.or', set(word)],
            [
              get(shift),
              number('i64', 8),
              'i64.add',
              ['local.tee', shift],
              number('i64', 64),
              'i64.eq',
              'if',
            ],
            [get(word), hosts.writeWord(), zero, set(word), zero, set(shift), 'end'],
            step(1),
          ),
        ),
        [get(word), hosts.setCell(output.word, 'i64'), get(written)],
      ),
    };
  },

  /** At the end of a run: the bytes that do not fill a word, then the number of bytes. */
  finish: (hosts, { output }) => ({
    type: '->',
    code: lines(
      [hosts.cell(output.total, 'i64'), number('i64', 7), 'i64.and', 'i64.eqz', 'i32.eqz', 'if'],
      [hosts.cell(output.word, 'i64'), hosts.writeWord(), 'end'],
      [hosts.cell(output.total, 'i64'), hosts.writeWord()],
    ),
  }),

  /** Reports bytes, which are in bounds, to whoever watches the run. Returns their number. */
  log: (hosts) => ({ type: 'i32 i32 -> i32', code: [get(0), get(1), hosts.log(), get(1)] }),

  /** Traps unless every buffer of a vector lies in the memory. */
  'check-parts': (hosts) => ({
    type: 'i32 i32 ->',
    locals: ['i32', 'i32'],
    code: whileNonZero(1, undefined, checkPart(hosts, [0, 1, 2, 3])),
  }),

  /**
   * The same of buffers that are stored to, and that none lies over a part behind its own: parts are read one by one, so bytes
   * of the stream would say where the next ones go.
   */
  'check-read': (hosts) => {
    const [vector, count, address, length] = [0, 1, 2, 3];
    return {
      type: 'i32 i32 ->',
      locals: ['i32', 'i32'],
      code: lines(
        [get(count), 'if', 'loop'],
        checkPart(hosts, [vector, count, address, length]),
        // An end beyond 2^32 is one beyond the memory: the check of those parts traps.
        [get(count), 'i32.eqz', ['br_if', 1]],
        [get(address), get(vector), get(count), i32(3), 'i32.shl', 'i32.add', 'i32.lt_u', 'if'],
        [get(address), get(length), 'i32.add', get(vector), 'i32.gt_u', 'if'],
        [get(length), 'if', hosts.trap('buffersOverlap'), 'end', 'end', 'end'],
        [['br', 0], 'end', 'end'],
      ),
    };
  },

  'read-public': read(({ publicInput }) => publicInput, undefined),
  'read-private': read(({ privateInput }) => privateInput, 'stream'),

  fd_write: (hosts) =>
    vectored(hosts, 'wasi check-parts', [
      [1, hosts.routine('wasi write', ['i32', 'i32'], ['i32'])],
      [2, hosts.routine('wasi log', ['i32', 'i32'], ['i32'])],
    ]),
  fd_read: (hosts) =>
    vectored(hosts, 'wasi check-read', [
      [0, hosts.routine('wasi read-public', ['i32', 'i32'], ['i32'])],
      [3, hosts.routine('wasi read-private', ['i32', 'i32'], ['i32'])],
    ]),

  proc_exit: (hosts, { writes }) => ({
    type: 'i32 ->',
    code: [...(writes ? [hosts.routine('wasi finish', [], [])] : []), get(0), hosts.exit()],
  }),

  args_sizes_get: () => noStrings,
  environ_sizes_get: () => noStrings,

  clock_res_get: () => ({
    type: 'i32 i32 -> i32',
    code: [...clock(0), get(1), number('i64', 1), ['i64.store', 0, 0], i32(ERRNO.success)],
  }),
  clock_time_get: (hosts) => ({
    type: 'i32 i64 i32 -> i32',
    code: [...clock(0), get(2), hosts.readWord('clock'), ['i64.store', 0, 0], i32(ERRNO.success)],
  }),
  random_get: (hosts) => {
    const [address, length, word] = [0, 1, 2];
    const next = hosts.readWord('random');
    return {
      type: 'i32 i32 -> i32',
      locals: ['i64'],
      code: lines(
        storeWords(address, length, next),
        [get(length), 'if', next, set(word)],
        storeBytes(address, length, word, undefined, []),
        ['end', i32(ERRNO.success)],
      ),
    };
  },

  fd_close: () => ({ type: 'i32 -> i32', code: lines(openFile(0), [i32(ERRNO.success)]) }),
  fd_seek: () => ({ type: 'i32 i64 i32 i32 -> i32', code: lines(openFile(0), [i32(ERRNO.spipe)]) }),
  fd_tell: () => ({ type: 'i32 i32 -> i32', code: lines(openFile(0), [i32(ERRNO.spipe)]) }),

  /**
   * A pipe, which reads (0, 3) or writes (1, 2). It is no character device: C libraries would take it for a terminal and
   * write every line on its own.
   */
  fd_fdstat_get: () => ({
    type: 'i32 i32 -> i32',
    code: lines(
      openFile(0),
      [get(1), number('i64', UNKNOWN_TYPE), ['i64.store', 0, 0]],
      [get(1), number('i64', RIGHT_READ), number('i64', RIGHT_WRITE)],
      [get(0), i32(1), 'i32.sub', i32(2), 'i32.ge_u', 'select', ['i64.store', 0, 8]],
      [get(1), zero, ['i64.store', 0, 16], i32(ERRNO.success)],
    ),
  }),
};

/** Neither arguments nor environment: no strings, of no bytes. */
const noStrings: Omit<RoutineParts, 'hosts'> = {
  type: 'i32 i32 -> i32',
  code: [
    ...[get(0), zero32, ['i32.store', 0, 0] as const],
    ...[get(1), zero32, ['i32.store', 0, 0] as const],
    i32(ERRNO.success),
  ],
};

/** The routine `wasi NAME`, or undefined where there is none of that name. */
export function wasiRoutine(text: string, layout: WasiLayout | undefined): RoutineParts | undefined {
  const [prefix, name] = text.split(' ');
  const make = prefix === 'wasi' && layout !== undefined ? ROUTINES[name] : undefined;
  if (make === undefined) return undefined;
  const hosts = new StreamHosts();
  return { ...make(hosts, layout as WasiLayout), hosts: hosts.list };
}
