/** Builds the site: tools, pages, references, VitePress, and a look at every link of what it wrote. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ERROR_CODES } from '../../sdk/src/errors/codes.ts';
import { alone } from '../lib/package.ts';
import { ROOT } from '../lib/tools.ts';
import { apiIndex, apiOptions, apiPages, apiTypes, titled } from './api.ts';
import { commandsPage } from './commands.ts';
import { linkFaults } from './links.ts';
import { documentPages, navigation } from './pages.ts';
import { githubSlug } from './slug.ts';
import { contractsPage } from './solidity.ts';

const execute = promisify(execFile);

/** Where the tools are installed, and what VitePress is configured by. */
const FOLDER = join(ROOT, 'scripts/docs');

export interface BuiltSite {
  readonly folder: string;
  readonly pages: number;
  /** Links that lead nowhere. */
  readonly faults: readonly string[];
}

export interface SiteOptions {
  /** Folder of the site; build/docs. */
  readonly out?: string;
  /** Path at which its host has it, `/` at both ends. */
  readonly base?: string;
  readonly log: (line: string) => void;
}

/** Installs what the lock file says, where it is not what is there. */
const installTools = (log: (line: string) => void): Promise<void> =>
  alone('docs', async () => {
    const lock = createHash('sha256')
      .update(readFileSync(join(FOLDER, 'package-lock.json')))
      .digest('hex');
    const mark = join(FOLDER, 'node_modules/.installed');
    if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
    log('installing VitePress and TypeDoc');
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
    await execute('npm', ['ci', ...options], { cwd: FOLDER });
    writeFileSync(mark, lock);
  });

/** Runs a tool of scripts/docs. @throws with what it said, where it fails */
async function tool(path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const options = { cwd: FOLDER, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  await execute(process.execPath, [join(FOLDER, 'node_modules', path), ...args], options).catch(
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${path} failed:\n${stdout}${stderr}`);
    },
  );
}

/** Under each heading of docs/errors.md, its codes, each with an anchor of its own. */
function withCodes(text: string): string {
  return text.replaceAll(/^## (.*)$/gm, (heading, title: string) => {
    const codes = Object.entries(ERROR_CODES).filter(([, { docs }]) => docs === githubSlug(title));
    if (codes.length === 0) return heading;
    const each = codes.map(
      ([code, { exit }]) => `<code id="${code}" title="exit code ${exit}">${code}</code>`,
    );
    return `${heading}\n\n<p class="codes">${each.join(' ')}</p>`;
  });
}

/** Writes the pages into a folder, and beside it what the tools are configured by. */
async function writePages(folder: string, log: (line: string) => void): Promise<void> {
  const pages = join(folder, 'pages');
  const write = (place: string, text: string | Uint8Array): void => {
    const path = join(pages, place);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  log('pages');
  const { pages: documents, files } = documentPages();
  for (const [place, path] of files) write(place, readFileSync(join(ROOT, path)));
  documents.set('reference/commands.md', await commandsPage());
  documents.set('reference/contracts.md', contractsPage());
  documents.set('index.md', readFileSync(join(FOLDER, 'home.md'), 'utf8'));
  for (const [place, text] of documents) write(place, place === 'errors.md' ? withCodes(text) : text);
  const reference = [
    { text: 'Command', place: 'reference/commands.md' },
    { text: 'Contracts', place: 'reference/contracts.md' },
    { text: 'Package', place: 'reference/api/index.md' },
    ...apiPages().map(({ name, place }) => ({ text: name, place })),
  ];
  const groups = navigation();
  // Behind what is about use, before what is about how it works.
  const at = groups.findIndex(({ text }) => text === 'How it works');
  write(
    '../navigation.json',
    JSON.stringify(groups.toSpliced(at, 0, { text: 'Reference', items: reference })),
  );

  log('reference of the package');
  write('../tsconfig.json', JSON.stringify(apiTypes()));
  write('../typedoc.json', JSON.stringify(apiOptions(folder)));
  await tool('typedoc/bin/typedoc', ['--options', join(folder, 'typedoc.json')]);
  for (const page of apiPages())
    write(page.place, titled(page, readFileSync(join(pages, page.place), 'utf8')));
  write('reference/api/index.md', apiIndex());
}

/** @throws where a tool fails, with what it said */
export async function buildSite({
  out = join(ROOT, 'build/docs'),
  base = '/',
  log,
}: SiteOptions): Promise<BuiltSite> {
  await installTools(log);
  mkdirSync(join(FOLDER, 'build'), { recursive: true });
  // Below the tools, where pages find what they are made to import; a folder for each build.
  const folder = mkdtempSync(join(FOLDER, 'build/'));
  try {
    await writePages(folder, log);
    log('site');
    rmSync(out, { recursive: true, force: true });
    await tool('vitepress/bin/vitepress.js', ['build', '.', '--outDir', out], {
      WATTEST_DOCS_BASE: base,
      WATTEST_DOCS_BUILD: folder,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { files, faults } = linkFaults(out, base);
  return { folder: out, pages: files, faults };
}
