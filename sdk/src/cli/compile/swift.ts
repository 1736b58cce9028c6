/** Embedded Swift by a `swiftc` on the path, with the clang and the wasm-ld that come with it. */
import { access, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../../errors/index.ts';
import { included } from './include.ts';
import { answer, compileBySteps, onPath, type ProcessOptions } from './process.ts';

const TARGET = 'wasm32-unknown-none-wasm';
/** Version 6.0 calls destructors by a type that they do not have, which traps. */
const LEAST_VERSION: readonly [number, number] = [6, 2];
const FLAGS: readonly string[] = [
  ...['-target', TARGET, '-enable-experimental-feature', 'Embedded', '-wmo', '-Osize', '-parse-as-library'],
  // The hash of incremental builds is data of the module, and another in every folder.
  ...['-Xfrontend', '-disable-stack-protector', '-Xfrontend', '-disable-incremental-llvm-codegen'],
  ...['-Xcc', '-ffreestanding', '-Xcc', '-fdeclspec', '-Xcc', '-mbulk-memory'],
];
const LIBRARY_FLAGS: readonly string[] = ['--target=wasm32', '-O2', '-ffreestanding'];

export interface SwiftCompiler {
  readonly swiftc: string;
  /** The folder of clang and wasm-ld. */
  readonly tools: string;
  /** Archives of the standard library for the target. */
  readonly archives: readonly string[];
}

/** The first `swiftc` on the path that compiles embedded Swift for WebAssembly as it should; undefined where there is none. */
export async function findSwift(): Promise<SwiftCompiler | undefined> {
  for await (const swiftc of onPath('swiftc')) {
    const version = /Swift version (\d+)\.(\d+)/.exec((await answer(swiftc, ['--version'])) ?? '');
    if (version === null || !isRecent(Number(version[1]), Number(version[2]))) continue;
    const tools = dirname(await realpath(swiftc));
    const embedded = join(tools, '../lib/swift/embedded');
    const needed = [
      join(embedded, 'Swift.swiftmodule', `${TARGET}.swiftmodule`),
      join(tools, 'clang'),
      join(tools, 'wasm-ld'),
    ];
    const isThere = await Promise.all(needed.map((file) => access(file))).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const folder = join(embedded, TARGET);
    const names = await readdir(folder).catch(() => []);
    return {
      swiftc,
      tools,
      archives: names
        .filter((name) => name.endsWith('.a'))
        .toSorted()
        .map((name) => join(folder, name)),
    };
  }
  return undefined;
}

function isRecent(major: number, minor: number): boolean {
  const [least, leastMinor] = LEAST_VERSION;
  return major > least || (major === least && minor >= leastMinor);
}

/**
 * Compiles a source file as a library of the functions marked `@_expose(wasm, "name") @_cdecl("name")`, with the host functions of `wattest.h`
 * and what Swift asks a C library for (`include/swift-library.c`).
 * @throws COMPILER_MISSING, COMPILER_FAILED, ABORTED
 */
export async function compileSwift(
  path: string,
  { flags = [], ...options }: ProcessOptions = {},
): Promise<Uint8Array> {
  const found = await findSwift();
  if (found === undefined)
    fail(
      'COMPILER_MISSING',
      `no swiftc of version ${LEAST_VERSION.join('.')} or later with embedded Swift for WebAssembly is on the path`,
      { where: path, fix: "Install Debian's package swiftlang, of unstable (docs/compile.md, Swift)" },
    );
  const { swiftc, tools, archives } = found;
  return compileBySteps(
    path,
    (output, folder) => {
      const [object, library] = [join(folder, 'guest.o'), join(folder, 'library.o')];
      return [
        {
          command: swiftc,
          args: [...FLAGS, '-import-objc-header', included('wattest.h'), ...flags, '-c', path, '-o', object],
        },
        {
          command: join(tools, 'clang'),
          args: [...LIBRARY_FLAGS, '-c', included('swift-library.c'), '-o', library],
        },
        {
          command: join(tools, 'wasm-ld'),
          args: ['--no-entry', '--strip-all', object, library, ...archives, '-o', output],
        },
      ];
    },
    options,
  );
}
