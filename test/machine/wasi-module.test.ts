/** The routines of WASI in the JavaScript engine, beside a model that knows bytes, vectors of buffers and nothing of words. */
import assert from 'node:assert/strict';
import { decodeStdout, encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { engineTrap } from './lib/differential.ts';
import { Random } from './lib/random.ts';
import { type Given, instantiate, type Routine, RoutineExit, RoutineTrap } from './lib/routine-engine.ts';

const PAGE = 65536;
const BADF = 8;
const OUT_OF_BOUNDS = 'out of bounds memory access';

type Parts = readonly (readonly [address: number, length: number])[];

/** An instance with its memory, streams and what it wrote. */
class World {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1 });
  readonly outputs: bigint[] = [];
  readonly logged: number[] = [];
  readonly routines: Readonly<Record<string, Routine>>;

  constructor(publicInput: readonly bigint[], privateInput: readonly bigint[], more: Given = {}) {
    const { memory, outputs } = this;
    const reader = (words: readonly bigint[], isPublic: boolean): Routine => {
      const left = words.values();
      const input = (): bigint => {
        const { value, done } = left.next();
        if (done === true) throw new RoutineTrap('inputExhausted');
        return value;
      };
      return instantiate('wasi', { memory, cells: new Map(), input, isPublic })['wasi read'];
    };
    this.routines = instantiate('wasi', {
      ...{ memory, outputs, cells: new Map(), ...more },
      log: (address, length) =>
        this.logged.push(...this.bytes.subarray(address >>> 0, (address >>> 0) + length)),
      routines: { 'wasi read 0': reader(publicInput, true), 'wasi read 3': reader(privateInput, false) },
    });
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** A result, or why the call ended. */
  call(name: string, ...args: readonly (number | bigint)[]): string {
    try {
      return String(this.routines[`wasi ${name}`](...args));
    } catch (error) {
      if (error instanceof RoutineTrap || error instanceof RoutineExit) return error.message;
      return engineTrap(error);
    }
  }

  put(vector: number, parts: Parts): void {
    parts.forEach(([address, length], i) => {
      this.view.setUint32(vector + 8 * i, address, true);
      this.view.setUint32(vector + 8 * i + 4, length, true);
    });
  }
}

/** What a call of fd_read or fd_write answers, and what happens to the memory and the stream, which `move` says for each buffer. */
function model(
  memory: Uint8Array,
  [vector, count, result]: readonly [number, number, number],
  guards: boolean,
  move: (address: number, length: number) => number,
): string {
  const view = new DataView(memory.buffer);
  const parts: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const at = vector + 8 * i;
    if (at + 8 > PAGE) return OUT_OF_BOUNDS;
    const [address, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (address + length > PAGE) return OUT_OF_BOUNDS;
    const [behind, end] = [at + 8, vector + 8 * count];
    if (guards && behind < end && length > 0 && address < end && address + length > behind)
      return 'a buffer over the list of buffers';
    parts.push([address, length]);
  }
  const total = parts.reduce((sum, [address, length]) => sum + move(address, length), 0);
  if (result + 4 > PAGE) return OUT_OF_BOUNDS;
  view.setUint32(result, total, true);
  return '0';
}

/** Vectors of up to four buffers anywhere, some of them over their vector, over each other or out of bounds. */
function randomCall(random: Random): {
  readonly vector: number;
  readonly parts: Parts;
  readonly result: number;
} {
  const anywhere = (): number =>
    random.chance(90)
      ? random.below(400)
      : random.chance(80)
        ? PAGE - random.below(60)
        : PAGE + random.below(9);
  const vector = random.chance(95) ? 1000 + random.below(8) : random.below(300);
  const count = random.below(5);
  const parts = Array.from({ length: count }, (): [number, number] => {
    const length = random.chance(97) ? random.below(30) : random.pick([PAGE, PAGE + 1, 2 ** 32 - 1]);
    return [random.chance(90) ? anywhere() : vector + random.below(40), length];
  });
  return { vector, parts, result: random.chance(97) ? 2000 + random.below(4) : PAGE - random.below(6) };
}

const filled = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.below(256));

