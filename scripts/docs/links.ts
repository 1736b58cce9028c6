/** Whether links of a built site lead to files of it and to anchors in them. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('&amp;', '&'));

/** @param base path at which the site lies on its host */
export function linkFaults(
  folder: string,
  base: string,
): { readonly files: number; readonly faults: readonly string[] } {
  const files = globSync('**/*.html', { cwd: folder })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
  const texts = new Map(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
  const ids = new Map(
    files.map((path) => [
      path,
      new Set([...texts.get(path)!.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => decoded(id!))),
    ]),
  );
  const faultOf = (from: string, link: string): boolean => {
    const [path, anchor] = decoded(link).split('#');
    const place =
      path === ''
        ? from
        : path!.startsWith('/')
          ? path!.slice(base.length)
          : posix.join(posix.dirname(from), path!);
    const file = place === '' || place.endsWith('/') ? `${place}index.html` : place;
    if (!existsSync(join(folder, file))) return true;
    return anchor !== undefined && anchor !== '' && ids.has(file) && !ids.get(file)!.has(anchor);
  };
  const faults = files.flatMap((from) =>
    [
      ...new Set(
        [...texts.get(from)!.matchAll(/\s(?:href|src)="(?![a-z]+:|\/\/)([^"]+)"/g)].map(([, link]) => link!),
      ),
    ]
      .filter((link) => faultOf(from, link))
      .map((link) => `${from}: ${link}`),
  );
  return { files: files.length, faults };
}
