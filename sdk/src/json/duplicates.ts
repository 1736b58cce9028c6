/** What `JSON.parse` passes over in silence: a member that an object has twice, of which the last one counts. */

/**
 * The first name that an object of the text has twice.
 * @param text well-formed JSON
 */
export function duplicateMember(text: string): string | undefined {
  /** Names of the objects that are open; undefined: a list. */
  const open: (Set<string> | undefined)[] = [];
  const tokens = /"(?:\\.|[^"\\])*"(\s*:)?|[[\]{}]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      // Two spellings of one name are one name.
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const names = open.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