describe('routines in the engine: WASI', () => {
  it('fd_write: 400 random programs of ten calls', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(seed);
      const world = new World([], []);
      world.bytes.set(filled(random, 400));
      const written: number[] = [];
      const shown: number[] = [];
      for (let i = 0; i < 10; i++) {
        const { vector, parts, result } = randomCall(random);
        const fd = random.pick([0, 1, 1, 1, 2, 3, 4]);
        world.put(vector, parts);
        const memory = world.bytes.slice();
        const to = fd === 1 ? written : shown;
        const answer =
          fd === 1 || fd === 2
            ? model(memory, [vector, parts.length, result], false, (address, length) => {
                to.push(...memory.subarray(address, address + length));
                return length;
              })
            : String(BADF);
        assert.equal(world.call('fd_write', fd, vector, parts.length, result), answer, `${seed}`);
        assert.equal(Buffer.compare(world.bytes, memory), 0, `${seed}`);
        seen.add(answer);
      }
      world.call('finish');
      assert.deepEqual([...decodeStdout(world.outputs)], written, `${seed}`);
      assert.deepEqual(world.logged, shown);
    }
    assert.deepEqual([...seen].sort(), ['0', '8', OUT_OF_BOUNDS]);
  });

  it('fd_read: 400 random programs of ten calls on both streams', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(1000 + seed);
      const streams = [filled(random, random.below(120)), filled(random, random.below(120))];
      const world = new World(encodeStream(streams[0]), encodeStream(streams[1]));
      const taken = [0, 0];
      for (let i = 0; i < 10; i++) {
        const { vector, parts, result } = randomCall(random);
        const fd = random.pick([0, 0, 1, 3, 3, 7]);
        world.put(vector, parts);
        const memory = world.bytes.slice();
        const which = fd === 0 ? 0 : 1;
        const answer =
          fd === 0 || fd === 3
            ? model(memory, [vector, parts.length, result], true, (address, length) => {
                const bytes = streams[which].subarray(taken[which], taken[which] + length);
                memory.set(bytes, address);
                taken[which] += bytes.length;
                return bytes.length;
              })
            : String(BADF);
        assert.equal(world.call('fd_read', fd, vector, parts.length, result), answer, `${seed}`);
        assert.equal(Buffer.compare(world.bytes, memory), 0, `${seed}`);
        seen.add(answer);
      }
    }
    assert.deepEqual([...seen].sort(), ['0', '8', 'a buffer over the list of buffers', OUT_OF_BOUNDS]);
  });

  it('every length of a stream, read in pieces of every size', () => {
    for (let length = 0; length <= 20; length++) {
      const stream = filled(new Random(length), length);
      for (let size = 1; size <= 18; size++) {
        for (const fd of [0, 3]) {
          const world = new World(encodeStream(stream), encodeStream(stream));
          const read: number[] = [];
          for (;;) {
            world.put(16, [[100, size]]);
            assert.equal(world.call('fd_read', fd, 16, 1, 8), '0');
            const count = world.view.getUint32(8, true);
            if (count === 0) break;
            read.push(...world.bytes.subarray(100, 100 + count));
          }
          assert.deepEqual(read, [...stream], `${length} bytes by ${size}`);
        }
      }
    }
  });

  it('what fills up the last word must be zeros where the stream is public; words that are missing end the run', () => {
    for (let length = 1; length <= 9; length++) {
      for (const fd of [0, 3]) {
        const words = encodeStream(new Uint8Array(length));
        const dirty = [...words.slice(0, -1), words.at(-1)! | (1n << 63n)];
        const isFull = length % 8 === 0;
        const world = new World(dirty, dirty);
        world.put(16, [[100, 30]]);
        const expected = fd === 0 && !isFull ? 'bytes behind the end of standard input' : '0';
        assert.equal(world.call('fd_read', fd, 16, 1, 8), expected, `${length}`);
        const short = new World(words.slice(0, -1), words.slice(0, -1));
        short.put(16, [[100, 30]]);
        assert.equal(short.call('fd_read', fd, 16, 1, 8), 'read past the end of the inputs');
      }
    }
  });

  it('random_get, clock_time_get and clock_res_get', () => {
    for (let length = 0; length <= 26; length++) {
      let drawn = 0n;
      const random = (): bigint => 0x0807_0605_0403_0201n + (drawn++ << 3n) * 0x0101_0101_0101_0101n;
      const world = new World([], [], { random, clock: () => -2n });
      const expected = world.bytes.slice();
      for (let i = 0; i < length; i++) expected[50 + i] = i + 1;
      assert.equal(world.call('random_get', 50, length), '0');
      assert.equal(drawn, BigInt(Math.ceil(length / 8)));
      assert.deepEqual(world.bytes.slice(0, 100), expected.slice(0, 100), `${length}`);
      assert.equal(world.call('clock_time_get', length, 0n, 200), length <= 3 ? '0' : '28');
      assert.equal(world.view.getBigInt64(200, true), length <= 3 ? -2n : 0n);
      assert.equal(world.call('clock_res_get', length, 208), length <= 3 ? '0' : '28');
      assert.equal(world.view.getBigInt64(208, true), length <= 3 ? 1n : 0n);
      assert.equal(world.call('random_get', PAGE - 3, 4 + length), OUT_OF_BOUNDS);
    }
  });

  it('files: states, what cannot be done with them, strings that there are none', () => {
    const world = new World([], []);
    for (const fd of [0, 1, 2, 3, 4, -1]) {
      const isOpen = fd >= 0 && fd <= 3;
      world.bytes.fill(0xff, 0, 40);
      assert.equal(world.call('fd_fdstat_get', fd, 8), isOpen ? '0' : '8');
      const stat = new Uint8Array(24);
      stat[8] = fd === 0 || fd === 3 ? 2 : 64;
      if (!isOpen) stat.fill(0xff);
      assert.deepEqual(world.bytes.slice(8, 32), stat);
      assert.deepEqual(world.bytes.slice(32, 40), new Uint8Array(8).fill(0xff));
      assert.equal(world.call('fd_close', fd), isOpen ? '0' : '8');
      assert.equal(world.call('fd_seek', fd, 0n, 0, 8), isOpen ? '70' : '8');
      assert.equal(world.call('fd_tell', fd, 8), isOpen ? '70' : '8');
    }
    for (const name of ['args_sizes_get', 'environ_sizes_get']) {
      world.bytes.fill(0xff, 0, 40);
      assert.equal(world.call(name, 8, 20), '0');
      assert.deepEqual([world.view.getUint32(8, true), world.view.getUint32(20, true)], [0, 0]);
      assert.equal(world.bytes.subarray(0, 40).filter((byte) => byte !== 0xff).length, 8);
    }
  });

  it('proc_exit ends standard output where the module writes any', () => {
    for (const writes of [true, false]) {
      const world = new World([], [], { writes });
      world.bytes.set([104, 105], 100);
      world.put(16, [[100, 2]]);
      world.call('fd_write', 1, 16, 1, 8);
      assert.equal(world.call('proc_exit', -1), 'exit 4294967295');
      assert.deepEqual(world.outputs, writes ? [0x6968n, 2n] : []);
    }
  });
});
