import { basename } from 'node:path';
import { fail } from '../../errors/index.ts';

/** Of what a compiler said, so much is shown. */
const MOST_LINES = 20;
const MOST_CHARACTERS = 4096;
/** Of one line in a message. */
const MOST_OF_LINE = 300;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const COLOURS = /\u001b\[[\d;?]*[ -/]*[@-~]/g;

/** @throws COMPILER_FAILED with what a compiler said: its first error as the message, its own lines from there on beside it */
export function compilerFailed(name: string, messages: string, cause?: unknown): never {
  const lines = messages
    .replace(COLOURS, '')
    .replaceAll('\r', '')
    .replaceAll('\t', '    ')
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
  const at = firstError(lines);
  const line = lines[at]!.trim().slice(0, MOST_OF_LINE) || 'the compiler said nothing';
  const { place, text } = placed(line, name);
  fail('COMPILER_FAILED', text, {
    where: `${name}${place}`,
    fix: 'Mend the source; what stands behind -- goes to the compiler',
    output: lines.length === 1 ? undefined : excerpt(lines, at),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The line that says what is wrong; some compilers have warnings, or the name of what they compile, before it. */
function firstError(lines: readonly string[]): number {
  const at = lines.findIndex((line) => /\berror\b/i.test(line));
  return at >= 0
    ? at
    : Math.max(
        0,
        lines.findIndex((line) => !line.startsWith('#')),
      );
}

/** `source.c:2:29: error: …`, whatever folder stands before the name, as place and text. */
function placed(line: string, name: string): { readonly place: string; readonly text: string } {
  const from = line.indexOf(`${basename(name)}:`);
  const [, place, text] = /^(:\d+(?::\d+)?): (.*)$/.exec(line.slice(from + basename(name).length)) ?? [];
  const isFirst = from >= 0 && !/\s/.test(line.slice(0, from));
  return isFirst && place !== undefined ? { place, text: text! } : { place: '', text: line };
}

/** All lines where they are few, else the first ones from `at` on. */
function excerpt(lines: readonly string[], at: number): string {
  const from = lines.length <= MOST_LINES ? 0 : at;
  const shown: string[] = [];
  let room = MOST_CHARACTERS;
  for (const line of lines.slice(from, from + MOST_LINES)) {
    room -= line.length + 1;
    if (room < 0) break;
    shown.push(line);
  }
  const left = lines.length - from - shown.length;
  if (left > 0) shown.push(`… and ${left} more ${left === 1 ? 'line' : 'lines'}`);
  return shown.join('\n');
}

/** @throws ABORTED if it was the signal that ended a compiler */
export function refuseInterrupted(name: string, signal: AbortSignal | undefined, cause?: unknown): void {
  if (signal?.aborted !== true) return;
  fail('ABORTED', 'compiling was interrupted', { where: name, fix: 'Compile it again', cause });
}

/** Where Node finds a package beside this one. @throws COMPILER_MISSING with `fix` where there is none */
export function requireCompiler(specifier: string, name: string, language: string, fix: string): string {
  try {
    return import.meta.resolve(specifier);
  } catch (cause) {
    return fail('COMPILER_MISSING', `no compiler for ${language} is installed`, { where: name, fix, cause });
  }
}
