/** Advices about the files of WASI programs. */
import { createHash } from 'node:crypto';
import { prove, readProofDocument, run, verify, writeProofDocument } from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { type Advised, succeeds, type Table } from './lib/follow.ts';
import { file, moduleFile, once, session } from './lib/shared.ts';

/** Opens \`f\`, and exits with the error that this is. */
const OPENS = `(module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (data (i32.const 0) "f")
  (func (export "_start") (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1)
    (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 8)))))`;
const BYTES = new TextEncoder().encode('a file');
const invoke = '_start(files)';

const given = async (more: object = {}) => ({
  wasm: await assembleWat(OPENS),
  invoke,
  files: { f: BYTES },
  ...more,
});
/** Refused with files like these, and none of the others. */
const files =
  (wrong: Readonly<Record<string, unknown>>, right: Readonly<Record<string, Uint8Array>>) =>
  async (advised: Advised): Promise<void> => {
    await advised.by(async () => run(await given({ files: wrong })));
    await run(await given({ files: right }));
  };
const many = (count: number): Record<string, Uint8Array> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, BYTES]));

const proof = once(async () => {
  const { document } = await prove(await session(), await given());
  return readProofDocument(writeProofDocument(document), 'proof');
});
const onDisk = once(async () => ({
  wasm: await moduleFile('opens', OPENS),
  path: file('opens.json', writeProofDocument(await proof())),
  f: file('f', BYTES),
}));

export const FILES: Table = {
  'Give fewer files': files(many(257), many(256)),
  'Give smaller files': files({ f: new Uint8Array(2 ** 24 + 1) }, { f: BYTES }),
  'Give its bytes, a Uint8Array of the file': files({ f: 'a file' }, { f: BYTES }),
  'Rename one of them': files({ f: BYTES, 'f/g': BYTES }, { f: BYTES, 'd/g': BYTES }),
  'Give a path like data/table.csv, from the directory / on: no slash at either end, no "." and ".." in it':
    files({ '/f': BYTES }, { f: BYTES, 'data/table.csv': BYTES }),
  'Give it as one of the files, whose bytes are private too': async (advised) => {
    await advised.by(async () => run(await given({ privateStdin: 'x' })));
    await run(await given({ files: { f: BYTES, input: new TextEncoder().encode('x') } }));
  },
  'Give the module too': async (advised) => {
    const document = await proof();
    const about = { document, files: { f: BYTES } };
    await advised.by(async () => verify(await session(), { ...about, programId: document.programId }));
    await verify(await session(), { ...about, wasm: await assembleWat(OPENS) });
  },
  'Name the files that the run must have had, byte for byte, all of them': async (advised) => {
    const about = { document: await proof(), wasm: await assembleWat(OPENS) };
    await advised.by(async () => verify(await session(), { ...about, files: {} }));
    await verify(await session(), { ...about, files: { f: BYTES } });
  },
  'Name the module with --program: it says which words are files': async (advised) => {
    const { wasm, path, f } = await onDisk();
    const { programId } = await proof();
    await advised.byCommand(['verify', path, '--id', programId, '--file', `f=${f}`]);
    await succeeds(['verify', path, '--program', wasm, '--file', `f=${f}`]);
  },
  'Give the digest as sha256sum prints it, or the path of the file': async (advised) => {
    const { wasm, path } = await onDisk();
    const args = ['verify', path, '--program', wasm, '--file'];
    await advised.byCommand([...args, 'f=sha256:abc']);
    await succeeds([...args, `f=sha256:${createHash('sha256').update(BYTES).digest('hex')}`]);
  },
};
