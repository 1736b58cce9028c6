/** `compile-guest.ts SOURCE OUTPUT.wasm`: compiles a guest (.c, with a `main` for WASI; AssemblyScript .ts) as the examples are. */
import './lib/help.ts';
import { writeFile } from 'node:fs/promises';
import { compileGuest } from './lib/guests.ts';

const [source, output] = process.argv.slice(2);
if (source === undefined || output === undefined) {
  process.stderr.write('usage: compile-guest.ts SOURCE.c|SOURCE.ts OUTPUT.wasm\n');
  process.exitCode = 2;
} else {
  try {
    const wasm = await compileGuest(source);
    await writeFile(output, wasm);
    process.stdout.write(`${output}: ${wasm.length} bytes\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
