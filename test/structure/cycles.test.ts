/** No file of the package imports itself, by whatever way: what files share stands in a file of its own, types too. */
import assert from 'node:assert/strict';
import { type Import, importsOf, listSources } from './sources.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(edges: readonly Import[]): Graph {
  const files = new Set(edges.map(({ from }) => from));
  const graph = new Map<string, string[]>();
  for (const { from, to } of edges) if (files.has(to)) graph.set(from, [...(graph.get(from) ?? []), to]);
  return graph;
}

/** One circle of imports, its first file last too; undefined where there is none. Depth first, each file once. */
function circle(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    if (done.has(file)) return undefined;
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const found = visit(next);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = visit(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('structure: circles of imports', () => {
  it('there are none in sdk/src, of values or of types', () => {
    const files = listSources('sdk/src/**/*.ts');
    const graph = graphOf(files.flatMap((path) => importsOf(path)));
    assert.ok(graph.size > 100);
    assert.equal(circle(graph)?.join(' → '), undefined);
  });

  it('one of values, of types, of dynamic imports and of workers would be found', () => {
    const forms = [
      "import { b } from './b.ts';",
      "import type { B } from './b.ts';",
      "export * from './b.ts';",
      "const b = await import('./b.ts');",
      "const b = new Worker(new URL('./b.ts', import.meta.url));",
    ];
    for (const form of forms) {
      const edges = [
        ...importsOf('sdk/src/x/a.ts', form),
        ...importsOf('sdk/src/x/b.ts', "import type { C } from './c.ts';"),
        ...importsOf('sdk/src/x/c.ts', "import type { A } from './a.ts';\nimport 'node:fs';"),
      ];
      assert.equal(circle(graphOf(edges))?.length, 4, form);
      assert.equal(circle(graphOf(edges.slice(0, -2))), undefined, form);
    }
  });
});
