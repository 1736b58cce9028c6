import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { compileSource } from '../compile/compile.ts';
import { requireWritable, writeBytes } from '../files.ts';
import { interruptible } from '../options.ts';
import { ProgressBar } from '../progress.ts';

interface Flags {
  readonly output?: string;
  /** What stands behind `--`: more options for the compiler. */
  readonly behind?: readonly string[];
}

/** `wattest compile`: a source to a module. */
export function registerCompile(program: Command): void {
  program
    .command('compile')
    .usage('[options] <source> [-- <option>...]')
    .argument(
      '<source>',
      'FILE.c, .cpp, .ts, .rs, .go, .zig or .swift (C may include wattest.h); options of its compiler stand behind --',
    )
    .option('-o, --output <file>', 'the module to write (default: the name of the source with .wasm)')
    .action(compileCommand);
}

async function compileCommand(source: string, flags: Flags): Promise<void> {
  const { output = `${basename(source, extname(source))}.wasm`, behind = [] } = flags;
  await requireWritable(output, source);
  const { signal, release } = interruptible();
  const bar = new ProgressBar();
  bar.say(`compiling ${source}`);
  const wasm = await compileSource(source, {
    flags: behind,
    onWarnings: (messages) => {
      bar.done();
      process.stderr.write(messages);
    },
    signal,
  }).finally(() => {
    bar.done();
    release();
  });
  await writeBytes(output, wasm);
  process.stdout.write(`${output}: ${wasm.length} bytes\n`);
}
