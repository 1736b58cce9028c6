/** Entries whose arguments and results are bytes, text and records (docs/arguments.md), in every form that exports have them in. */
import assert from 'node:assert/strict';
import { entryFor, loadProgram } from '../../sdk/src/attest/module/load.ts';
import { publicArgumentWords } from '../../sdk/src/attest/run/arguments.ts';
import { encodeStream as words } from '../../sdk/src/attest/run/streams.ts';
import type { ArgumentLike } from '../../sdk/src/index.ts';
import {
  check,
  openSession,
  programId,
  prove,
  type ReturnedValue,
  readProofDocument,
  run,
  type Session,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { trace } from '../../sdk/src/machine/execute/execute.ts';
import { verifyImage } from '../../sdk/src/machine/verify-image/verify-image.ts';
import { checkTrace } from '../machine/lib/check-trace.ts';
import { assembleWat } from './lib/wat.ts';

/** An allocator that goes up, and exports that give back what they got in each form that there is. */
const LIBRARY = `
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 4096))
  (global $stack (mut i32) (i32.const 4000))
  (func $alloc (export "alloc") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -8)))))
  (func (export "aligned") (param $size i32) (param $alignment i32) (result i32)
    (if (i32.ne (local.get $alignment) (i32.const 1)) (then (unreachable)))
    (call $alloc (local.get $size)))
  (func (export "nothing") (param i32) (result i32) (i32.const 0))
  (func (export "sum") (param $at i32) (param $length i32) (result i32) (local $sum i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $length)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $at) (local.get $length)))))
      (br $next)))
    (local.get $sum))
  (func (export "pair") (param $at i32) (param $length i32) (result i32 i32) (local.get $at) (local.get $length))
  (func (export "packed") (param $at i32) (param $length i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $length))))
  (func (export "area") (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 64) (local.get $at)) (i32.store (i32.const 68) (local.get $length)) (i32.const 64))
  (func (export "given") (param $result i32) (param $at i32) (param $length i32)
    (i32.store (local.get $result) (local.get $at)) (i32.store offset=4 (local.get $result) (local.get $length)))
  (global (export "free") i32 (i32.const 8192))
  (global (export "moving") (mut i32) (i32.const 8192))
  (func (export "buffer") (result i32) (i32.const 9000))
  (func (export "fallible") (param $at i32) (param $length i32) (result i32 i32 i32 i32)
    (local.get $at) (local.get $length) (i32.const 0) (i32.eqz (local.get $length)))
  (func (export "fallibleGiven") (param $result i32) (param $at i32) (param $length i32)
    (i32.store (local.get $result) (local.get $at)) (i32.store offset=4 (local.get $result) (local.get $length))
    (i32.store offset=8 (local.get $result) (i32.const 9)) (i32.store offset=12 (local.get $result) (i32.eqz (local.get $length))))
  (func (export "fallibleNumber") (param $result i32) (param $n i32)
    (i32.store (local.get $result) (local.get $n)) (i32.store offset=4 (local.get $result) (i32.const 9))
    (i32.store offset=8 (local.get $result) (i32.eqz (local.get $n))))
  (func (export "fallibleFloat") (param $result i32) (param $n f64)
    (f64.store (local.get $result) (local.get $n)) (i32.store offset=8 (local.get $result) (i32.const 9))
    (i32.store offset=12 (local.get $result) (f64.eq (local.get $n) (f64.const 0))))
  (func (export "fallibleFlat") (param $n i32) (result i32 i32 i32) (local.get $n) (i32.const 9) (i32.eqz (local.get $n)))
  (func (export "f(i32) via x") (param $at i32) (param $length i32) (result i32) (local.get $length))
  (func (export "where") (param i32 i32 i32 i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 2))))
  (func (export "far") (param i32 i32) (result i32 i32) (i32.const 65530) (i32.const 7))
  (func (export "two") (param $a i32) (param $m i32) (param $n f64) (param $b i32) (param $k i32) (result i64)
    (i64.add (i64.mul (i64.extend_i32_u (i32.load8_u (local.get $a))) (i64.const 1000))
      (i64.add (i64.extend_i32_u (i32.load8_u (local.get $b))) (i64.trunc_f64_s (local.get $n)))))
  (func (export "scalars") (param i32 i32 i32 i32 i64 f32 f64) (result f64)
    (f64.add (local.get 6) (f64.add (f64.promote_f32 (local.get 5)) (f64.add (f64.convert_i64_s (local.get 4))
      (f64.convert_i32_s (i32.add (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 2) (local.get 3))))))))
  (func $record (param $at i32)
    (i32.store8 (local.get $at) (i32.const 200)) (i32.store8 offset=1 (local.get $at) (i32.const 201))
    (i32.store16 offset=2 (local.get $at) (i32.const 60000)) (i64.store offset=8 (local.get $at) (i64.const -5))
    (i32.store8 offset=16 (local.get $at) (i32.const 1)) (f32.store offset=20 (local.get $at) (f32.const 1.5)))
  (func (export "record") (result i32) (call $record (i32.const 128)) (i32.const 128))
  (func (export "recordGiven") (param i32) (call $record (local.get 0)))
  (func (export "recordFlat") (result i32 i64) (i32.const -1) (i64.const 7))
  (func (export "none") (param i32 i32))`;
const STACK = `(func (export "__wbindgen_add_to_stack_pointer") (param $by i32) (result i32)
    (global.set $stack (i32.add (global.get $stack) (local.get $by))) (global.get $stack))`;
/** Objects as AssemblyScript has them: their class and size stand before. */
const OBJECTS = `(module (memory (export "memory") 1) (global $next (mut i32) (i32.const 4096)) (global $pinned (mut i32) (i32.const 0))
  (func (export "__new") (param $size i32) (param $class i32) (result i32) (local $at i32)
    (local.set $at (i32.add (global.get $next) (i32.const 16)))
    (global.set $next (i32.add (local.get $at) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -8))))
    (i32.store (i32.sub (local.get $at) (i32.const 8)) (local.get $class))
    (i32.store (i32.sub (local.get $at) (i32.const 4)) (local.get $size)) (local.get $at))
  (func (export "__pin") (param i32) (result i32) (global.set $pinned (i32.add (global.get $pinned) (i32.const 1))) (local.get 0))
  (func (export "same") (param i32) (result i32) (local.get 0))
  (func (export "class") (param i32) (result i32) (i32.add (i32.mul (global.get $pinned) (i32.const 10)) (i32.load (i32.sub (local.get 0) (i32.const 8))))))`;

describe('typed entries', () => {
  let library: Uint8Array;
  let withStack: Uint8Array;
  let objects: Uint8Array;
  before(async () => {
    library = await assembleWat(`(module ${LIBRARY})`);
    withStack = await assembleWat(`(module ${LIBRARY} ${STACK})`);
    objects = await assembleWat(OBJECTS);
  });

  const TEXT = 'drei kleine Wörter, 3 👋';
  const BYTES = Uint8Array.from([0, 255, 128, 7, 0, 1, 2, 3, 4]);

  const cases: readonly (readonly [
    invoke: string,
    args: readonly ArgumentLike[],
    expected: ReturnedValue | undefined,
  ])[] = [
    ['sum(bytes) -> u32', [BYTES], 400n],
    ['sum(list<u8>) -> i32 via aligned', [BYTES], 400n],
    ['sum(private string) -> u32', ['abc'], 294n],
    ['sum(string) -> u32', [''], 0n],
    ['pair(bytes) -> bytes', [BYTES], BYTES],
    ['pair(string) -> string', [TEXT], TEXT],
    ['pair(private string) -> string', [TEXT], TEXT],
    ['packed(string) -> string', [TEXT], TEXT],
    ['area(bytes) -> bytes', [BYTES], BYTES],
    ['given(bytes) -> bytes', [BYTES], BYTES],
    ['given(bytes) -> string', [new TextEncoder().encode(TEXT)], TEXT],
    ['none(bytes)', [BYTES], undefined],
    ['fallible(bytes) -> bytes', [BYTES], BYTES],
    ['fallible(bytes) -> fallible bytes', [BYTES], BYTES],
    ['fallibleGiven(bytes) -> fallible bytes', [BYTES], BYTES],
    ['fallibleGiven(private string) -> fallible string', [TEXT], TEXT],
    ['fallibleNumber(u8) -> fallible u8', [200], 200n],
    ['fallibleFloat(f64) -> fallible f64', [-2.5], -2.5],
    ['fallibleFlat(bool) -> fallible bool', [1], true],
    ['f(i32) via x(bytes) -> i32 via alloc', [BYTES], 9n],
    ['f(i32) via x(private string) -> u32', ['abc'], 3n],
    ['sum(bytes) -> u32 via buffer', [BYTES], 400n],
    ['where(bytes, bytes) -> u64 via free', [BYTES, BYTES], (8192n << 32n) | 8208n],
    ['where(bytes, private bytes) -> u64 via 1001', [BYTES, BYTES], (1001n << 32n) | 1016n],
    ['two(bytes, f64, private string) -> s64', [BYTES.subarray(1), -12.5, 'a'], 255000n + 97n - 12n],
    [
      'scalars(u8, s8, u16, bool, s64, f32, f64) -> f64',
      [255, -128, '0xffff', 1, -7n, 1.5, 0.25],
      255 - 128 + 65535 + 1 - 7 + 1.75,
    ],
    [
      'scalars(private s16, private s16, i32, u32, private u64, private f32, private f64) -> f64',
      [-32768, 32767, 1, 2, 3, 0.5, 1],
      6.5,
    ],
    ['record() -> tuple<u8, s8, u16, s64, bool, f32>', [], [200n, -55n, 60000n, -5n, true, 1.5]],
    [
      'recordGiven() -> record<u8, u8, s16, u64, bool, f32>',
      [],
      [200n, 201n, -5536n, 2n ** 64n - 5n, true, 1.5],
    ],
    ['recordFlat() -> tuple<s32, i64>', [], [-1n, 7n]],
  ];
  for (const [invoke, args, expected] of cases) {
    it(`${invoke}: value, trace, every constraint`, async () => {
      for (const wasm of [library, withStack]) {
        const { returned, status, outputs, warnings } = await run({ wasm, invoke, args });
        assert.equal(status.kind, 'returned');
        assert.deepEqual(returned, expected);
        assert.deepEqual([outputs, warnings], [[], []]);
      }
      assert.ok((await check({ wasm: library, invoke, args })).ok);
    });
  }

  it('of AssemblyScript: objects, strings in UTF-16, each kept from the collector', async () => {
    for (const [invoke, args, expected] of [
      ['same(string) -> string', [`${TEXT}\ud800`], `${TEXT}\ufffd`],
      ['same(private string) -> string', [TEXT], TEXT],
      ['same(bytes) -> bytes', [BYTES], BYTES],
      ['class(string) -> i32', [TEXT], 12n],
      ['class(bytes) -> i32', [BYTES], 11n],
    ] as const) {
      assert.deepEqual((await run({ wasm: objects, invoke, args })).returned, expected, invoke);
      assert.ok((await check({ wasm: objects, invoke, args })).ok);
    }
    assert.deepEqual(
      (await run({ wasm: objects, invoke: 'same(string) -> bytes', args: ['aß'] })).returned,
      Uint8Array.from([97, 0, 0xdf, 0]),
    );
  });

  it('words of the statement are a stream of each public argument, and nothing of private ones', () => {
    const { program } = loadProgram(library, 'two(bytes, f64, private string) -> s64');
    verifyImage(program);
    const publicInputs = [...words(BYTES), 0n];
    const traced = trace(program, { publicInputs, privateInputs: words('a') });
    checkTrace(program, traced);
    assert.deepEqual(traced.publicInputs, publicInputs);
    assert.deepEqual(traced.publicOutputs, [97n]);
  });

  it('what is no value of its type is refused by the program itself, with a trace', () => {
    const refused: readonly (readonly [
      invoke: string,
      publicInputs: readonly bigint[],
      privateInputs?: readonly bigint[],
    ])[] = [
      ['sum(bytes) -> u32', [2n ** 32n, 1n]],
      ['sum(bytes) -> u32', [3n, 1n << 24n]],
      ['sum(private bytes) -> u32', [], [3n, 1n << 63n]],
      ['sum(string) -> u32', words(Uint8Array.from([0xc0, 0x80]))],
      ['sum(private string) -> u32', [], words(Uint8Array.from([0xed, 0xa0, 0x80]))],
      ['scalars(u8, i32, i32, i32, i64, f32, f64) -> f64', [256n, 0n, 0n, 0n, 0n, 0n, 0n]],
      ['scalars(i32, s8, i32, i32, i64, f32, f64) -> f64', [0n, 128n, 0n, 0n, 0n, 0n, 0n]],
      ['scalars(i32, i32, i32, private bool, i64, f32, f64) -> f64', [0n, 0n, 0n, 0n, 0n, 0n], [2n]],
      ['scalars(i32, i32, i32, private u32, i64, f32, f64) -> f64', [0n, 0n, 0n, 0n, 0n, 0n], [2n ** 32n]],
    ];
    for (const [invoke, publicInputs, privateInputs = []] of refused) {
      const { program } = loadProgram(library, invoke);
      const traced = trace(program, { publicInputs, privateInputs });
      checkTrace(program, traced);
      assert.equal(traced.execution.trap?.text, 'an argument that is none of its type', invoke);
    }
    const { program } = loadProgram(objects, 'same(string) -> string');
    assert.equal(trace(program, { publicInputs: words('abc') }).execution.trap?.name, 'argumentInvalid');
  });

  it('no memory, and results out of bounds, are traps; too few words are a refusal', () => {
    const end = (invoke: string, publicInputs: readonly bigint[]) =>
      trace(loadProgram(library, invoke).program, { publicInputs }).execution.trap?.name;
    assert.equal(end('sum(bytes) -> u32 via nothing', words('a')), 'memoryOutOfBounds');
    assert.equal(end('fallible(bytes) -> bytes', words('')), 'unreachable');
    // Without the word that says so, an error of an older wasm-bindgen is no bytes at all.
    assert.equal(end('fallibleGiven(bytes) -> bytes', words('')), undefined);
    assert.equal(end('fallibleGiven(bytes) -> fallible bytes', words('')), 'unreachable');
    assert.equal(end('fallibleNumber(u32) -> fallible u32', [0n]), 'unreachable');
    assert.equal(end('fallibleFloat(f64) -> fallible f64', [0n]), 'unreachable');
    assert.equal(end('fallibleFlat(u32) -> fallible u32', [0n]), 'unreachable');
    assert.equal(end('sum(bytes) -> u32 via 65535', words('ab')), 'memoryOutOfBounds');
    assert.equal(end('far(bytes) -> bytes', words('a')), 'memoryOutOfBounds');
    assert.equal(end('sum(bytes) -> u32', [100_000n]), 'inputExhausted');
    assert.equal(end('sum(bytes) -> u32', []), 'inputExhausted');
  });

  it('values that are none of their type are an error before, which does not show them', async () => {
    for (const [invoke, args, message] of [
      ['sum(bytes) -> u32', ['secret'], /not bytes/],
      ['sum(string) -> u32', [424242], /not text/],
      ['scalars(u8, i32, i32, i32, i64, f32, f64) -> f64', [424242, 0, 0, 0, 0, 0, 0], /none of type u8/],
      [
        'scalars(u8, i32, i32, i32, i64, f32, f64) -> f64',
        [BYTES, 0, 0, 0, 0, 0, 0],
        /bytes for a parameter/,
      ],
      ['sum(bytes) -> u32', [], /takes 1 argument \(bytes\), got 0/],
      ['sum', [BYTES, 424242], /bytes for a parameter of type i32/],
    ] as const) {
      await assert.rejects(run({ wasm: library, invoke, args }), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(`${error.message}${(error as { fix?: string }).fix}`, /secret|424242/);
        return (error as { code?: string }).code === 'INPUT_INVALID';
      });
    }
  });

  it('signatures that the export cannot have are refused by name', async () => {
    const bare = await assembleWat(
      '(module (func (export "f") (param i32 i32)) (func (export "g") (param i32) (result i32) (i32.const 0)))',
    );
    for (const [wasm, invoke, message] of [
      [library, 'sum(text) -> u32', /"text" is no type of an argument/],
      [library, 'sum(bytes) -> vector', /"vector" is no type of a result/],
      [library, 'sum(bytes) -> fallible u32', /which the signature is none of/],
      [library, 'given(bytes) -> fallible tuple<u32>', /"fallible tuple<u32>" is no type of a result/],
      [library, 'sum(bytes)', /the type \(i32, i32\) -> \(i32\), which the signature is none of/],
      [library, 'sum(bytes, u32) -> u32', /which the signature is none of/],
      [library, 'sum(bytes) -> u32 via pair', /has not the type of an allocator/],
      [library, 'sum(bytes) -> u32 via memory', /no export that gives memory/],
      [library, 'sum(bytes) -> u32 via moving', /no export that gives memory/],
      [library, 'sum(bytes) -> u32 via 4294967296', /no export that gives memory/],
      [bare, 'f(bytes)', /exports nothing that gives memory/],
      [bare, 'f(bytes) via g', /no memory/],
    ] as const)
      await assert.rejects(run({ wasm, invoke }), { code: 'SIGNATURE_INVALID', message });
    await assert.rejects(run({ wasm: library, invoke: 'absent(bytes)' }), {
      code: 'EXPORT_MISSING',
      message: /no function "absent"/,
    });
  });

  it('of a statement it is known how many words are arguments, or that some are missing', () => {
    const typed = loadProgram(library, 'two(bytes, f64, private string) -> s64').program.typed!;
    const whole = [...words(BYTES), 5n];
    assert.equal(publicArgumentWords(typed, whole), 4);
    assert.equal(publicArgumentWords(typed, [...whole, 9n]), 4);
    for (let count = 0; count < 4; count++)
      assert.equal(publicArgumentWords(typed, whole.slice(0, count)), undefined);
    assert.equal(publicArgumentWords(typed, [2n ** 64n - 1n, 5n]), undefined);
  });

  it('an export that is called like a typed entry is that export', async () => {
    const wasm = await assembleWat(
      '(module (func (export "f(bytes)") (result i32) (i32.const 9)) (func (export "f") (param i32 i32)))',
    );
    assert.deepEqual((await run({ wasm, invoke: 'f(bytes)' })).results, [9n]);
    assert.deepEqual((await run({ wasm: library, invoke: 'f(i32) via x', args: [1, 5] })).results, [5n]);
  });

  it('arguments are given to an export that is called like one with an allocator, and none to an allocator of such a name', () => {
    const text = [{ type: 'string', isPrivate: false }] as const;
    assert.equal(entryFor(library, 'f(i32) via x', text, {}), 'f(i32) via x(string) -> i32');
    for (const allocator of ['f(i32)', 'a b', ''])
      assert.throws(() => entryFor(library, 'sum', text, { allocator }), {
        code: 'SIGNATURE_INVALID',
        message: /has no space and no parentheses/,
      });
  });

  it('of AssemblyScript: an address of text or bytes that is taken for a number is named, a number is not', async () => {
    const warned = async (invoke: string, args: readonly ArgumentLike[]): Promise<string> =>
      (await run({ wasm: objects, invoke, args })).warnings.join();
    assert.match(
      await warned('same(string) -> i32', [TEXT]),
      /^same returned the address of a string .*--returns string/,
    );
    assert.match(
      await warned('same(bytes) -> i32', [BYTES]),
      /^same returned the address of an ArrayBuffer .*--returns bytes/,
    );
    for (const [invoke, args] of [
      ['same(string) -> string', [TEXT]],
      ['same(string) -> bytes', ['']],
      ['class(string) -> i32', [TEXT]],
      ['same(u32) -> u32', [4112]],
      ['same(u32) -> u32', [65536]],
      ['same(u32) -> u32', [2 ** 32 - 16]],
    ] as const)
      assert.equal(await warned(invoke, args), '', invoke);
  });

  describe('proven', () => {
    let session: Session;
    before(async () => {
      session = await openSession({ onWarning: () => {} });
    });
    after(() => session.dispose());

    it('the proof file names the entry, and verify wants it where an entry is expected', async () => {
      const wasm = library;
      const invoke = 'pair( private string )->string';
      const made = await prove(session, { wasm, invoke, args: ['geheim'] });
      assert.equal(made.returned, 'geheim');
      const text = writeProofDocument(made.document);
      const document = readProofDocument(text, 'test');
      assert.equal(document.entry, 'pair(private string) -> string');
      assert.deepEqual(document.statement.publicInputs, []);
      const accepted = await verify(session, { document, wasm });
      assert.equal(accepted.entry, 'pair(private string) -> string');
      assert.equal(accepted.programId, await programId(session, { wasm, invoke }));
      for (const same of [invoke, 'pair(private string) -> string via alloc'])
        assert.ok(await verify(session, { document, wasm, invoke: same }));
      // Whoever expects the bare export, or public text, does not get a proof of another entry.
      for (const other of [
        'pair',
        'pair(string) -> string',
        'pair(private bytes) -> string',
        'packed(private string) -> string',
      ])
        await assert.rejects(verify(session, { document, wasm, invoke: other }), { code: 'PROOF_PROGRAM' });
      await assert.rejects(verify(session, { document: { ...document, entry: 'pair' }, wasm }), {
        code: 'PROOF_PROGRAM',
      });
    });
  });
});
