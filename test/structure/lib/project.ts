/** Projects outside of the repository: made by `npm create wattest`, with the packed package, and run without the settings of this process. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installPackage, linkPackage, packPackage } from '../../../scripts/lib/package.ts';
import { RUN_CACHE } from '../../../scripts/lib/run-cache.ts';
import { ROOT, SOLC_PATH } from '../../../scripts/lib/tools.ts';

const execute = promisify(execFile);

let unpacked: Promise<string> | undefined;

/** The command of `npm create wattest`, packed and unpacked once. */
export function creator(): Promise<string> {
  unpacked ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-create-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const pack = [
      'pack',
      join(ROOT, 'create-wattest'),
      '--pack-destination',
      folder,
      '--silent',
      '--foreground-scripts=false',
    ];
    const { stdout } = await execute('npm', pack, { cwd: folder });
    await execute('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder, '--strip-components=1']);
    return join(folder, 'bin/create-wattest.js');
  })();
  return unpacked;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
}

const environment = (): Record<string, string | undefined> => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
  NEXT_TELEMETRY_DISABLED: '1',
  // Of the compiler that is given to Hardhat.
  [RUN_CACHE]: process.env[RUN_CACHE],
});

function nodeIn(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: home, env: { ...environment(), ...env }, maxBuffer: 2 ** 24 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), out: `${stdout}${stderr}` });
    });
  });
}

/** `npm create wattest ARGS`, in a folder. */
export async function create(folder: string, ...args: readonly string[]): Promise<Outcome> {
  return nodeIn(folder, [await creator(), ...args]);
}

export interface Project {
  readonly home: string;
  at(name: string): string;
  read(name: string): string;
  /** What Node does with these arguments, in the project. */
  node(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome>;
  /** The same of Hardhat's command. */
  hardhat(...args: readonly string[]): Promise<Outcome>;
  /** What `wattest` of the package does. */
  wattest(...args: readonly string[]): Promise<Outcome>;
  /** Node with these arguments, until it is stopped. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Running;
  remove(): void;
}

export interface Running {
  /** Waits until its output has this. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): Promise<void>;
}

function startIn(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, args, { cwd: home, env: { ...environment(), ...env } });
  const ended = once(child, 'exit');
  let out = '';
  let told: () => void = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      out += bytes.toString();
      told();
    });
  return {
    says: async (pattern) => {
      for (;;) {
        const found = pattern.exec(out);
        if (found !== null) return found;
        if (child.exitCode !== null) assert.fail(`it ended: ${out}`);
        await Promise.race([
          new Promise<void>((resolve) => {
            told = resolve;
          }),
          ended,
        ]);
      }
    },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

async function projectOf(template: string): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), `wattest-${template}-`));
  const made = await create(folder, 'my-project', '--template', template);
  assert.equal(made.code, 0, made.out);
  return projectIn(folder, join(folder, 'my-project'));
}

function projectIn(folder: string, home: string): Project {
  return {
    home,
    at: (name) => join(home, name),
    read: (name) => readFileSync(join(home, name), 'utf8'),
    node: (args, env) => nodeIn(home, args, env),
    hardhat: (...args) => nodeIn(home, ['node_modules/hardhat/dist/src/cli.js', ...args]),
    wattest: (...args) => nodeIn(home, ['node_modules/wattest/bin/wattest.js', ...args]),
    start: (args, env) => startIn(home, args, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A project of a template, with the packed package and links to what it names besides, but for what this repository has not installed. */
export async function createProject(template: string): Promise<Project> {
  const project = await projectOf(template);
  await installPackage(project.home);
  for (const name of Object.keys(versionsIn(project)))
    if (!NOT_HERE.includes(name)) linkPackage(project.home, name);
  return project;
}

/** An empty folder, in which `npm init` was run, with the packed package and links to `packages`. */
export async function emptyProject(...packages: readonly string[]): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-empty-'));
  const project = projectIn(folder, folder);
  writeFileSync(project.at('package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  await installPackage(folder);
  for (const name of packages) linkPackage(folder, name);
  return project;
}

/** Packages of templates that are too large to stand in this repository's install. */
export const NOT_HERE: readonly string[] = ['next'];

const versionsIn = (project: Project): Readonly<Record<string, string>> => {
  const { dependencies, devDependencies } = JSON.parse(project.read('package.json'));
  return { ...dependencies, ...devDependencies };
};

/** A project as its user has it: `npm install` with the packed package, everything else from the registry. */
export async function installProject(template: string): Promise<Project> {
  const project = await projectOf(template);
  const { tarball } = await packPackage();
  const options = ['--no-audit', '--no-fund', '--silent'];
  // By the Node that then runs it: npm leaves out what is optional and takes a later one, of Hardhat its EVM.
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  await execute('npm', ['install', ...options, `wattest@file:${tarball}`], {
    cwd: project.home,
    env: { ...process.env, PATH },
  });
  return project;
}

/** Solidity by the compiler of the lock file: Hardhat would download one. */
export function useOwnCompiler(project: Project): void {
  const config = project.read('hardhat.config.ts');
  const named = config.replace("version: '0.8.37',", `version: '0.8.37', path: '${SOLC_PATH}',`);
  assert.notEqual(named, config);
  writeFileSync(project.at('hardhat.config.ts'), named);
}

/** @returns its output */
export async function succeeds(run: Promise<Outcome>): Promise<string> {
  const { code, out } = await run;
  assert.equal(code, 0, out);
  return out;
}
