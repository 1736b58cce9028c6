/** The package in the hands of bundlers, of the compiler of a page's template, and in a worker that has nothing of Node. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { installPackage, linkPackage } from '../../scripts/lib/package.ts';
import { runTool, toolPath } from '../../scripts/lib/tools.ts';
import { openKeys } from '../../sdk/src/index.ts';
import { verifyingKeyToJson } from '../../sdk/src/verify.ts';

/** What a page takes of the package: everything but what compiles and what needs a queue. */
const PAGE = `
import { openSession, prove, verify } from 'wattest';
import { createWattest } from 'wattest/viem';
import { createWattest as createByEthers } from 'wattest/ethers';
import { verifyProof } from 'wattest/verify';
globalThis.own = { openSession, prove, verify, createWattest, createByEthers, verifyProof };`;

/** A program of Vite's template for React and TypeScript. */
const APP = `
import { openSession, prove, type Session } from 'wattest';
import { createWattest, type Wattest } from 'wattest/viem';
import { createClient, http } from 'viem';
export async function proveInPage(wasm: Uint8Array, deployment: string): Promise<string> {
  await using session: Session = await openSession({});
  const wattest: Wattest = createWattest({ deployment, client: createClient({ transport: http() }), prover: session });
  const { document } = await prove(session, { wasm });
  return wattest.registry + document.programId;
}`;

/** Its compiler options, word for word (create-vite, react-ts), but for the types of Vite itself. */
const TEMPLATE = {
  target: 'ES2023',
  useDefineForClassFields: true,
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  module: 'ESNext',
  types: [],
  skipLibCheck: true,
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  moduleDetection: 'force',
  noEmit: true,
  jsx: 'react-jsx',
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  noFallthroughCasesInSwitch: true,
  noUncheckedSideEffectImports: true,
};

/** Answers whether a proof is accepted. */
const WORKER = `
import { bytesOf, isWattestError, readProofDocument, verifyingKeyFromJson, verifyProof } from 'wattest/verify';
export default {
  async fetch(request) {
    const { proof, key } = await request.json();
    const document = readProofDocument(proof, 'request');
    const { programKey, statement } = document;
    try {
      verifyProof({ key: verifyingKeyFromJson(key, 'key'), program: programKey, statement, proof: bytesOf(document.proof) });
      return new Response('accepted');
    } catch (error) {
      return new Response(isWattestError(error) ? error.code : String(error));
    }
  },
};`;

const WORKERD_CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
);`;

describe('structure: bundlers', () => {
  let home: string;
  const file = (name: string): string => join(home, name);

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'wattest-bundlers-'));
    await installPackage(home);
    for (const peer of ['viem', 'ethers', 'solc']) linkPackage(home, peer);
    writeFileSync(file('package.json'), '{"type":"module"}');
    writeFileSync(file('page.js'), PAGE);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  /** No compiler came along: a bundle with it would be ten times as large, and does not build. */
  const requireLight = (folder: string): void => {
    const scripts = readdirSync(file(folder), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.js'),
    );
    const text = scripts.map((path) => readFileSync(join(file(folder), path), 'utf8')).join('\n');
    assert.ok(text.includes('wattest-deployment'), 'the package is in it');
    assert.ok(!/soljson/.test(text), 'the compiler is in it');
  };
  const byEsbuild = (entry: string, folder: string): ReturnType<typeof esbuild> =>
    esbuild({
      absWorkingDir: home,
      entryPoints: [entry],
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    });

  it('esbuild', async () => {
    const { errors, warnings } = await byEsbuild('page.js', 'by-esbuild');
    assert.deepEqual([errors, warnings], [[], []]);
    requireLight('by-esbuild');
  });

  it('esbuild does not take in the compiler, which therefore stands apart', async () => {
    writeFileSync(
      file('compiling.js'),
      "import { compileVerifier } from 'wattest/compile'; compileVerifier();",
    );
    await assert.rejects(byEsbuild('compiling.js', 'compiling'), /Could not resolve|Build failed/);
  });

  it('Vite', async () => {
    await vite({
      root: home,
      configFile: false,
      logLevel: 'error',
      build: { outDir: 'by-vite', minify: false, rollupOptions: { input: file('page.js') } },
    });
    requireLight('by-vite');
  });

  it('webpack', async () => {
    const compiler = webpack({
      mode: 'production',
      context: home,
      entry: './page.js',
      output: { path: file('by-webpack') },
      optimization: { minimize: false },
      performance: { hints: false },
    })!;
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      compiler.run((error, result) => (error === null ? resolve(result!) : reject(error)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual([errors, warnings], [[], []]);
    requireLight('by-webpack');
  });

  it("its types in Vite's template for React", async () => {
    mkdirSync(file('app'));
    writeFileSync(file('app/app.ts'), APP);
    writeFileSync(
      file('app/tsconfig.json'),
      JSON.stringify({ compilerOptions: TEMPLATE, include: ['*.ts'] }),
    );
    const { code, output } = await runTool(toolPath('typescript', 'tsc'), ['-p', file('app')]);
    assert.equal(code, 0, output);
  });

  describe('in a worker without Node (workerd)', () => {
    let child: ChildProcess;
    let url: string;
    let key: unknown;
    const proof = readFileSync(join(import.meta.dirname, '../fixtures/fibonacci.proof.json'), 'utf8');

    before(async () => {
      await using keys = await openKeys({ onWarning: () => {} });
      key = verifyingKeyToJson(keys.verifyingKey);
      writeFileSync(file('worker.js'), WORKER);
      await byEsbuild('worker.js', 'worker');
      writeFileSync(file('worker/config.capnp'), WORKERD_CONFIG);
      const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };
      child = spawn(workerd, ['serve', file('worker/config.capnp'), '--control-fd=1'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
      url = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
    });
    after(() => child?.kill());

    const ask = async (text: string): Promise<string> =>
      (await fetch(url, { method: 'POST', body: JSON.stringify({ proof: text, key }) })).text();

    it('verifies', async () => {
      assert.equal(await ask(proof), 'accepted');
    });

    it('refuses what is not proven', async () => {
      const lie = JSON.parse(proof) as { statement: { publicOutputs: string[] } };
      lie.statement.publicOutputs[0] = '666';
      assert.equal(await ask(JSON.stringify(lie)), 'PROOF_IDENTITY');
    });
  });
});
