import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runFolder } from './run-cache.ts';

/** The repository's root folder. */
export const ROOT: string = join(import.meta.dirname, '../..');

/** The Solidity compiler of the lock file, for configurations of Hardhat, which would download one; in a run of the tests it is asked once for one input. */
export const SOLC_PATH: string =
  runFolder() === undefined
    ? createRequire(import.meta.url).resolve('solc/soljson.js')
    : join(import.meta.dirname, 'soljson-in-run.ts');

/** Path of the JavaScript file behind a dependency's command, to be run with `process.execPath`. */
export function toolPath(packageName: string, command: string = packageName): string {
  const folder = join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const file = typeof bin === 'string' ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(folder, file);
}

export interface ToolRun {
  readonly code: number;
  /** Standard output and error, interleaved. */
  readonly output: string;
}

export interface ToolOptions {
  /** Pass the output on as it comes, too. */
  readonly show?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Called every second with the milliseconds since the start, and since the last output; returning true kills the process. */
  readonly shouldKill?: (elapsed: number, silent: number) => boolean;
}

/** Runs a JavaScript tool on this Node from the repository's root. A killed process has code 137. */
export function runTool(file: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = performance.now();
    let heard = started;
    const watch = setInterval(() => {
      const now = performance.now();
      if (options.shouldKill?.(now - started, now - heard)) child.kill('SIGKILL');
    }, 1000);
    let output = '';
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output += text;
        heard = performance.now();
        if (options.show) process[stream].write(text);
      });
    }
    child.on('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    const done = (): void => {
      clearInterval(watch);
      resolve({ code: child.exitCode ?? 137, output });
    };
    child.on('close', done);
    // A process that it left behind may hold its output open.
    child.on('exit', () => setTimeout(done, 5000).unref());
  });
}
