/** Modules that npm packages ship, for `npm run test:modules`: what each is and how it is entered. */
import { brotliCompressSync, deflateSync, zstdCompressSync } from 'node:zlib';
import type { ArgumentLike } from '../../sdk/src/index.ts';

export interface ModuleCase {
  /** Package and version, as npm takes them. */
  readonly from: string;
  /** Path of the module in the package, or of a source that holds it in base64. */
  readonly file: string;
  readonly madeBy: string;
  /** What is called. */
  readonly does: string;
  readonly entry: string;
  readonly args: readonly ArgumentLike[];
  /** Where it is refused: why, and what the message says. */
  readonly why?: string;
  readonly refused?: RegExp;
}

const TEXT =
  'The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog, and again: grün, blau.';
const BYTES: Uint8Array = new TextEncoder().encode(TEXT);

const BROTLI: Uint8Array = new Uint8Array(brotliCompressSync(BYTES));

const BINDGEN = 'Rust, wasm-bindgen';

export const MODULES: readonly ModuleCase[] = [
  {
    from: 'lz4-wasm-nodejs@0.9.2',
    file: 'lz4_wasm_nodejs_bg.wasm',
    madeBy: BINDGEN,
    does: 'LZ4',
    entry: 'compress(bytes) -> bytes',
    args: [BYTES],
  },
  {
    from: '@webbuf/blake3@3.8.0',
    file: 'src/rs-webbuf_blake3-bundler/webbuf_blake3_bg.wasm',
    madeBy: BINDGEN,
    does: 'BLAKE3',
    entry: 'blake3_hash(bytes) -> bytes',
    args: [BYTES],
  },
  {
    from: '@webbuf/blake3@3.8.0',
    file: 'src/rs-webbuf_blake3-bundler/webbuf_blake3_bg.wasm',
    madeBy: BINDGEN,
    does: 'BLAKE3 with a key',
    entry: 'blake3_mac(bytes, bytes) -> bytes',
    args: [new Uint8Array(32).fill(7), BYTES],
  },
  {
    from: '@webbuf/webbuf@3.8.0',
    file: 'src/rs-webbuf-bundler/webbuf_bg.wasm',
    madeBy: BINDGEN,
    does: 'Base64',
    entry: 'encode_base64(bytes) -> string',
    args: [BYTES],
  },
  {
    from: 'wasm-brotli@2.0.2',
    file: 'wasm_brotli_nodejs_bg.wasm',
    madeBy: BINDGEN,
    does: 'Brotli',
    entry: 'decompress(bytes) -> bytes',
    args: [BROTLI],
  },
  {
    from: 'brotli-wasm@3.0.1',
    file: 'pkg.node/brotli_wasm_bg.wasm',
    madeBy: BINDGEN,
    does: 'Brotli',
    entry: 'decompress(bytes) -> bytes',
    args: [BROTLI],
  },
  {
    from: 'json-strip-comments@3.0.1',
    file: 'json_strip_comments_wasm_bg.wasm',
    madeBy: BINDGEN,
    does: 'JSON without comments',
    entry: 'strip(string, i32) -> string',
    args: ['{ "a": 1 /* one */, } // end', 0],
  },
  {
    from: '@deltachat/message_parser_wasm@0.13.0',
    file: 'message_parser_wasm_bg.wasm',
    madeBy: BINDGEN,
    does: 'Punycode',
    entry: 'punycode_encode_host(string) -> string',
    args: ['grüße.example'],
  },
  {
    from: 'gecko-profiler-demangle@0.4.0',
    file: 'index_bg.wasm',
    madeBy: BINDGEN,
    does: 'names of C++ and Rust',
    entry: 'demangle_any(string) -> string',
    args: ['_ZN3foo3barEi'],
  },
  {
    from: 'windmill-parser-wasm-regex@1.764.0',
    file: 'windmill_parser_wasm_bg.wasm',
    madeBy: BINDGEN,
    does: 'parser, as JSON',
    entry: 'parse_bash(string) -> string',
    args: ['name="$1"\necho $name'],
  },
  {
    from: 'wasm-flate@1.0.2',
    file: 'wasm_flate_bg.wasm',
    madeBy: BINDGEN,
    does: 'zlib',
    entry: 'zlib_decode_raw(bytes) -> bytes',
    args: [new Uint8Array(deflateSync(BYTES))],
  },
  {
    from: 'wasm-flate@1.0.2',
    file: 'wasm_flate_bg.wasm',
    madeBy: BINDGEN,
    does: 'gzip',
    entry: 'gzip_encode_raw(bytes) -> bytes',
    args: [BYTES],
  },
  {
    from: '@polkadot-labs/schnorrkel-wasm@0.0.7',
    file: 'dist/nodejs/schnorrkel_bg.wasm',
    madeBy: BINDGEN,
    does: 'Ristretto keys',
    entry: 'sr25519_keypair_from_seed(bytes) -> bytes',
    args: [new Uint8Array(32).fill(7)],
  },
  {
    from: '@one-ini/wasm@0.2.1',
    file: 'one_ini_bg.wasm',
    madeBy: BINDGEN,
    does: 'its version',
    entry: 'version() -> string',
    args: [],
  },
  {
    from: 'brotli-dec-wasm@2.3.2',
    file: 'pkg/brotli_dec_wasm_bg.wasm',
    madeBy: BINDGEN,
    does: 'Brotli',
    entry: 'brotli_dec(bytes) -> bytes',
    args: [BROTLI],
  },
  {
    from: '@bokuweb/zstd-wasm@0.0.27',
    file: 'dist/common/zstd.wasm',
    madeBy: 'C, emscripten',
    does: 'Zstandard, its length',
    entry: 'r(bytes, bytes) -> u32 via s',
    args: [new Uint8Array(200), new Uint8Array(zstdCompressSync(BYTES))],
  },
  {
    from: 'xxhash-wasm@1.1.0',
    file: 'workerd/xxhash.wasm',
    madeBy: 'by hand',
    does: 'xxHash',
    entry: 'xxh64(bytes, u64) -> u64 via 1024',
    args: [BYTES, 7],
  },
  {
    from: 'murmurhash-wasm@1.3.0',
    file: 'dist/index.js',
    madeBy: 'AssemblyScript',
    does: 'MurmurHash',
    entry: 'hash32(string, u32) -> u32',
    args: [TEXT, 1],
  },
  {
    from: 'json_typegen_wasm@0.7.0',
    file: 'json_typegen_wasm_bg.wasm',
    madeBy: BINDGEN,
    does: 'types of JSON',
    entry: 'run(string, string, string) -> string',
    args: ['Root', '{"a":1}', '{"output_mode":"typescript"}'],
  },
  {
    from: '@wasm-fmt/sql_fmt@0.2.2',
    file: 'sql_fmt_bg.wasm',
    madeBy: BINDGEN,
    does: 'formatter of SQL',
    entry: 'format(string, i32) -> string via __wbindgen_export',
    args: ['select a from b', 0],
  },
  {
    from: 'elf-cam@0.1.1',
    file: 'elf_cam_bg.wasm',
    madeBy: BINDGEN,
    does: 'what an ELF file is',
    entry: 'detect(bytes) -> i32',
    args: [BYTES],
  },
  {
    from: 'es-module-lexer@3.0.5',
    file: 'dist/lexer.cjs',
    madeBy: 'C, clang',
    does: 'lexer of modules',
    entry: 'parse(bytes) -> i32 via __heap_base',
    args: [BYTES],
    refused: /SIMD/,
    why: 'SIMD',
  },
  {
    from: 'source-map@0.7.6',
    file: 'lib/mappings.wasm',
    madeBy: 'Rust',
    does: 'source maps',
    entry: 'parse_mappings(string) -> i32',
    args: [TEXT],
    refused: /gives memory/,
    why: 'a call is given the address that the call before returned',
  },
  {
    from: 'hash-wasm@4.13.0',
    file: 'dist/crc32.umd.min.js',
    madeBy: 'C, clang',
    does: 'CRC-32',
    entry:
      'Hash_Init(u32); Hash_Update(bytes) via Hash_GetBuffer; Hash_Final(); Hash_GetBuffer() -> tuple<u8, u8, u8, u8>',
    args: [0xedb8_8320, BYTES],
  },
];
