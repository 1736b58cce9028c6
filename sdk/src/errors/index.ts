import { ERROR_CODES, type ErrorCode, type ErrorEntry } from './codes.ts';

export { ERROR_CODES, type ErrorCode, type ErrorEntry } from './codes.ts';

const entries: Readonly<Record<ErrorCode, ErrorEntry>> = ERROR_CODES;

export interface ErrorDetails {
  /** What the reader can do about it, one sentence in the imperative without a full stop. Never a private input or blinding value. */
  readonly fix: string;
  /** The place: a file, `file.wasm+0x1f3`, `proof.publicInputs[2]`, a chip and row. */
  readonly where?: string;
  /** What another program said of it, a compiler for one, in its own lines: bounded by whoever throws. */
  readonly output?: string | undefined;
  /** The error that led to this one. It is kept for debuggers and never printed by {@link formatError}. */
  readonly cause?: unknown;
}

/**
 * The one error that users see. `message` is one line: what went wrong and where. `fix` says what to do.
 * Private inputs, witness values and blinding never belong in any of its fields.
 */
export class WattestError extends Error {
  override readonly name: string = 'WattestError';
  readonly code: ErrorCode;
  readonly fix: string;
  readonly where: string | undefined;
  /** What another program said of it, in its own lines; the message has the first that matters. */
  readonly output: string | undefined;
  /** File and heading of the documentation, which the package brings: `import.meta.resolve(error.docs)` is its address. */
  readonly docs: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(
      unstopped(details.where === undefined ? message : `${details.where}: ${message}`),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    // `formatError` ends the sentence.
    this.fix = unstopped(details.fix);
    this.where = details.where;
    this.output = details.output?.split('\n').map(printable).join('\n');
    this.docs = `wattest/docs/errors.md#${entries[code].docs}`;
  }

  /** Exit code of the command line for this error: 1 the answer is no, 2 there is no answer, 130 it was interrupted. */
  get exitCode(): ErrorEntry['exit'] {
    return entries[this.code].exit;
  }
}

/**
 * Throws a {@link WattestError}.
 * @param message what went wrong, without the place (`where` is put in front of it) and without a full stop
 */
export function fail(code: ErrorCode, message: string, details: ErrorDetails): never {
  throw new WattestError(code, message, details);
}

/** The same error with another advice, for another reader. */
export function withFix(error: WattestError, advice: string): WattestError {
  const { code, where, output } = error;
  const message = where === undefined ? error.message : error.message.slice(`${where}: `.length);
  return new WattestError(code, message, {
    fix: advice,
    ...(where === undefined ? {} : { where }),
    output,
    cause: error,
  });
}

/** Whether `error` is a WattestError, optionally of this code. Works across two copies of the package. */
export function isWattestError(error: unknown, code?: ErrorCode): error is WattestError {
  return (
    error instanceof Error &&
    error.name === 'WattestError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  );
}

/** One readable line for standard error: code, what, where, what to do. @param message in place of the error's own */
export function formatError(error: unknown, message?: string): string {
  if (isWattestError(error)) return `wattest: [${error.code}] ${message ?? error.message}. ${error.fix}.`;
  const text = error instanceof Error ? error.message : String(error);
  return `wattest: [INTERNAL] ${unstopped(text)}. This is a fault of wattest; please report it.`;
}

/** What could move the cursor, start a new line or turn the text around; names of files and in modules can hold it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A name from a file as it may be shown on a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROLS, '\ufffd');
}

/**
 * One line without full stops at its end: {@link formatError} ends the sentence. Not by an expression, which would begin anew at each of them: texts from proof
 * files and chains stand in messages.
 */
export function unstopped(text: string): string {
  const line = oneLine(text);
  let end = line.length;
  while (line[end - 1] === '.') end--;
  return line.slice(0, end);
}

function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}
