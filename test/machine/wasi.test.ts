/** Every function of WASI preview 1: its words, its effect on the guest's memory, its errors, and a sound trace. */
import assert from 'node:assert/strict';
import { decodeStdout, encodeStream, privateWords } from '../../sdk/src/attest/run/streams.ts';
import { execute, Machine, trace } from '../../sdk/src/machine/execute/execute.ts';
import { WASI_FUNCTIONS } from '../../sdk/src/machine/translate/wasi.ts';
import { WASI_MODULE } from '../../sdk/src/machine/translate/wasi-layout.ts';
import type { ModuleParts } from '../../sdk/src/wasm/index.ts';
import { checkTrace } from './lib/check-trace.ts';
import { i32, load, refused } from './lib/programs.ts';
import {
  callOne,
  type Item,
  joined,
  moduleOf,
  type Options,
  PAGE,
  type Ran,
  RESULT,
  run,
  TEXT,
  TEXT_AT,
  VECTOR,
  vectored,
} from './lib/wasi.ts';

const BADF = 8n;
const INVAL = 28n;
const NOSYS = 52n;
const SPIPE = 70n;

describe('WASI, standard output', () => {
  const write = (lists: readonly (readonly (readonly [number, number])[])[]): Ran =>
    run(
      load(moduleOf(['fd_write'], (call) => lists.flatMap((parts) => vectored(call, 'fd_write', 1, parts)))),
    );

  it('writes of every size and alignment, twice', () => {
    for (let size = 0; size <= 17; size++) {
      for (let at = TEXT_AT; at < TEXT_AT + 4; at++) {
        const parts = [
          [at, size],
          [at + 20, (5 * size + at) % 19],
        ] as const;
        const { outputs, status } = write(parts.map((part) => [part]));
        assert.equal(status, 0n);
        assert.deepEqual(decodeStdout(outputs), joined(parts), `${size} bytes at ${at}`);
        // The same words, however the bytes are cut.
        const bytes = joined(parts);
        const [length, ...words] = encodeStream(bytes);
        assert.deepEqual(outputs, [...words, length]);
      }
    }
  });

  it('many parts in one call; the number written is stored', () => {
    const parts = [
      [TEXT_AT, 3],
      [TEXT_AT + 9, 0],
      [TEXT_AT + 1, 8],
      [TEXT_AT + 5, 13],
    ] as const;
    const { outputs, view } = write([parts]);
    assert.deepEqual(decodeStdout(outputs), joined(parts));
    assert.equal(view.getUint32(RESULT, true), 24);
  });

  it('without any write the outputs are the length 0', () => {
    assert.deepEqual(write([]).outputs, [0n]);
    assert.deepEqual(write([[]]).outputs, [0n]);
  });

  it('comes before the results of the export', () => {
    const code = moduleOf(
      ['fd_write'],
      (call) => [...vectored(call, 'fd_write', 1, [[TEXT_AT, 3]]), i32(5), i32(6)],
      '-> i32 i32',
    );
    const { outputs, results } = run(load(code));
    assert.deepEqual(outputs, [0x03_02_01n, 3n]);
    assert.deepEqual(results, [5n, 6n]);
  });

  it('on a trap ends with the last whole word', () => {
    const code = moduleOf(['fd_write'], (call) => [
      ...vectored(call, 'fd_write', 1, [[TEXT_AT, 19]]),
      'unreachable',
    ]);
    const { outputs, trap } = run(load(code));
    assert.equal(trap?.name, 'unreachable');
    assert.deepEqual(outputs, encodeStream(TEXT.subarray(0, 16)).slice(1));
  });

  it('leaves the guest its memory: only the number written changes', () => {
    const { bytes } = write([[[TEXT_AT, 19]], [[TEXT_AT, 3]]]);
    const changed = [...bytes.keys()].filter((i) => bytes[i] !== 0 && !(i >= TEXT_AT && i < TEXT_AT + 64));
    assert.ok(
      changed.every((i) => i >= RESULT && i < VECTOR + 8),
      String(changed),
    );
  });
});

