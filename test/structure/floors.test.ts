import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Import, importsOf, listSources, ROOT, readSource } from './sources.ts';

/** The floors of sdk/src, low to high: a folder imports from itself and from folders before it. */
const FLOORS = [
  'errors',
  'bytes',
  'json',
  'field',
  'curve',
  // The kernels evaluate flat programs, so expr stands below them.
  'expr',
  'kernels',
  'kzg',
  'transcript',
  'plonk',
  'wasm',
  'machine',
  'solidity',
  'recursion',
  'typed',
  'attest',
  'worker',
  'queue',
  'chain',
  'react',
  'cli',
  'hardhat',
] as const;

/** The folders inside of large floors, low to high likewise. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  plonk: ['declare', 'columns', 'keys', 'verify', 'prove', 'check'],
  attest: ['module', 'run', 'session', 'jobs', 'proof', 'inspect'],
};

/** Node and browser specifics: anything may import it, so it stands on the lowest floors only. */
const PLATFORM = 'platform';
const BELOW_PLATFORM = ['errors', 'bytes'];

const SOURCE_LINES = 450;
const TEST_LINES = 500;

function folderOf(path: string): string | undefined {
  return /^sdk\/src\/([^/]+)\//.exec(path)?.[1];
}

function roomOf(path: string): string | undefined {
  return /^sdk\/src\/[^/]+\/([^/]+)\//.exec(path)?.[1];
}

/** The same between two rooms of one floor. */
function roomViolation(floor: string, edge: Import): string | undefined {
  const rooms = ROOMS[floor];
  if (rooms === undefined) return undefined;
  const [from, to] = [roomOf(edge.from), roomOf(edge.to)];
  const [low, high] = [rooms.indexOf(to ?? ''), rooms.indexOf(from ?? '')];
  return low >= 0 && low <= high
    ? undefined
    : `${edge.from} imports ${edge.to}: ${from} is below ${to} in ${floor}`;
}

/** Says what is wrong with an import between two folders of sdk/src; undefined where nothing is. */
function floorViolation(edge: Import): string | undefined {
  const from = folderOf(edge.from);
  if (from === undefined || (!edge.to.startsWith('.') && !edge.to.startsWith('sdk/'))) return undefined;
  if (!edge.to.startsWith('sdk/src/')) return `${edge.from} leaves sdk/src for ${edge.to}`;
  const to = folderOf(edge.to);
  if (to === undefined) return `${edge.from} imports the entry point ${edge.to}`;
  if (from === to) return roomViolation(from, edge);
  if (from === PLATFORM) {
    return BELOW_PLATFORM.includes(to)
      ? undefined
      : `${edge.from} imports ${edge.to}: platform is below ${to}`;
  }
  if (to === PLATFORM) return undefined;
  const [low, high] = [FLOORS.indexOf(to as never), FLOORS.indexOf(from as never)];
  return low <= high ? undefined : `${edge.from} imports ${edge.to}: ${from} is below ${to}`;
}

/** Files that run when `entry` is imported, and packages they import. */
function runtimeGraph(entry: string): Map<string, string> {
  const reachedFrom = new Map<string, string>([[entry, '']]);
  for (const path of reachedFrom.keys()) {
    if (!path.endsWith('.ts') || !existsSync(join(ROOT, path))) continue;
    for (const edge of importsOf(path)) {
      if (!edge.typeOnly && !reachedFrom.has(edge.to)) reachedFrom.set(edge.to, path);
    }
  }
  return reachedFrom;
}

function chainTo(path: string, graph: ReadonlyMap<string, string>): string {
  const chain = [path];
  for (let at = graph.get(path); at !== undefined && at !== ''; at = graph.get(at)) chain.unshift(at);
  return chain.join(' → ');
}

const sdk = listSources('sdk/src/**/*.ts').filter((path) => !path.includes('/assembly/'));

describe('structure: floors of sdk/src', () => {
  it('every folder has a floor', () => {
    const known = new Set<string>([...FLOORS, PLATFORM]);
    const strange = sdk.filter((path) => folderOf(path) !== undefined && !known.has(folderOf(path)!));
    assert.deepEqual(strange, []);
  });

  it('every file of a floor with rooms stands in one of them', () => {
    const strange = sdk.filter((path) => {
      const rooms = ROOMS[folderOf(path) ?? ''];
      return rooms !== undefined && !rooms.includes(roomOf(path) ?? '');
    });
    assert.deepEqual(strange, []);
  });

  it('imports point downward only', () => {
    assert.deepEqual(
      sdk.flatMap((path) => importsOf(path)).flatMap((edge) => floorViolation(edge) ?? []),
      [],
    );
  });

  it('relative imports name existing files with their extension', () => {
    const missing = sdk
      .flatMap((path) => importsOf(path))
      .filter((edge) => edge.to.startsWith('sdk/') && !edge.to.endsWith('.wasm'))
      .filter((edge) => !/\.(ts|json)$/.test(edge.to) || !existsSync(join(ROOT, edge.to)))
      .map((edge) => `${edge.from} → ${edge.to}`);
    assert.deepEqual(missing, []);
  });

  it('the package imports only its dependencies and peers', () => {
    const manifest = JSON.parse(readSource('sdk/package.json')) as Record<string, Record<string, string>>;
    const allowed = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
    const foreign = sdk
      .flatMap((path) => importsOf(path))
      .filter((edge) => !edge.to.startsWith('sdk/') && !edge.to.startsWith('node:'))
      .filter((edge) => !allowed.has(/^(@[^/]+\/[^/]+|[^/]+)/.exec(edge.to)![0]))
      .map((edge) => `${edge.from} → ${edge.to}`);
    assert.deepEqual(foreign, []);
  });
});

