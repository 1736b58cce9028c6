/** Sources to modules, each by the compiler of its language. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fail } from '../../errors/index.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { exportedFunctions } from '../../wasm/types.ts';
import { readText } from '../files.ts';
import { compileAssemblyScript } from './assemblyscript.ts';
import { compileC, FREESTANDING_FLAGS, WASI_FLAGS } from './clang.ts';
import { compileGo } from './go.ts';
import { included } from './include.ts';
import { compileRust } from './rust.ts';
import { SOURCES } from './sources.ts';
import { compileSwift } from './swift.ts';
import { compileZig } from './zig.ts';

/** Headers of this package. */
const HEADERS: readonly string[] = ['wattest.h', 'wattest_sha256.h'];

/** Functions know the host functions of `wattest.h` and nothing else. */
const FUNCTION_FLAGS: readonly string[] = [
  ...FREESTANDING_FLAGS,
  // Copies of structs become memory.copy instead of a call of the memcpy that no library provides.
  '-mbulk-memory',
];
/** No target of the compilers at hand has exceptions that this machine runs. */
const CPP_FLAGS: readonly string[] = ['-fno-exceptions', '-fno-rtti'];

export interface CompileSourceOptions {
  /** More options for the compiler. */
  readonly flags?: readonly string[];
  /** Receives a compiler's messages about a module that it made all the same; without it warnings of C are errors. */
  readonly onWarnings?: (messages: string) => void;
  /** Ends the compiler: those of Rust, Go, Zig and Swift are processes, the others then have a thread of their own. */
  readonly signal?: AbortSignal;
}

/**
 * Compiles the guest in a source file. C and C++: with a `main` for WASI, with the standard library; without one the functions marked
 * `WATTEST_EXPORT(name)`. AssemblyScript: its exported functions. Rust, Zig: a program where it has a `main`, else a library. Go: a program, with
 * `//go:wasmexport` a library. Swift: a library.
 * @throws FILE_UNREADABLE, COMPILER_MISSING, COMPILER_FAILED, ABORTED, USAGE for another ending
 */
export async function compileSource(path: string, options: CompileSourceOptions = {}): Promise<Uint8Array> {
  const text = await readText(path, 'Give the source of a program');
  switch (extname(path)) {
    case '.c':
    case '.cc':
    case '.cpp':
      return compileCSource(path, text, options);
    case '.ts': {
      const { flags = [], signal } = options;
      return compileAssemblyScript(text, { folder: dirname(path), name: path, flags, signal });
    }
    case '.rs':
      return compileRust(path, text, options);
    case '.go':
      return compileGo(path, text, options);
    case '.zig':
      return compileZig(path, text, options);
    case '.swift':
      return compileSwift(path, options);
    default:
      return fail('USAGE', `no compiler is known for the ending "${extname(path)}"`, {
        where: path,
        fix: `Give a file that ends in ${SOURCES.join(', ')}; compile other languages with their own compilers, text of WebAssembly with \`npx -p wabt wat2wasm\``,
      });
  }
}

async function compileCSource(
  path: string,
  text: string,
  { flags = [], onWarnings, signal }: CompileSourceOptions,
): Promise<Uint8Array> {
  const main = basename(path);
  const isProgram = /\bmain\s*\(/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ' '));
  const files = {
    ...(await headersBeside(path)),
    include: await textsOf(HEADERS, included),
    [main]: text,
  };
  const all = [
    ...(isProgram ? WASI_FLAGS : FUNCTION_FLAGS),
    '-Iinclude',
    ...(extname(path) === '.c' ? [] : CPP_FLAGS),
    ...flags,
  ];
  const wasm = await compileC(files, main, all, { name: path, onWarnings, signal });
  if (exportedFunctions(decodeModule(wasm)).length > 0) return wasm;
  return fail('COMPILER_FAILED', 'the source exports no function', {
    where: path,
    fix: 'Give it a main, or WATTEST_EXPORT(name) of wattest.h',
  });
}

/** Headers in the folder of the source, which it may include. */
async function headersBeside(path: string): Promise<Record<string, string>> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => /\.(?:h|hh|hpp|inc)$/.test(name));
  return textsOf(names, (name) => join(folder, name));
}

async function textsOf(
  names: readonly string[],
  pathOf: (name: string) => string,
): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(pathOf(name), 'utf8')] as const)),
  );
}