describe('WASI, standard error', () => {
  const code = moduleOf(['fd_write'], (call) =>
    vectored(call, 'fd_write', 2, [
      [TEXT_AT, 5],
      [TEXT_AT + 7, 2],
      [0, 0],
    ]),
  );

  it('goes to the callback and nowhere else', () => {
    const program = load(code);
    const seen: number[][] = [];
    const { outputs } = execute(program, { onLog: (bytes) => seen.push([...bytes]) });
    assert.deepEqual(seen, [[1, 2, 3, 4, 5], [8, 9], []]);
    assert.deepEqual(outputs, [0n]);
    const { view } = run(program);
    assert.equal(view.getUint32(RESULT, true), 7);
  });
});

describe('WASI, standard input', () => {
  const input = TEXT.subarray(0, 43);
  /** Reads into 4096 and on, part by part. */
  const read = (sizes: readonly (readonly number[])[], fd: number, options: Options): Ran => {
    let at = 4096;
    const lists = sizes.map((list) =>
      list.map((size) => {
        const part = [at, size] as const;
        at += size;
        return part;
      }),
    );
    const names = ['fd_read'];
    return run(
      load(moduleOf(names, (call) => lists.flatMap((l) => vectored(call, 'fd_read', fd, l)))),
      options,
    );
  };
  const publicly = { publicInputs: encodeStream(input) };

  it('reads of every size, to the end and beyond it', () => {
    for (let size = 1; size <= 17; size++) {
      const calls = Math.ceil(input.length / size) + 1;
      const sizes = Array.from({ length: calls }, () => [size]);
      const { bytes, view, publicUsed } = read(sizes, 0, publicly);
      assert.deepEqual(bytes.subarray(4096, 4096 + input.length), input);
      assert.ok(bytes.subarray(4096 + input.length).every((byte) => byte === 0));
      assert.equal(view.getUint32(RESULT, true), 0);
      assert.equal(publicUsed, 7);
    }
  });

  it('across parts of one call, aligned or not; the number read is stored', () => {
    const { bytes, view } = read(
      [
        [3, 0, 9, 16, 1],
        [2, 40],
      ],
      0,
      publicly,
    );
    assert.deepEqual(bytes.subarray(4096, 4096 + 43), input);
    assert.equal(view.getUint32(RESULT, true), 14);
    assert.equal(read([[3, 9]], 0, publicly).view.getUint32(RESULT, true), 12);
  });

  it('what fills up the last word is zeros, or the run is refused', () => {
    for (let size = 1; size <= 17; size++) {
      const words = encodeStream(TEXT.subarray(0, size));
      const last = words.pop() as bigint;
      for (let bit = 8 * (size % 8 || 8); bit < 64; bit += 7) {
        const publicInputs = [...words, last | (1n << BigInt(bit))];
        for (const sizes of [[[40], [40]], [[size]], Array.from({ length: size }, () => [1])])
          assert.equal(
            read(sizes, 0, { publicInputs }).trap?.name,
            'streamNotPadded',
            `${size} bytes, bit ${bit}`,
          );
        // Nobody looks at words that are not read.
        if (size > 8) assert.equal(read([[8]], 0, { publicInputs }).status, 0n);
      }
    }
  });

  it('what fills up the last word of the private stream is no part of a statement and means nothing', () => {
    const words = encodeStream(input);
    words.push((words.pop() as bigint) | (0xffn << 56n));
    let next = words.values();
    const program = load(moduleOf(['fd_read'], (call) => vectored(call, 'fd_read', 3, [[4096, 50]])));
    const machine = new Machine(program);
    const privateWord = (): bigint => next.next().value as bigint;
    assert.equal(execute(program, { privateWord, machine }).status, 0n);
    assert.deepEqual(machine.bytes.slice(4096, 4096 + 44), Uint8Array.from([...input, 0]));
    next = words.values();
    checkTrace(program, trace(program, { privateWord }));
  });

  it('a length that the words do not have traps where they end', () => {
    const { trap } = read([[64]], 0, { publicInputs: [2n ** 64n - 1n, 5n] });
    assert.equal(trap?.name, 'inputExhausted');
  });

  it('an empty stream is its length alone', () => {
    const { view, publicUsed, bytes } = read([[8], [8]], 0, { publicInputs: [0n] });
    assert.equal(view.getUint32(RESULT, true), 0);
    assert.equal(publicUsed, 1);
    assert.ok(bytes.subarray(4096).every((byte) => byte === 0));
  });

  it('file 3 is the private stream: nothing of it is public', () => {
    const program = load(moduleOf(['fd_read'], (call) => vectored(call, 'fd_read', 3, [[4096, 50]])));
    const streams = () => ({ privateWord: privateWords({ privateStdin: input }) });
    const machine = new Machine(program);
    execute(program, { ...streams(), machine });
    assert.deepEqual(machine.bytes.slice(4096, 4096 + 43), input);
    const traced = trace(program, streams());
    checkTrace(program, traced);
    assert.deepEqual(traced.publicInputs, []);
    assert.equal(trace(program, {}).execution.trap?.name, 'inputExhausted');
  });
});