describe('structure: the verifier alone', () => {
  const entry = 'sdk/src/verify.ts';
  const graph = runtimeGraph(entry);

  it('has an entry point', () => {
    assert.ok(existsSync(join(ROOT, entry)), `${entry} is missing`);
  });

  it('reaches no kernel, worker or prover code, of the machine what a status means alone, and nothing of Node', () => {
    const unwanted =
      /^sdk\/src\/(kernels|machine\/(?!(status|program)\.ts)|cli|chain|solidity)\/|worker|\/prover?\b|^node:/;
    const reached = [...graph.keys()]
      .filter((path) => unwanted.test(path))
      .map((path) => chainTo(path, graph));
    assert.deepEqual(reached, []);
  });

  it('reaches of the façade what reads and verifies proof files, and no other floor than those below it', () => {
    const files = [...graph.keys()].filter((path) => path.startsWith('sdk/src/'));
    const facade = files.filter((path) => folderOf(path) === 'attest');
    assert.deepEqual(
      facade.sort(),
      [
        'proof/document-copy.ts',
        'proof/document-limits.ts',
        'proof/document.ts',
        'proof/verify-document.ts',
        'session/small-kinds.ts',
      ].map((path) => `sdk/src/attest/${path}`),
    );
    const floors = new Set(files.map(folderOf).filter((folder) => folder !== undefined));
    assert.deepEqual([...floors].sort(), [
      'attest',
      'curve',
      'errors',
      'expr',
      'field',
      'json',
      'kzg',
      'machine',
      'plonk',
      'transcript',
    ]);
  });

  it('stands on @noble alone', () => {
    const packages = [...graph.keys()].filter(
      (path) => !path.startsWith('sdk/') && !path.startsWith('node:'),
    );
    assert.deepEqual(
      packages.filter((name) => !name.startsWith('@noble/')),
      [],
    );
  });
});

describe('structure: files', () => {
  it(`no source above ${SOURCE_LINES} lines, no test above ${TEST_LINES}`, () => {
    const all = listSources(
      'sdk/src/**/*.ts',
      'scripts/**/*.{ts,mjs}',
      'contracts/**/*.sol',
      'test/**/*.ts',
      'examples/**/*.{ts,c,h}',
    );
    const long = all
      .filter((path) => !/\.generated\.|\/generated\/|\/fixtures\//.test(path))
      .map((path) => ({ path, lines: readSource(path).split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > (path.startsWith('test/') ? TEST_LINES : SOURCE_LINES))
      .map(({ path, lines }) => `${path}: ${lines}`);
    assert.deepEqual(long, []);
  });
});

describe('structure: tests', () => {
  it('every test stands in a folder of test/, where npm test finds it', () => {
    assert.deepEqual(listSources('test/*.test.ts', '{sdk,scripts,examples}/**/*.test.ts'), []);
  });

  it('none has a limit of time of its own, which a busy machine reaches', () => {
    const limited = listSources('test/**/*.ts').filter((path) =>
      /\bthis\.timeout\((?!0\))|^ *\}\)\.timeout\(/m.test(readSource(path)),
    );
    assert.deepEqual(limited, []);
  });
});

describe('structure: the import reader itself', () => {
  const targets = (source: string): [string, boolean][] =>
    importsOf('sdk/src/plonk/x.ts', source).map((edge) => [edge.to, edge.typeOnly]);

  it('sees static, type, side-effect, re-exported, dynamic and worker imports', () => {
    const source = `
      import { a, type B } from '../field/a.ts';
      import type { C } from '../field/c.ts';
      import './d.ts'; import e from "node:fs";
      export * from './f.ts';
      export type { G } from './g.ts';
      import {
        h,
      } from './h.ts';
      const i = await import('./i.ts'), j = new Worker(new URL('./j.ts', import.meta.url));
      const text = "https://x.test"; // import k from './k.ts'
      /* import l from './l.ts' */
      export const m = 'from', n = './n.ts';
    `;
    assert.deepEqual(targets(source), [
      ['sdk/src/field/a.ts', false],
      ['sdk/src/field/c.ts', true],
      ['sdk/src/plonk/d.ts', false],
      ['node:fs', false],
      ['sdk/src/plonk/f.ts', false],
      ['sdk/src/plonk/g.ts', true],
      ['sdk/src/plonk/h.ts', false],
      ['sdk/src/plonk/i.ts', false],
      ['sdk/src/plonk/j.ts', false],
    ]);
  });

  it('calls an upward import by name and leaves a downward one alone', () => {
    const edge = (from: string, to: string): Import => ({
      from: `sdk/src/${from}`,
      to: `sdk/src/${to}`,
      typeOnly: true,
    });
    assert.match(floorViolation(edge('field/a.ts', 'plonk/b.ts')) ?? '', /field is below plonk/);
    assert.match(floorViolation(edge('platform/a.ts', 'field/b.ts')) ?? '', /platform is below field/);
    assert.equal(floorViolation(edge('plonk/a.ts', 'field/b.ts')), undefined);
    assert.equal(floorViolation(edge('errors/a.ts', 'platform/b.ts')), undefined);
    assert.match(
      floorViolation(edge('plonk/verify/a.ts', 'plonk/prove/b.ts')) ?? '',
      /verify is below prove/,
    );
    assert.equal(floorViolation(edge('plonk/prove/a.ts', 'plonk/verify/b.ts')), undefined);
  });
});
