/** The example in embedded Swift, by the commands of examples/README.md. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { answer, onPath } from '../../../sdk/src/cli/compile/process.ts';
import { ROOT } from '../../structure/sources.ts';

const TARGET = 'wasm32-unknown-none-wasm';
/** Earlier ones call destructors by a type that they do not have, which traps. */
const LEAST_VERSION = 6.1;

export interface Swift {
  readonly swiftc: string;
  /** Of clang and wasm-ld, which come with it. */
  readonly tools: string;
  /** Archives of the standard library for the target. */
  readonly libraries: readonly string[];
}

/** The first `swiftc` on the path that compiles embedded Swift for WebAssembly as it should. */
export async function findSwift(): Promise<Swift | undefined> {
  for await (const swiftc of onPath('swiftc')) {
    const version = /Swift version (\d+\.\d+)/.exec((await answer(swiftc, ['--version'])) ?? '')?.[1];
    const tools = dirname(realpathSync(swiftc));
    const embedded = join(tools, '../lib/swift/embedded');
    const archives = join(embedded, TARGET);
    if (version === undefined || Number(version) < LEAST_VERSION) continue;
    if (!existsSync(join(embedded, 'Swift.swiftmodule', `${TARGET}.swiftmodule`))) continue;
    const libraries = existsSync(archives) ? readdirSync(archives).map((name) => join(archives, name)) : [];
    return { swiftc, tools, libraries };
  }
  return undefined;
}

/** @param folder for what is made on the way */
export function compileMeeting({ swiftc, tools, libraries }: Swift, folder: string): Uint8Array {
  const source = join(ROOT, 'examples/meeting');
  const call = (command: string, ...args: string[]): unknown => execFileSync(command, args, { cwd: folder });
  call(
    swiftc,
    ...['-target', TARGET, '-enable-experimental-feature', 'Embedded', '-wmo', '-Osize', '-parse-as-library'],
    ...['-Xfrontend', '-disable-stack-protector', '-import-objc-header', join(ROOT, 'sdk/include/wattest.h')],
    ...['-Xcc', '-ffreestanding', '-Xcc', '-fdeclspec', '-Xcc', '-mbulk-memory'],
    ...['-c', join(source, 'meeting.swift'), '-o', 'meeting.o'],
  );
  call(join(tools, 'clang'), '--target=wasm32', '-O2', '-c', join(source, 'memory.c'), '-o', 'memory.o');
  const link = ['--no-entry', '--strip-all', 'meeting.o', 'memory.o', ...libraries, '-o', 'meeting.wasm'];
  call(join(tools, 'wasm-ld'), ...link);
  return readFileSync(join(folder, 'meeting.wasm'));
}
