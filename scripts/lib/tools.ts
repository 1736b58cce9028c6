import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root folder. */
export const ROOT: string = join(import.meta.dirname, '../..');

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
  /** Standard output and error, interleaved; empty where `show` passed them through. */
  readonly output: string;
}

export interface ToolOptions {
  /** Pass the output through instead of collecting it. */
  readonly show?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Called every second with the milliseconds since the start; returning true kills the process. */
  readonly shouldKill?: (elapsed: number) => boolean;
}

/** Runs a JavaScript tool on this Node from the repository's root. A killed process has code 137. */
export function runTool(file: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...options.env },
      stdio: options.show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    const started = performance.now();
    const watch = setInterval(() => {
      if (options.shouldKill?.(performance.now() - started)) child.kill('SIGKILL');
    }, 1000);
    let output = '';
    const collect = (text: string): void => {
      output += text;
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code: code ?? 137, output });
    });
  });
}
