import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { main } from '../../../sdk/src/cli/main.ts';

export const BIN: string = join(import.meta.dirname, '../../../sdk/bin/wattest.js');

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Environment = Readonly<Record<string, string>>;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command in this process, with this on its standard input: all of it but the start and the end of a process, which take
 * longer than most commands. One at a time, since outputs, variables and exit code are the process's own. Where two must run at the same
 * time, a signal ends one, or it is about the process itself: `wattestProcess`.
 */
export function wattest(
  args: readonly string[],
  env: Environment = {},
  input = '',
  { terminal = false }: { /** Somebody types this. */ readonly terminal?: boolean } = {},
): Promise<Outcome> {
  // The one command that ends its process.
  if (args[0] === 'worker') return wattestProcess(args, env, input);
  const outcome = last.then(() => captured(args, env, input, terminal));
  last = outcome.catch(() => {});
  return outcome;
}

async function captured(
  args: readonly string[],
  env: Environment,
  input: string,
  terminal: boolean,
): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const restore: (() => void)[] = [];
  const replace = (object: object, name: string, descriptor: PropertyDescriptor): void => {
    const own = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { configurable: true, ...descriptor });
    restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, own);
    });
  };
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder();
    const write = (chunk: string | Uint8Array, ...more: readonly unknown[]): boolean => {
      texts[name] += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      const done = more.findLast((each) => typeof each === 'function');
      if (done !== undefined) process.nextTick(done as () => void);
      return true;
    };
    replace(process[name], 'write', { value: write, writable: true });
    replace(process[name], 'isTTY', { value: false, writable: true });
  }
  const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)], { objectMode: false });
  replace(process, 'stdin', { value: Object.assign(stdin, { isTTY: terminal }), writable: true });
  for (const [name, value] of Object.entries(env)) {
    const own = process.env[name];
    process.env[name] = value;
    restore.push(() => {
      if (own === undefined) delete process.env[name];
      else process.env[name] = own;
    });
  }
  const { exitCode } = process;
  process.exitCode = undefined;
  try {
    const code = await main(args);
    return { code, out: texts.stdout, err: texts.stderr };
  } finally {
    process.exitCode = exitCode;
    for (const undo of restore.reverse()) undo();
  }
}

/** Runs the command as a user does, in a process of its own. */
export function wattestProcess(args: readonly string[], env: Environment = {}, input = ''): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // It keeps compiled code where it does for its user, not where the script of the tests does.
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { ...process.env, NODE_COMPILE_CACHE: undefined, ...env },
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    // What does not read its input may have ended before it is written.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: texts.stdout, err: texts.stderr }));
  });
}
