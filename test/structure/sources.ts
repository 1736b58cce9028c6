import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve, sep } from 'node:path';

export const ROOT: string = resolve(import.meta.dirname, '../..');

/** Paths are relative to the repository's root, with forward slashes. */
export interface Import {
  readonly from: string;
  /** A file of the repository, or the bare specifier of a package or Node module. */
  readonly to: string;
  /** `import type` and `export type` leave no trace in the running program. */
  readonly typeOnly: boolean;
}

export function listSources(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: ROOT })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !/(^|\/)(node_modules|dist|artifacts|cache)\//.test(path))
    .sort();
}

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Blanks comments and keeps strings, whose `//` is no comment. */
function withoutComments(source: string): string {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return source.replace(tokens, (token) => (token.startsWith('/*') || token.startsWith('//') ? ' ' : token));
}

const STATIC = /(?:^|[;}\n])\s*(import|export)(\s+type\b)?([^;'"()=]*?\bfrom)?\s*(['"])([^'"\n]+)\4/g;
const DYNAMIC = /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g;
/** Workers and embedded files: `new URL('./worker.ts', import.meta.url)`. */
const URL_OF_FILE = /\bnew\s+URL\(\s*(['"])(\.[^'"\n]+)\1\s*,\s*import\.meta\.url/g;

/** Every static and dynamic import, re-export and file URL of `path`. */
export function importsOf(path: string, source: string = readSource(path)): Import[] {
  const text = withoutComments(source);
  const found: { to: string; typeOnly: boolean }[] = [];
  for (const match of text.matchAll(STATIC)) found.push({ to: match[5]!, typeOnly: match[2] !== undefined });
  for (const pattern of [DYNAMIC, URL_OF_FILE]) {
    for (const match of text.matchAll(pattern)) found.push({ to: match[2]!, typeOnly: false });
  }
  return found.map(({ to, typeOnly }) => ({
    from: path,
    to: to.startsWith('.')
      ? normalize(join(dirname(path), to))
          .split(sep)
          .join('/')
      : to,
    typeOnly,
  }));
}
