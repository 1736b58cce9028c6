/** The routines of read-only files in the JavaScript engine: SHA-256 beside node's, paths, positions and errors beside what WASI says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { ROUNDS } from '../../sdk/src/machine/routines/sha256-constants.ts';
import { FILE_CELLS, MAX_FILES } from '../../sdk/src/machine/translate/wasi-layout.ts';
import { engineTrap } from './lib/differential.ts';
import { Random } from './lib/random.ts';
import { Elements, type Given, instantiate, type Routine, RoutineTrap } from './lib/routine-engine.ts';

const PAGE = 65536;
const DIFFERS = 'a file that has not its digest';
const [SUCCESS, BADF, EXIST, INVAL, ISDIR, MFILE, NAMETOOLONG, NOENT] = [0, 8, 20, 28, 31, 33, 37, 44];
const [NOTDIR, NOTSUP, OVERFLOW, ROFS, SPIPE, NOTCAPABLE] = [54, 58, 61, 69, 70, 76];
const [AT, VECTOR, RESULT, PATH] = [4096, 16, 8, 40_000];
/** What C libraries ask for to read. */
const TO_READ = 0x20_0026n;

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const digestWords = (digests: readonly Uint8Array[]): bigint[] =>
  digests.flatMap((digest) => encodeStream(digest).slice(1));

interface Files {
  readonly names: readonly string[];
  /** What public inputs say. */
  readonly digests: readonly Uint8Array[];
  /** What the prover gives. */
  readonly words: readonly (readonly bigint[])[];
}

class World {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1 });
  readonly elements: Readonly<Record<string, Elements>>;
  /** How many words of each file were asked for. */
  readonly asked: number[];
  private readonly routines: Readonly<Record<string, Routine>>;

  constructor({ names, digests, words }: Files, stdin = '') {
    const { memory } = this;
    const cells = new Map<string, bigint>();
    const list = (of: readonly string[]): number[] => {
      const bytes = Buffer.from(of.map((name) => `${name}\0`).join(''));
      cells.set('names.bytes', BigInt(bytes.length)).set('names.count', BigInt(of.length));
      const padded = Buffer.concat([bytes, Buffer.alloc(4)]);
      return Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => padded.readInt32LE(4 * i));
    };
    this.elements = {
      ...Object.fromEntries(
        Object.entries(FILE_CELLS).map(([name, count]) => [
          name,
          // Content is as large as tests need it: accesses beyond it are faults of the routines.
          new Elements([], name === 'content' ? 1 << 17 : count),
        ]),
      ),
      constants: new Elements(ROUNDS),
      names: new Elements(list(names)),
    };
    this.asked = words.map(() => 0);
    const file = (which: number): bigint => {
      const word = words[which]?.[this.asked[which]!++];
      if (word === undefined) throw new RoutineTrap('inputExhausted');
      return BigInt.asIntN(64, word);
    };
    const reader = (from: readonly bigint[]): (() => bigint) => {
      const left = from.values();
      return () => {
        const { value, done } = left.next();
        if (done === true) throw new RoutineTrap('inputExhausted');
        return BigInt.asIntN(64, value);
      };
    };
    const given: Given = { memory, cells, file, elements: this.elements };
    const streams: Given = { memory, cells, isPublic: true, input: reader(encodeStream(stdin)) };
    const wasi = instantiate('wasi', streams) as Record<string, WebAssembly.ImportValue>;
    // Both modules call each other.
    const routines: Record<string, WebAssembly.ImportValue> = {
      ...wasi,
      'wasi read 0': wasi['wasi read']!,
      'wasi files word': (...args: number[]) => (files['wasi files word'] as Routine)(...args),
    };
    const hash = instantiate('sha256', { ...given, routines }) as Record<string, WebAssembly.ImportValue>;
    const input = reader(digestWords(digests));
    const files = instantiate('files', { ...given, input, routines: { ...routines, ...hash } });
    const calls = instantiate('open-files', {
      ...given,
      routines: { ...routines, ...(files as Record<string, WebAssembly.ImportValue>) },
    });
    this.routines = { ...files, ...calls };
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** A result, or why the call ended. */
  call(name: string, ...args: readonly (number | bigint)[]): number | string {
    try {
      return Number(this.routines[`wasi files ${name}`]!(...args));
    } catch (error) {
      return error instanceof RoutineTrap ? error.message : engineTrap(error);
    }
  }

  /** Its number, or as below 0 the error; or why the run ended. */
  open(path: string, flags = 0, rights = TO_READ): number | string {
    const bytes = Buffer.from(path);
    this.bytes.set(bytes, PATH);
    const answer = this.call('path_open', 3, 1, PATH, bytes.length, flags, rights, rights, 0, RESULT);
    if (typeof answer === 'string') return answer;
    return answer === SUCCESS ? this.view.getUint32(RESULT, true) : -answer;
  }

  /** At most so many bytes into two buffers; the error as below 0. */
  read(fd: number, length: number, position?: bigint): Uint8Array | number | string {
    const first = Math.floor(length / 3);
    [AT, first, AT + first, length - first].forEach((word, i) => {
      this.view.setUint32(VECTOR + 4 * i, word, true);
    });
    const answer =
      position === undefined
        ? this.call('fd_read', fd, VECTOR, 2, RESULT)
        : this.call('fd_pread', fd, VECTOR, 2, position, RESULT);
    if (typeof answer === 'string' || answer !== SUCCESS)
      return typeof answer === 'string' ? answer : -answer;
    return this.bytes.slice(AT, AT + this.view.getUint32(RESULT, true));
  }

  seek(fd: number, offset: bigint, whence: number): bigint | number | string {
    const answer = this.call('fd_seek', fd, offset, whence, RESULT);
    if (typeof answer === 'string') return answer;
    return answer === SUCCESS ? this.view.getBigUint64(RESULT, true) : -answer;
  }
}

