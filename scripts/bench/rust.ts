/**
 * Compiles the Rust guests anew; the modules are committed, since few users have a Rust compiler for WebAssembly. Debian's packages
 * rustc and libstd-rust-dev-wasm32 (1.63) made them. The features are those that Rust enables itself since 1.82 to 1.87.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER: string = join(import.meta.dirname, 'guests');
const FLAGS: readonly string[] = [
  '--edition',
  '2021',
  '--target',
  'wasm32-unknown-unknown',
  '--crate-type',
  'cdylib',
  '-C',
  'opt-level=3',
  '-C',
  'strip=debuginfo',
  '-C',
  'target-feature=+bulk-memory,+sign-ext,+mutable-globals,+nontrapping-fptoint',
];

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.rs'))) {
  const out = file.replace(/rs$/, 'wasm');
  execFileSync('rustc', [...FLAGS, '-o', out, file], { cwd: FOLDER, stdio: 'inherit' });
}
