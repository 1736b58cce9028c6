/**
 * `compile-guest.ts SOURCE OUTPUT.wasm`: compiles a guest (.c, with `int main(` for WASI; AssemblyScript .ts) as the examples
 * are. The source is one file, which may include the compiler's headers and `wattest.h`.
 */
import './lib/help.ts';
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { compileGuest } from './lib/guests.ts';

const [source, output] = process.argv.slice(2);
if (source === undefined || output === undefined || !['.c', '.ts'].includes(extname(source))) {
  process.stderr.write(
    'usage: compile-guest.ts SOURCE.c|SOURCE.ts OUTPUT.wasm (other languages: with their own compilers)\n',
  );
  process.exitCode = 2;
} else {
  try {
    const wasm = await compileGuest(source, (messages) => process.stderr.write(messages));
    await writeFile(output, wasm);
    process.stdout.write(`${output}: ${wasm.length} bytes\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