describe('WASI, exits', () => {
  const exit = (code: number, type = '->'): Ran =>
    run(
      load(
        moduleOf(
          ['fd_write', 'proc_exit'],
          (call) => [
            ...vectored(call, 'fd_write', 1, [[TEXT_AT, 9]]),
            ...call('proc_exit', i32(code)),
            'unreachable',
          ],
          type,
        ),
      ),
      { publicInputs: [4n, 5n] },
    );

  it('code 0 is a return, others are statuses; standard output is complete', () => {
    for (const [code, status] of [
      [0, 0n],
      [1, (1n << 32n) + 1n],
      [255, (1n << 32n) + 255n],
      [-1, (1n << 32n) + 0xffff_ffffn],
    ] as const) {
      const { status: actual, outputs, trap, results } = exit(code);
      assert.equal(actual, status);
      assert.equal(trap, undefined);
      assert.deepEqual(results, []);
      assert.deepEqual(decodeStdout(outputs), TEXT.subarray(0, 9));
    }
  });

  it('an export with results has none of them: code 0 is no return', () => {
    const { status, results, outputs } = exit(0, '-> i32');
    assert.equal(status, 1n << 32n);
    assert.deepEqual(results, []);
    assert.deepEqual(decodeStdout(outputs), TEXT.subarray(0, 9));
  });

  it('without fd_write there is no stream', () => {
    const code = moduleOf(['proc_exit'], (call) => call('proc_exit', i32(3)));
    assert.deepEqual(run(load(code)).outputs, []);
  });
});

