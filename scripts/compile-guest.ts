/**
 * `compile-guest.ts SOURCE OUTPUT.wasm`: compiles a guest as the examples are. C (.c): with a `main` for WASI, with the C library; without
 * one the functions marked WATTEST_EXPORT(name), without a library. AssemblyScript (.ts): its exported functions. The source is one
 * file, which may include the compiler's headers and `wattest.h`.
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
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`compile-guest: ${message.replace(/^ENOENT: ([^,]*), open/, '$1:')}\n`);
    process.exitCode = 1;
  }
}
