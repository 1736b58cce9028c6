/** A program with a source map, compiled by AssemblyScript. */

/** The remainder stands in line 3, the division that traps for 30 in line 18. */
const SOURCE = `function gcd(a: i32, b: i32): i32 {
  while (b != 0) {
    const r = a % b;
    a = b;
    b = r;
  }
  return a;
}

function sum(n: i32): i32 {
  if (n == 0) return 0;
  return n + sum(n - 1);
}

export function main(n: i32): i32 {
  let total = sum(n);
  for (let i = 1; i <= n; i++) total += gcd(n, i);
  return total / (n - 30);
}
`;

export interface WithSourceMap {
  /** Names its source map `./lines.wasm.map`. */
  readonly wasm: Uint8Array;
  readonly sourceMap: string;
}

export async function compileLines(): Promise<WithSourceMap> {
  const asc = await import('assemblyscript/asc');
  const written = new Map<string, string | Uint8Array>();
  const { error, stderr } = await asc.main(
    ['lines.ts', '--outFile', 'lines.wasm', '--sourceMap', '--debug', '--runtime', 'stub', '--use', 'abort='],
    {
      readFile: (name) => (name === 'lines.ts' ? SOURCE : null),
      writeFile: (name, contents) => {
        written.set(name, contents);
      },
      listFiles: () => [],
    },
  );
  const [wasm, sourceMap] = [written.get('lines.wasm'), written.get('lines.wasm.map')];
  if (error !== null || !(wasm instanceof Uint8Array) || sourceMap === undefined) {
    throw new Error(`asc: ${stderr.toString()}`);
  }
  return { wasm, sourceMap: typeof sourceMap === 'string' ? sourceMap : new TextDecoder().decode(sourceMap) };
}
