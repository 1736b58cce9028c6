/** The entered export and its arguments on the command line: words, text and files, in the order of the parameters. */
import type { Command } from 'commander';
import { entryFor } from '../attest/module/load.ts';
import type { ArgumentLike, ProgramStrings } from '../attest/run/arguments.ts';
import { fail } from '../errors/index.ts';
import { parseCalls, parseEntry, STRING_LISTS } from '../machine/signature.ts';
import type { Untyped } from '../machine/translate/infer.ts';
import { readBytes } from './files.ts';
import { type NamedPath, namedPath } from './named-path.ts';

/** Of all but public text and words the value is the path of a file. */
interface GivenArgument extends Untyped {
  readonly value: string;
  /** The call that it is given to: the last --invoke before it. */
  readonly call: number;
}

export interface ArgumentFlags {
  /** One, or calls one after the other. */
  readonly invoke?: readonly string[];
  /** Each of these is all arguments that any of them gave. */
  readonly args?: readonly GivenArgument[];
  readonly argString?: readonly GivenArgument[];
  readonly argBytes?: readonly GivenArgument[];
  readonly privateArgString?: readonly GivenArgument[];
  readonly privateArgBytes?: readonly GivenArgument[];
  readonly env?: readonly string[];
  /** `NAME=PATH`. */
  readonly file?: readonly NamedPath[];
  /** What stands behind `--`: arguments of the program. */
  readonly behind?: readonly string[];
  readonly returns?: string;
  readonly allocator?: string;
}

export function withArguments(command: Command): Command {
  const given: GivenArgument[] = [];
  let calls = 0;
  const take =
    (type: Untyped['type'], isPrivate = false) =>
    (text: string): readonly GivenArgument[] => {
      const values = type !== 'word' ? [text] : text.trim() === '' ? [] : text.split(',');
      given.push(...values.map((value) => ({ value, type, isPrivate, call: Math.max(0, calls - 1) })));
      return given;
    };
  return command
    .option(
      '--invoke <name>',
      'the exported function to enter (default: _start, or the only one), or "NAME(string, u32) -> bytes" (docs/arguments.md); several times: calls one after the other, each with the arguments behind it',
      (text: string, before: readonly string[] | undefined) => {
        calls++;
        return [...(before ?? []), text];
      },
    )
    .option(
      '--args <words>',
      'its arguments (public); for an f32 or f64 1.5, -2e9, nan, inf, or 0x and its bits',
      take('word'),
    )
    .option('--arg-string <text>', 'the next argument is this text, public', take('string'))
    .option('--arg-bytes <file>', 'the next argument is the bytes of this file, public', take('bytes'))
    .option(
      '--private-arg-string <file>',
      'the next argument is the text of this file; it stays on this machine',
      take('string', true),
    )
    .option(
      '--private-arg-bytes <file>',
      'the next argument is the bytes of this file; it stays on this machine',
      take('bytes', true),
    )
    .option(
      '--env <name=value>',
      "a variable of a WASI program's environment, public; may be given several times",
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--file <name=path>',
      'a file that a WASI program may open as /NAME: name and SHA-256 are public, its bytes stay on this machine; repeatable',
      namedPath,
    )
    .option('--returns <type>', 'what the function returns: bytes, string, "tuple<u32, f64>" and the like')
    .option(
      '--allocator <name>',
      'the export that gives memory for arguments (default: the first of the usual names)',
    );
}

/** `argv[0]`, which is public like the rest and tells nothing. */
const PROGRAM_NAME = 'program';

function environmentOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      return fail('USAGE', '--env takes NAME=VALUE', { fix: 'Give a name, = and its value' });
    }),
  );
}

function givenArguments(flags: ArgumentFlags): readonly GivenArgument[] | undefined {
  return flags.args ?? flags.argString ?? flags.argBytes ?? flags.privateArgString ?? flags.privateArgBytes;
}

