// Runs a TypeScript file on Node 24: `node scripts/node24.mjs FILE [ARGUMENTS]`.
// Plain JavaScript, because the system's Node may be too old to read anything else. `npm ci` brings a Node 24
// for the platforms below; npm puts it on the PATH of its scripts, so usually this file already runs on it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const NEEDED_MAJOR = 24;

/** Path of a Node of at least version 24 that `npm ci` installed, or undefined. */
export function installedNode() {
  const require = createRequire(import.meta.url);
  const os = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const folder = dirname(require.resolve(`node-${os}-${process.arch}/package.json`));
    const binary = join(folder, 'bin', os === 'win' ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `file` with `args` on Node 24: in this process if it is one, else in a child whose exit code it takes. */
export async function runOnNode24(file, args) {
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
    process.argv = [process.argv[0], file, ...args];
    if (process.channel !== undefined) {
      process.on('disconnect', () => process.exit(1));
      process.channel.unref();
    }
    await import(pathToFileURL(file).href);
    return;
  }
  const binary = installedNode();
  if (binary === undefined) {
    process.stderr.write(
      `wattest: this is Node ${process.versions.node} and Node ${NEEDED_MAJOR} is needed. ` +
        `Run \`npm ci\` (it brings one for linux and windows), or install Node ${NEEDED_MAJOR} or later.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const PATH = `${dirname(binary)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`;
  // The channel tells the child when this process is gone, however it went: nothing runs on without its parent.
  const child = spawn(binary, [import.meta.filename, file, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH },
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) {
    process.stderr.write('wattest: usage: node scripts/node24.mjs FILE [ARGUMENTS]\n');
    process.exitCode = 2;
  } else {
    await runOnNode24(resolve(file), args);
  }
}