const honest = (files: Readonly<Record<string, Uint8Array>>): Files => ({
  names: Object.keys(files),
  digests: Object.values(files).map(sha256),
  words: Object.values(files).map(encodeStream),
});

function world(files: Files, stdin?: string): World {
  const made = new World(files, stdin);
  assert.ok(Number.isNaN(made.call('digests')), 'it returns nothing');
  return made;
}

const content = (length: number, seed = length): Uint8Array => {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
};

describe('routines in the engine: files', () => {
  it('have the digest of node:crypto at every length around blocks, and others', () => {
    const lengths = [
      ...Array.from({ length: 140 }, (_, i) => i),
      183,
      184,
      191,
      192,
      193,
      1000,
      4096,
      65_537,
    ];
    for (const length of lengths) {
      const bytes = content(length);
      const files = world(honest({ f: bytes }));
      assert.equal(files.open('f'), 4, `${length}`);
      assert.equal(files.asked[0], 1 + Math.ceil(length / 8));
      const read: number[] = [];
      for (
        let part = files.read(4, 999) as Uint8Array;
        part.length > 0;
        part = files.read(4, 999) as Uint8Array
      )
        read.push(...part);
      assert.deepEqual(Uint8Array.from(read), bytes, `${length}`);
    }
  });

  it('any other byte, length or digest ends the run', () => {
    for (const length of [1, 3, 7, 8, 55, 56, 63, 64, 65, 128]) {
      const bytes = content(length);
      const right = encodeStream(bytes);
      const refused = (words: readonly bigint[], digest: Uint8Array = sha256(bytes)): void => {
        const files = world({ names: ['f'], digests: [digest], words: [words] });
        assert.equal(files.open('f'), DIFFERS, `${length}`);
      };
      for (const bit of [0, 7, 8 * length - 1]) {
        const bent = [...right];
        bent[1 + Math.floor(bit / 64)]! ^= 1n << BigInt(bit % 64);
        refused(bent);
      }
      // A byte less; a byte more, of those behind the end; far too long ones.
      refused([BigInt(length - 1), ...right.slice(1)]);
      refused([BigInt(length + 1), ...right.slice(1), 0n]);
      for (const far of [
        2n ** 24n + 1n,
        2n ** 32n + BigInt(length),
        2n ** 61n + BigInt(length),
        2n ** 64n - 1n,
      ])
        refused([far, ...right.slice(1)]);
      for (const byte of [0, 3, 4, 31]) {
        const digest = sha256(bytes);
        digest[byte]! ^= 0x80;
        refused(right, digest);
      }
      refused(right, sha256(new Uint8Array(0)));
    }
  });

  it('the padding that the hash has is no part of the file', () => {
    // The same blocks as of "abc", which is then longer: FIPS 180-4, 5.1.1.
    const padded = new Uint8Array(64);
    padded.set([0x61, 0x62, 0x63, 0x80]);
    padded[63] = 24;
    const files = world({
      names: ['f'],
      digests: [sha256(Buffer.from('abc'))],
      words: [encodeStream(padded)],
    });
    assert.equal(files.open('f'), DIFFERS);
  });

  it('what fills up the last word counts for nothing, and nobody reads it', () => {
    for (let length = 1; length < 8; length++) {
      const bytes = content(length);
      const [count, word] = encodeStream(bytes) as [bigint, bigint];
      const filled = word | ((2n ** 64n - 1n) << BigInt(8 * length));
      const files = world({
        names: ['f'],
        digests: [sha256(bytes)],
        words: [[count, BigInt.asUintN(64, filled)]],
      });
      assert.equal(files.open('f'), 4);
      assert.deepEqual(files.read(4, 100), bytes);
      assert.ok(
        !files.elements['content']!.cells.slice(0, 2).some(
          (cell, i) => cell !== Buffer.concat([bytes, Buffer.alloc(8)]).readInt32LE(4 * i),
        ),
      );
    }
  });

  it('are read once, when they are first opened or asked about, each into cells of its own', () => {
    const [a, b] = [content(100, 1), content(77, 2)];
    const files = world(honest({ a, b, c: content(5) }));
    assert.deepEqual(files.asked, [0, 0, 0]);
    assert.equal(files.open('b'), 4);
    assert.equal(files.open('a'), 5);
    assert.equal(files.open('b'), 6);
    assert.deepEqual(files.asked, [14, 11, 0]);
    assert.deepEqual(files.read(4, 30), b.slice(0, 30));
    assert.deepEqual(files.read(6, 50), b.slice(0, 50));
    assert.deepEqual(files.read(4, 3000), b.slice(30));
    assert.deepEqual(files.read(5, 3000), a);
    const path = Buffer.from('c');
    files.bytes.set(path, PATH);
    assert.equal(files.call('path_filestat_get', 3, 1, PATH, 1, AT), SUCCESS);
    assert.equal(files.view.getBigUint64(AT + 32, true), 5n);
    assert.deepEqual(files.asked, [14, 11, 2]);
  });

  it('as many as there are digests, and no more than there is room for', () => {
    const names = Array.from({ length: MAX_FILES }, (_, i) => `f${i}`);
    const many = Object.fromEntries(names.map((name, i) => [name, Uint8Array.of(i)]));
    const files = world(honest(many));
    const fd = files.open('f255') as number;
    assert.deepEqual(files.read(fd, 9), Uint8Array.of(255));
    const more = new World(honest({ ...many, more: new Uint8Array(1) }));
    assert.equal(more.call('digests'), 'an argument that is none of its type');
  });

  const NAMES = {
    'data/in.txt': content(10),
    'data/more/x': content(11),
    in: content(12),
    'a.b': content(0),
    grün: content(3),
  };
  const CASES: readonly (readonly [path: string, error: number])[] = [
    ...(
      [
        'data/in.txt',
        './data/in.txt',
        'data//in.txt',
        'data/./in.txt',
        'in',
        './/./in',
        'a.b',
        'grün',
      ] as const
    ).map((path) => [path, SUCCESS] as const),
    ...(
      [
        '',
        'none',
        'data/none',
        'data/in.tx',
        'data/in.txtx',
        'i',
        'inn',
        'dat',
        'data/mor',
        'a.',
        '.a',
        '...',
        'in\0',
        '\0',
        'data\\in.txt',
        'IN',
      ] as const
    ).map((path) => [path, NOENT] as const),
    ...(['/in', '/', '..', '../in', 'data/../in', 'data/..', './..', 'none/../in', 'in/..'] as const).map(
      (path) => [path, NOTCAPABLE] as const,
    ),
    ...(['in/', 'in/.', 'in/x', 'data/in.txt/more/x', 'a.b//'] as const).map(
      (path) => [path, NOTDIR] as const,
    ),
    ...(['.', './', 'data', 'data/', 'data/more', './data/./more/.'] as const).map(
      (path) => [path, NOTSUP] as const,
    ),
    ['x'.repeat(4095), NOENT],
    ['x'.repeat(4096), NAMETOOLONG],
    [`${'./'.repeat(2046)}in`, SUCCESS],
  ];

  it('paths: the file of the name, or the error that says why there is none', () => {
    for (const [path, error] of CASES) {
      const files = world(honest(NAMES));
      const opened = files.open(path);
      if (error === SUCCESS) assert.equal(opened, 4, path);
      else assert.equal(opened, -error, path);
      // The same of attributes, but that there are some of directories.
      const status = files.call('path_filestat_get', 3, 0, PATH, Buffer.from(path).length, AT);
      assert.equal(status, error === NOTSUP ? SUCCESS : error, path);
      if (status === SUCCESS) assert.equal(files.bytes[AT + 16], error === SUCCESS ? 4 : 3, path);
    }
  });

  it('the first of a name is the one, and names that no path has are none', () => {
    const [one, two] = [content(5, 1), content(5, 2)];
    const files = world({
      names: ['x', 'x', '', '../y', '/z', './w'],
      digests: [one, two, one, one, one, one].map(sha256),
      words: [one, two, one, one, one, one].map(encodeStream),
    });
    assert.deepEqual(files.read(files.open('x') as number, 9), one);
    for (const path of ['', 'y', 'z', 'w']) assert.equal(files.open(path), -NOENT, path);
    for (const path of ['../y', '/z']) assert.equal(files.open(path), -NOTCAPABLE, path);
    assert.equal(files.open('./w'), -NOENT);
  });

  it('open flags: nothing is made, emptied or written', () => {
    const [CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE] = [1, 2, 4, 8];
    const files = world(honest(NAMES));
    const cases: readonly (readonly [string, number, bigint, number])[] = [
      ['in', CREATE, TO_READ, 4],
      ['none', CREATE, TO_READ, -ROFS],
      ['in', CREATE | EXCLUSIVE, TO_READ, -EXIST],
      ['data', CREATE | EXCLUSIVE, TO_READ, -EXIST],
      ['in', TRUNCATE, TO_READ, -ROFS],
      ['in', 0, TO_READ | 64n, -ROFS],
      ['data', 0, TO_READ | 64n, -ISDIR],
      ['in', DIRECTORY, TO_READ, -NOTDIR],
      ['data', DIRECTORY, TO_READ, -NOTSUP],
      ['../in', CREATE, TO_READ, -NOTCAPABLE],
    ];
    for (const [path, flags, rights, answer] of cases)
      assert.equal(files.open(path, flags, rights), answer, `${path} ${flags}`);
  });

  it('numbers: the lowest that is free, 64 of them', () => {
    const files = world(honest(NAMES));
    for (let i = 0; i < 64; i++) assert.equal(files.open('in'), 4 + i);
    assert.equal(files.open('in'), -MFILE);
    for (const fd of [10, 7]) assert.equal(files.call('fd_close', fd), SUCCESS);
    assert.equal(files.call('fd_close', 7), BADF);
    assert.deepEqual(files.read(7, 3), -BADF);
    assert.equal(files.open('a.b'), 7);
    assert.equal(files.open('a.b'), 10);
    assert.equal(files.open('a.b'), -MFILE);
  });

  it('positions: every reading of a file beside a model', () => {
    const bytes = content(300);
    const files = world(honest({ in: bytes, other: content(40) }));
    files.open('other');
    const fd = files.open('in') as number;
    const random = new Random(7);
    let position = 0n;
    const at = (from: bigint, length: number): Uint8Array =>
      from >= 300n ? new Uint8Array(0) : bytes.slice(Number(from), Number(from) + length);
    for (let i = 0; i < 3000; i++) {
      const length = random.below(random.chance(80) ? 20 : 400);
      if (random.chance(40)) {
        const expected = at(position, length);
        assert.deepEqual(files.read(fd, length), expected);
        position += BigInt(expected.length);
      } else if (random.chance(50)) {
        const from = BigInt(random.below(320)) + (random.chance(10) ? 2n ** 32n : 0n);
        assert.deepEqual(files.read(fd, length, from), at(from, length));
      } else {
        const whence = random.below(3);
        const offset = random.pick([
          BigInt(random.below(700)) - 350n,
          2n ** 63n - 1n,
          -(2n ** 63n),
          2n ** 32n,
        ]);
        const to = [0n, position, 300n][whence]! + offset;
        const expected = to < 0n ? -INVAL : to >= 2n ** 63n ? -OVERFLOW : to;
        assert.equal(files.seek(fd, offset, whence), expected);
        if (typeof expected === 'bigint') position = expected;
      }
      assert.equal(files.call('fd_tell', fd, RESULT), SUCCESS);
      assert.equal(files.view.getBigUint64(RESULT, true), position);
    }
    assert.equal(files.seek(fd, 0n, 3), -INVAL);
    assert.deepEqual(files.read(4, 50), content(40));
  });

  it('streams are what they were, the directory is none, and other numbers are nothing', () => {
    const files = world(honest(NAMES), 'standard input');
    assert.deepEqual(Buffer.from(files.read(0, 8) as Uint8Array).toString(), 'standard');
    for (const [fd, error] of [
      [1, BADF],
      [2, BADF],
      [3, ISDIR],
      [4, BADF],
      [67, BADF],
      [68, BADF],
      [-1, BADF],
      [2 ** 31, BADF],
    ] as const) {
      assert.equal(files.read(fd, 8), -error, `${fd}`);
      const pipe = fd >= 0 && fd < 3 ? SPIPE : error;
      assert.equal(files.read(fd, 8, 0n), -pipe);
      assert.equal(files.seek(fd, 0n, 1), -pipe);
      assert.equal(files.call('fd_tell', fd, RESULT), pipe);
      if (fd === 3) continue;
      for (const name of ['path_open', 'path_filestat_get']) {
        const args = name === 'path_open' ? [fd, 0, PATH, 2, 0, 0n, 0n, 0, RESULT] : [fd, 0, PATH, 2, RESULT];
        assert.equal(files.call(name, ...args), fd > 0 && fd < 3 ? NOTDIR : BADF);
      }
      assert.equal(files.call('fd_prestat_get', fd, RESULT), BADF);
      assert.equal(files.call('fd_close', fd), fd > 0 && fd < 3 ? SUCCESS : BADF);
    }
    const fd = files.open('in') as number;
    assert.equal(files.call('path_open', fd, 0, PATH, 2, 0, 0n, 0n, 0, RESULT), NOTDIR);
    assert.equal(files.call('fd_prestat_get', 3, RESULT), SUCCESS);
    assert.deepEqual([...files.bytes.slice(RESULT, RESULT + 8)], [0, 0, 0, 0, 1, 0, 0, 0]);
    assert.equal(files.call('fd_prestat_dir_name', 3, RESULT, 1), SUCCESS);
    assert.equal(files.bytes[RESULT], 0x2f);
    assert.equal(files.call('fd_prestat_dir_name', 3, RESULT, 0), NAMETOOLONG);
    for (const [number, type, size] of [
      [0, 0, 0n],
      [3, 3, 0n],
      [fd, 4, 12n],
    ] as const) {
      assert.equal(files.call('fd_fdstat_get', number, AT), SUCCESS);
      assert.equal(files.bytes[AT], type);
      files.bytes.fill(0xee, AT, AT + 72);
      assert.equal(files.call('fd_filestat_get', number, AT), SUCCESS);
      assert.deepEqual([files.bytes[AT + 16], files.view.getBigUint64(AT + 32, true)], [type, size]);
      assert.deepEqual([...files.bytes.slice(AT + 40, AT + 66)], [...new Uint8Array(24), 0xee, 0xee]);
    }
    assert.equal(files.call('fd_filestat_get', 99, AT), BADF);
  });

  it('a buffer out of bounds or over the list of buffers moves nothing', () => {
    const files = world(honest(NAMES));
    const fd = files.open('in') as number;
    const parts = (...words: readonly number[]): void =>
      words.forEach((word, i) => {
        files.view.setUint32(VECTOR + 4 * i, word, true);
      });
    parts(AT, 4, PAGE - 2, 3);
    assert.equal(files.call('fd_read', fd, VECTOR, 2, RESULT), 'out of bounds memory access');
    parts(VECTOR, 9, AT, 3);
    assert.equal(files.call('fd_pread', fd, VECTOR, 2, 0n, RESULT), 'a buffer over the list of buffers');
    assert.deepEqual([...files.bytes.slice(AT, AT + 4)], [0, 0, 0, 0]);
    assert.deepEqual(files.read(fd, 12), NAMES.in);
  });
});