/** Files among the arguments. */
export function argumentFiles(flags: ArgumentFlags): string[] {
  const given = (givenArguments(flags) ?? [])
    .filter(({ type, isPrivate }) => type === 'bytes' || isPrivate)
    .map(({ value }) => value);
  return [...given, ...(flags.file ?? []).map(({ path }) => path)];
}

/** Entry and arguments, files read. Where an argument is bytes or text, or the result is named, the entry is a typed one. */
export async function argumentsOf(
  flags: ArgumentFlags,
  wasm: Uint8Array,
): Promise<ProgramStrings & { readonly invoke?: string; readonly args?: readonly ArgumentLike[] }> {
  const { returns, allocator, behind, env, file } = flags;
  const [invoke, ...others] = flags.invoke ?? [];
  const given = givenArguments(flags);
  const args: Awaited<ReturnType<typeof argumentsOf>> = {
    ...(given && { args: await Promise.all(given.map(readArgument)) }),
    ...(behind && { programArguments: [PROGRAM_NAME, ...behind] }),
    ...(env && { environment: environmentOf(env) }),
    ...(file && { files: await readFiles(file) }),
  };
  const strings = STRING_LISTS.filter(
    (list) => ({ args: behind, environ: env, files: file })[list] !== undefined,
  );
  if (others.length > 0) {
    if (returns !== undefined || allocator !== undefined) {
      fail('USAGE', '--returns and --allocator are of one call, and --invoke names several', {
        fix: 'Write them into --invoke: "NAME(TYPES) -> TYPE via ALLOCATOR"',
      });
    }
    const calls = flags.invoke!.map((text, i) => {
      if (parseEntry(text) !== undefined) return text;
      const own = given?.filter(({ call }) => call === i) ?? [];
      return entryFor(wasm, text, own, { strings: i === 0 ? strings : [] });
    });
    const text = calls.join('; ');
    requirePrivate(text, given);
    return { invoke: text, ...args };
  }
  const typed = invoke === undefined ? undefined : parseCalls(invoke);
  if (typeof typed === 'object') {
    if (returns !== undefined || allocator !== undefined) {
      fail('USAGE', '--invoke has a signature, and --returns or --allocator another', {
        fix: 'Use one of them',
      });
    }
    requirePrivate(invoke!, given);
    return { invoke: invoke!, ...args };
  }
  const isTyped =
    given?.some(({ type }) => type !== 'word') === true ||
    returns !== undefined ||
    allocator !== undefined ||
    strings.length > 0;
  if (isTyped)
    return { invoke: entryFor(wasm, invoke, given ?? [], { strings, returns, allocator }), ...args };
  return { ...(invoke === undefined ? {} : { invoke }), ...args };
}

/** What is private must not become public by a slip in the signature. */
function requirePrivate(text: string, given: readonly GivenArgument[] | undefined): void {
  const calls = parseCalls(text);
  const parameters = typeof calls === 'object' ? calls.flatMap(({ signature }) => signature.parameters) : [];
  const shown = given?.findIndex(({ isPrivate }, i) => isPrivate && parameters[i]?.isPrivate === false) ?? -1;
  if (shown < 0) return;
  fail('USAGE', `argument ${shown + 1} is given as private, and is public by the signature`, {
    fix: 'Write "private" before its type in --invoke',
  });
}

async function readFiles(files: readonly NamedPath[]): Promise<Record<string, Uint8Array>> {
  const read = files.map(async ({ name, path }) => [name, await readBytes(path)] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function readArgument({ type, isPrivate, value }: GivenArgument): Promise<ArgumentLike> {
  if (type === 'word' || (type === 'string' && !isPrivate)) return value;
  const bytes = await readBytes(value);
  return type === 'bytes' ? bytes : text(bytes, value);
}

/** Text of a file. */
function text(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    return fail('INPUT_INVALID', 'the file is no UTF-8 text', {
      where: path,
      fix: 'Give it as bytes',
      cause,
    });
  }
}
