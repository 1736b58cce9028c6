/** What the tests of advices share: a folder, modules from their texts, one session, one proof. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSession,
  type ProveResult,
  prove,
  type Session,
  writeProofDocument,
} from '../../../sdk/src/index.ts';
import { assembleWat } from '../../attest/lib/wat.ts';

const cleanups: (() => unknown)[] = [];

/** Called when all is done, the last one first. */
export function cleanUp(work: () => unknown): void {
  cleanups.unshift(work);
}

export async function closeShared(): Promise<void> {
  for (const cleanup of cleanups.splice(0)) await cleanup();
}

/** Made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export const folder: () => string = once(() => {
  const path = mkdtempSync(join(tmpdir(), 'wattest-advice-'));
  cleanUp(() => rmSync(path, { recursive: true, force: true }));
  return path;
});

/** A file of the folder. */
export function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder(), name);
  writeFileSync(path, contents);
  return path;
}

/** The path of a module that is given as text. */
export async function moduleFile(name: string, text: string): Promise<string> {
  return file(`${name}.wasm`, await assembleWat(text));
}

export const ADD =
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
/** `divide` traps for 0; there is another export. */
export const DIVIDE =
  '(module (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))) (func (export "other")))';
/** Two exports, a memory and an allocator: `length(bytes)`, and `private` that reads one private word. */
export const BYTES = `(module
  (import "env" "wasm_input" (func $input (param i32) (result i64)))
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "alloc") (param i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $next))
    (global.set $next (i32.add (global.get $next) (local.get 0)))
    (local.get $at))
  (func (export "length") (param i32 i32) (result i32) (local.get 1))
  (func (export "secret") (result i64) (call $input (i32.const 0)))
  (func (export "open") (result i64) (call $input (i32.const 1))))`;

export const session: () => Promise<Session> = once(async () => {
  const opened = await openSession({ onWarning: () => {} });
  cleanUp(() => opened[Symbol.asyncDispose]());
  return opened;
});

/** `add(2, 3)`, proven. */
export const proven: () => Promise<ProveResult & { readonly path: string; readonly wasm: Uint8Array }> = once(
  async () => {
    const wasm = await assembleWat(ADD);
    const result = await prove(await session(), { wasm, args: [2, 3] });
    return { ...result, wasm, path: file('add.proof.json', writeProofDocument(result.document)) };
  },
);
