/** The pages of the site: the documents of the repository as they are, with their links turned to where the site has them. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, posix } from 'node:path';
import { ROOT } from '../lib/tools.ts';

/** By their paths in the site, `folder/name.md`; the text is Markdown. */
export type Pages = Map<string, string>;

/** Documents outside of `docs`, and those that the site names otherwise. */
const PLACES: Readonly<Record<string, string>> = {
  'docs/README.md': 'which-page.md',
  'docs/decisions': 'decisions/index.md',
  'README.md': 'repository.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'deployments/README.md': 'deployments.md',
  examples: 'examples/index.md',
  'examples/README.md': 'examples/index.md',
};

const LANGUAGES: Readonly<Record<string, string>> = {
  '.c': 'c',
  '.h': 'c',
  '.ts': 'ts',
  '.tsx': 'tsx',
  '.rs': 'rust',
  '.sol': 'solidity',
  '.json': 'json',
  '.wat': 'wasm',
};

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const list = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: ROOT })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
const isFolder = (path: string): boolean =>
  existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isDirectory();

/** Where the site has a file or folder of the repository. */
export function placeOf(path: string): string {
  const place = PLACES[path];
  if (place !== undefined) return place;
  const example = /^examples\/([\w-]+)(\/|$)/.exec(path)?.[1];
  if (example !== undefined) return `examples/${example}.md`;
  if (path.startsWith('docs/')) return path.slice('docs/'.length);
  return `source/${path}.md`;
}

const LINK = /(\]\()(?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?(?=\))/g;

/** A document with its links as the site has them, and what they name in the repository. */
function relinked(from: string, text: string): { readonly text: string; readonly named: readonly string[] } {
  const named: string[] = [];
  const at = dirname(placeOf(from));
  const links = text.replaceAll(LINK, (_, open: string, target: string, anchor = '') => {
    const path = posix.join(posix.dirname(from), target).replace(/\/$/, '');
    named.push(path);
    const to = posix.relative(at, placeOf(path));
    return `${open}${to.startsWith('.') ? to : `./${to}`}${anchor}`;
  });
  return { text: links, named };
}

const fence = (path: string): string => {
  const text = read(path).trimEnd();
  const mark = text.includes('```') ? '````' : '```';
  return `${mark}${LANGUAGES[extname(path)] ?? 'text'}\n${text}\n${mark}`;
};

/** Title without the marks of Markdown. */
const titleOf = (text: string): string => /^# (.*)$/m.exec(text)![1]!;

function decisionsPage(): string {
  const paths = list('docs/decisions/*.md');
  const lines = paths.map((path) => `- [${titleOf(read(path))}](./${basename(path)})`);
  return `# Decisions\n\nWhy things are as they are, in the order in which it was decided.\n\n${lines.join('\n')}\n`;
}

/** What somebody wrote of an example; what was generated from it is left out. */
function examplePage(folder: string): string {
  const files = list(`${folder}/*`).filter((path) => extname(path) in LANGUAGES);
  const row = read('examples/README.md').match(new RegExp(`^\\| \\[${basename(folder)}\\].*$`, 'm'))?.[0];
  const [, language, shown, hidden] =
    row
      ?.split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()) ?? [];
  const about =
    row === undefined
      ? ''
      : `| | |\n|---|---|\n| language | ${language} |\n| public | ${shown} |\n| private | ${hidden} |\n`;
  const written = files.filter((path) => !/_io\.(h|rs|ts)$/.test(path));
  const parts = written.map((path) => `## ${basename(path)}\n\n${fence(path)}`);
  return [`# ${basename(folder)}`, relinked('examples/README.md', about).text, ...parts].join('\n\n');
}

export interface Documents {
  readonly pages: Pages;
  /** Pictures and the like: where the site has them, and their paths in the repository. */
  readonly files: ReadonlyMap<string, string>;
}

/** All pages that are made of files of the repository. */
export function documentPages(): Documents {
  const pages: Pages = new Map();
  const files = new Map<string, string>();
  const documents = list('docs/**/*.md', '*.md', 'deployments/README.md', 'examples/**/README.md');
  const named = new Set<string>();
  for (const path of documents) {
    const page = relinked(path, read(path));
    pages.set(placeOf(path), page.text);
    for (const each of page.named) named.add(each);
  }
  pages.set(PLACES['docs/decisions']!, decisionsPage());
  for (const folder of list('examples/*').filter(isFolder))
    if (!pages.has(placeOf(folder))) pages.set(placeOf(folder), examplePage(folder));
  for (const path of named) {
    const place = placeOf(path);
    if (pages.has(place)) continue;
    if (!place.startsWith('source/')) files.set(place, path);
    else pages.set(place, `# ${basename(path)}\n\n\`${path}\` of the repository.\n\n${fence(path)}\n`);
  }
  return { pages, files };
}

export interface Item {
  readonly text: string;
  /** Place of its page in the site. */
  readonly place: string;
}

export interface Group {
  readonly text: string;
  readonly items: readonly Item[];
}

/** The lists of docs/README.md: heading by heading, what it names. */
export function navigation(): readonly Group[] {
  const path = 'docs/README.md';
  return read(path)
    .split(/^### /m)
    .slice(1)
    .map((section) => ({
      text: section.split('\n')[0]!,
      items: [...section.matchAll(/^- \[([^\]]+)\]\(([^)]+)\)/gm)].map(([, text, target]) => ({
        text: text!,
        place: placeOf(posix.join('docs', target!)),
      })),
    }));
}
