/** Reads whose buffers lie over the vector that names them: no byte of a stream becomes an address. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { encodeStream, privateWords } from '../../sdk/src/attest/run/streams.ts';
import { statusOfFailure } from '../../sdk/src/machine/program.ts';
import { type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { compile, objections, tell } from '../soundness/lib/story.ts';
import { i32, load } from './lib/programs.ts';
import { moduleOf, type Options, PAGE, type Ran, RESULT, run, VECTOR, vectored } from './lib/wasi.ts';

type Parts = readonly (readonly [address: number, length: number])[];

const reading = (fd: number, parts: Parts): ModuleParts =>
  moduleOf(['fd_read'], (call) => vectored(call, 'fd_read', fd, parts));
const given = (stream: Uint8Array): Options => ({
  publicInputs: encodeStream(stream),
  privateWord: privateWords({ privateStdin: stream }),
});
/** Address and length of the entry after the first, as the stream would have them, then bytes for there. */
const ATTACK: Uint8Array = Uint8Array.from([200, 0, 0, 0, 8, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7]);
const HARMLESS: Uint8Array = ATTACK.map(() => 0);
const zeros = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe('WASI, buffers over the vector', () => {
  it('over an entry behind their own trap before any byte moves, whatever the stream', () => {
    const lists: Record<string, Parts> = {
      'the next entry': [
        [VECTOR + 8, 8],
        [100, 8],
      ],
      'its first byte': [
        [VECTOR + 1, 8],
        [100, 8],
      ],
      'its last byte': [
        [VECTOR + 15, 8],
        [100, 8],
      ],
      'its middle': [
        [VECTOR + 11, 1],
        [100, 8],
      ],
      'all entries': [
        [0, 64],
        [100, 8],
      ],
      'the last of three': [
        [VECTOR + 16, 8],
        [4096, 8],
        [100, 8],
      ],
      'the last of three, by the second': [
        [4096, 8],
        [VECTOR + 16, 8],
        [100, 8],
      ],
      'more than the stream has': [
        [VECTOR - 16, PAGE - VECTOR + 16],
        [100, 8],
      ],
    };
    for (const [name, parts] of Object.entries(lists)) {
      for (const fd of [0, 3]) {
        const runs = [ATTACK, HARMLESS, new Uint8Array()].map(
          (stream): Ran => run(load(reading(fd, parts)), given(stream)),
        );
        for (const { trap, publicUsed, bytes } of runs) {
          assert.equal(trap?.name, 'buffersOverlap', name);
          assert.equal(publicUsed, 0);
          assert.deepEqual(bytes, runs[0]!.bytes);
          assert.ok(zeros(bytes.subarray(100, 300)) && zeros(bytes.subarray(4096)));
        }
      }
    }
  });

  it('elsewhere read as on other hosts: over their own entry or one before, beside the vector, of no length', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-overlap-'));
    const file = join(folder, 'stdin');
    const stream = Uint8Array.from({ length: 60 }, (_, i) => i + 1);
    writeFileSync(file, stream);
    const lists: readonly Parts[] = [
      [[VECTOR, 8]],
      [[0, 64]],
      [
        [4096, 8],
        [VECTOR, 8],
      ],
      [
        [4096, 8],
        [0, VECTOR + 16],
        [4200, 8],
      ],
      [
        [VECTOR, 8],
        [4096, 8],
      ],
      [
        [VECTOR + 16, 8],
        [4096, 8],
      ],
      [
        [VECTOR + 9, 0],
        [4096, 8],
      ],
      [
        [VECTOR + 8, 0],
        [4096, 8],
        [VECTOR, 16],
      ],
    ];
    for (const parts of lists) {
      const stdin = openSync(file, 'r');
      const code = reading(0, parts);
      const wasi = new WASI({ version: 'preview1', stdin });
      const module = new WebAssembly.Module(
        moduleBytes({
          ...code,
          exports: [
            ['f', 'func', 1],
            ['memory', 'memory', 0],
          ],
        }),
      );
      const instance = new WebAssembly.Instance(module, wasi.getImportObject() as WebAssembly.Imports);
      wasi.finalizeBindings(instance);
      (instance.exports['f'] as () => void)();
      closeSync(stdin);
      const { buffer } = instance.exports['memory'] as WebAssembly.Memory;
      const { bytes, status } = run(load(code), given(stream));
      assert.equal(status, 0n, String(parts));
      assert.deepEqual(bytes, new Uint8Array(buffer), String(parts));
    }
    rmSync(folder, { recursive: true });
  });

  it('a vector whose end is beyond 2^32 is one out of bounds', () => {
    const code = moduleOf(['fd_read'], (call) => [
      ...vectored(call, 'fd_read', 0, [[4096, 64]]),
      ...call('fd_read', i32(0), i32(VECTOR), i32(0x2000_0001), i32(RESULT)),
      'drop',
    ]);
    assert.equal(run(load(code), given(HARMLESS)).trap?.name, 'memoryOutOfBounds');
  });

  it('the row checker takes the trap for the outcome, and nothing else', () => {
    const status = statusOfFailure('buffersOverlap');
    for (const stream of [ATTACK, HARMLESS]) {
      const program = compile(
        reading(3, [
          [VECTOR + 8, 8],
          [100, 8],
        ]),
        'f',
      );
      const story = tell(program, { privateWord: privateWords({ privateStdin: stream }) });
      assert.equal(story.statement.status, status);
      assert.deepEqual(objections(story), []);
      assert.notDeepEqual(objections({ ...story, statement: { ...story.statement, status: 0n } }), []);
    }
  });
});