describe('WASI, the rest', () => {
  const zeros = (bytes: Uint8Array, from: number, to: number): boolean =>
    bytes.subarray(from, to).every((byte) => byte === 0);

  it('neither arguments nor environment', () => {
    for (const name of ['args_sizes_get', 'environ_sizes_get']) {
      const ran = callOne(name, [i32(TEXT_AT), i32(TEXT_AT + 8)]);
      assert.deepEqual(ran.results, [0n]);
      assert.ok(zeros(ran.bytes, TEXT_AT, TEXT_AT + 4) && zeros(ran.bytes, TEXT_AT + 8, TEXT_AT + 12));
      assert.equal(ran.bytes[TEXT_AT + 4], 5);
      assert.equal(ran.bytes[TEXT_AT + 12], 13);
    }
    for (const name of ['args_get', 'environ_get'])
      assert.deepEqual(callOne(name, [i32(0), i32(0)]).results, [0n]);
  });

  it('clocks: a private word, in nanoseconds', () => {
    const clock = callOne('clock_time_get', [i32(0), ['i64.const', 1n], i32(32)]);
    assert.equal(clock.view.getBigUint64(32, true), 77n);
    assert.equal(callOne('clock_res_get', [i32(0), i32(32)]).view.getBigUint64(32, true), 1n);
    for (const [id, errno] of [
      [3, 0n],
      [4, INVAL],
      [-1, INVAL],
    ] as const) {
      const runs = [
        callOne('clock_time_get', [i32(id), ['i64.const', 1n], i32(32)]),
        callOne('clock_res_get', [i32(id), i32(32)]),
      ];
      for (const { results, bytes } of runs) {
        assert.deepEqual(results, [errno]);
        assert.equal(zeros(bytes, 0, 64), errno === INVAL);
      }
    }
  });

  it('random bytes of every number: words of which nothing else is stored', () => {
    for (let size = 0; size <= 17; size++) {
      const { bytes, results } = callOne('random_get', [i32(4097), i32(size)]);
      assert.deepEqual(results, [0n]);
      const expected = Array.from({ length: size }, (_, i) => (i % 8) + 1);
      assert.deepEqual([...bytes.subarray(4096, 4096 + 20)], [0, ...expected, ...Array(19 - size).fill(0)]);
    }
  });

  it('standard files are pipes', () => {
    for (const [fd, right] of [
      [0, 2n],
      [1, 64n],
      [2, 64n],
      [3, 2n],
    ] as const) {
      const { view, results } = callOne('fd_fdstat_get', [i32(fd), i32(TEXT_AT)]);
      assert.deepEqual(results, [0n]);
      const words = [0, 8, 16].map((at) => view.getBigUint64(TEXT_AT + at, true));
      assert.deepEqual(words, [0n, right, 0n]);
      assert.deepEqual(callOne('fd_close', [i32(fd)]).results, [0n]);
      assert.deepEqual(callOne('fd_tell', [i32(fd), i32(0)]).results, [SPIPE]);
    }
    assert.deepEqual(callOne('fd_seek', [i32(1), ['i64.const', 0n], i32(0), i32(0)]).results, [SPIPE]);
  });

  it('no other file is open', () => {
    for (const fd of [4, -1]) {
      for (const name of ['fd_read', 'fd_write'])
        assert.deepEqual(callOne(name, [i32(fd), i32(0), i32(0), i32(0)]).results, [BADF]);
      for (const name of ['fd_fdstat_get', 'fd_tell'])
        assert.deepEqual(callOne(name, [i32(fd), i32(0)]).results, [BADF]);
      assert.deepEqual(callOne('fd_close', [i32(fd)]).results, [BADF]);
      assert.deepEqual(callOne('fd_seek', [i32(fd), ['i64.const', 0n], i32(0), i32(0)]).results, [BADF]);
    }
    assert.deepEqual(callOne('fd_read', [i32(1), i32(0), i32(0), i32(0)]).results, [BADF]);
    assert.deepEqual(callOne('fd_write', [i32(0), i32(0), i32(0), i32(0)]).results, [BADF]);
    assert.deepEqual(callOne('fd_prestat_get', [i32(3), i32(0)]).results, [BADF]);
  });

  it('everything else links and answers what docs/wasi.md says', () => {
    const expected: Record<string, bigint> = {
      ...{ fd_advise: NOSYS, fd_allocate: NOSYS, fd_datasync: NOSYS, fd_fdstat_set_flags: NOSYS },
      ...{ fd_fdstat_set_rights: NOSYS, fd_filestat_get: NOSYS, fd_filestat_set_size: NOSYS },
      ...{ fd_filestat_set_times: NOSYS, fd_pread: NOSYS, fd_pwrite: NOSYS, fd_renumber: NOSYS },
      ...{ fd_sync: NOSYS, proc_raise: NOSYS, sched_yield: 0n },
      ...{ fd_prestat_dir_name: BADF, fd_prestat_get: BADF, fd_readdir: BADF },
      ...{ path_create_directory: BADF, path_filestat_get: BADF, path_filestat_set_times: BADF },
      ...{ path_link: BADF, path_open: BADF, path_readlink: BADF, path_remove_directory: BADF },
      ...{ path_rename: BADF, path_symlink: BADF, path_unlink_file: BADF },
      ...{ sock_accept: BADF, sock_recv: BADF, sock_send: BADF, sock_shutdown: BADF },
    };
    const tested =
      /^(args|environ|clock|random|fd_(read|write|seek|tell|close|fdstat_get)$|proc_exit|poll_oneoff)/;
    const answers: Record<string, bigint | undefined> = {};
    for (const [name, { type }] of WASI_FUNCTIONS) {
      if (tested.test(name)) continue;
      const args = type.params.map((param): Item => (param === 'i32' ? i32(1) : ['i64.const', 1n]));
      const ran = callOne(name, args);
      answers[name] = ran.results[0];
      assert.ok(zeros(ran.bytes, 0, TEXT_AT));
    }
    assert.deepEqual(answers, expected);
    assert.equal(Object.keys(expected).length, 46 - 15);
  });

  it('poll_oneoff asks for something, and a clock alone has come to its time', () => {
    assert.deepEqual(callOne('poll_oneoff', [i32(0), i32(0), i32(0), i32(0)]).results, [28n]);
    // A subscription of zeros is one of the clock.
    const { results, view } = callOne('poll_oneoff', [i32(256), i32(512), i32(1), i32(RESULT)]);
    assert.deepEqual(results, [0n]);
    assert.equal(view.getUint32(RESULT, true), 1);
  });

  it('pointers out of bounds trap', () => {
    const far = i32(PAGE - 3);
    const vector = (fd: number, name: string, address: number, size: number): Ran =>
      run(load(moduleOf([name], (call) => vectored(call, name, fd, [[address, size]]))), {
        publicInputs: encodeStream(TEXT),
        privateWord: privateWords({ privateStdin: TEXT }),
      });
    const runs: Ran[] = [
      ...[0, 1, 2, 3].map((fd) =>
        callOne(fd % 3 === 0 ? 'fd_read' : 'fd_write', [i32(fd), i32(0), i32(0), far]),
      ),
      callOne('fd_write', [i32(1), far, i32(1), i32(0)]),
      callOne('fd_read', [i32(0), far, i32(1), i32(0)]),
      callOne('args_sizes_get', [i32(0), far]),
      callOne('environ_sizes_get', [far, i32(0)]),
      callOne('clock_res_get', [i32(0), far]),
      callOne('clock_time_get', [i32(0), ['i64.const', 1n], far]),
      callOne('random_get', [far, i32(4)]),
      callOne('random_get', [i32(-1), i32(2)]),
      callOne('fd_fdstat_get', [i32(1), i32(PAGE - 20)]),
      vector(1, 'fd_write', PAGE - 3, 4),
      vector(1, 'fd_write', -4, 20),
      vector(2, 'fd_write', PAGE - 3, 4),
      vector(2, 'fd_write', 4, -1),
      vector(0, 'fd_read', PAGE - 3, 20),
      vector(3, 'fd_read', PAGE - 3, 4),
    ];
    for (const [i, { trap }] of runs.entries()) assert.equal(trap?.name, 'memoryOutOfBounds', `run ${i}`);
  });

  it('a buffer out of bounds traps before any byte of the vector moves', () => {
    const [start, end] = [4096, PAGE];
    for (const parts of [
      [[PAGE - 20, 24]],
      [
        [start, 16],
        [PAGE - 3, 4],
      ],
      [
        [start, 3],
        [start + 3, 0],
        [8, -1],
      ],
    ] as const) {
      for (const [fd, name] of [
        [0, 'fd_read'],
        [1, 'fd_write'],
        [2, 'fd_write'],
        [3, 'fd_read'],
      ] as const) {
        const program = load(moduleOf([name], (call) => vectored(call, name, fd, parts)));
        execute(program, { onLog: () => assert.fail('a part was shown') });
        const { trap, outputs, publicUsed, bytes } = run(program, {
          publicInputs: encodeStream(TEXT),
          privateWord: privateWords({ privateStdin: TEXT }),
        });
        assert.equal(trap?.name, 'memoryOutOfBounds');
        assert.deepEqual(outputs, []);
        assert.equal(publicUsed, 0);
        assert.ok(zeros(bytes, start, end) && zeros(bytes, RESULT, RESULT + 4));
      }
    }
  });

  it('other names and types are refused by name', () => {
    const unknown = (name: string, type: string): ModuleParts => ({
      types: ['->', type],
      imports: [[WASI_MODULE, name, { kind: 'func', type: 1 }]],
      functions: [
        { type: 0, code: [[type.startsWith('i64') ? 'i64.const' : 'i32.const', 0], ['call', 0], 'drop'] },
      ],
      exports: [['f', 'func', 1]],
    });
    refused('MODULE_UNSUPPORTED', /"fd_frobnicate"/, () => load(unknown('fd_frobnicate', 'i32 -> i32')));
    refused('MODULE_UNSUPPORTED', /"fd_close" \(func \(i64\)/, () => load(unknown('fd_close', 'i64 -> i32')));
  });
});
