/**
 * Imported first by every script: with `--help` prints the comment at the head of the script and ends, before anything else
 * of it is evaluated. So what a script says of itself stands in one place. An option that `parseArgs` does not take ends the script
 * with one line.
 */
import { readFileSync } from 'node:fs';

const HELP: readonly string[] = ['--help', '-h'];

/** The text of the first comment of a source, without its marks. */
function headComment(source: string): string {
  const block = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1];
  const lines = block ?? /^(?:\/\/.*\n)+/.exec(source)?.[0] ?? '';
  return lines
    .split('\n')
    .map((line) => line.replace(/^(?:\/\/| \*) ?/, '').trimEnd())
    .join('\n')
    .trim();
}

const [, script, ...args] = process.argv;
if (script !== undefined && args.some((arg) => HELP.includes(arg))) {
  process.stdout.write(`${headComment(readFileSync(script, 'utf8'))}\n`);
  process.exit();
}

// Looks on: other errors end the script as they would without it.
process.on('uncaughtExceptionMonitor', (error: NodeJS.ErrnoException) => {
  // Of a child process the code is a number.
  if (!`${error.code}`.startsWith('ERR_PARSE_ARGS_')) return;
  process.stderr.write(`${error.message.split('. ')[0]}. See --help.\n`);
  process.exit(2);
});
