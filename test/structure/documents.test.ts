/** The documents: links and paths lead somewhere, decisions have numbers of their own, code in TypeScript has the types of the package. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';
import { navigation } from '../../scripts/docs/pages.ts';
import { githubSlug } from '../../scripts/docs/slug.ts';
import { runTool, toolPath } from '../../scripts/lib/tools.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { listSources, ROOT, readSource } from './sources.ts';

const documents = listSources('*.md', '{docs,deployments,examples,contracts,create-wattest}/**/*.md');

const exists = (path: string): boolean => existsSync(join(ROOT, path));

/** The text without blocks of code: a comment there is no heading. */
const prose = (text: string): string => text.replaceAll(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, '');

/** As GitHub makes anchors of headings; of equal ones the later have numbers. */
function anchors(path: string): readonly string[] {
  const before = new Map<string, number>();
  return [...prose(readSource(path)).matchAll(/^#+ (.*)$/gm)].map((heading) => {
    const slug = githubSlug(heading[1]!);
    const count = before.get(slug) ?? 0;
    before.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** What is wrong with a link of a document; undefined where nothing is. */
function linkFault(from: string, link: string): string | undefined {
  const [path, anchor] = link.split('#');
  // Of a template: where the package will be.
  const to =
    path === ''
      ? from
      : normalize(join(dirname(from), path!)).replace(/^create-wattest\/.*\/node_modules\/wattest\//, '');
  if (!exists(to)) return `${from}: no file ${link}`;
  if (anchor === undefined || !to.endsWith('.md') || anchors(to).includes(anchor)) return undefined;
  return `${from}: no heading ${link}`;
}

const linksOf = (text: string): readonly string[] =>
  [...text.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map((match) => match[1]!);

/** Files of the repository in backticks, by the last folders of their paths. */
const pathsOf = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|c|h|wat|sol|py|md))`/g)].map((match) => match[1]!);

/** Names that the documents' code takes from around it. */
const AROUND = [
  ...['wasm', 'invoke', 'args', 'privateInputs', 'signal', 'onProgress', 'session', 'client'],
  ...['proofDocument', 'registry', 'verifier', 'EXPECTED_PROGRAM', 'sourceMap', 'writeFile'],
];

/** What the compiler says of modules by their names. */
async function compile(modules: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-documents-'));
  try {
    mkdirSync(join(folder, 'code'));
    const sdk = join(ROOT, 'sdk/src');
    const hardhat = join(ROOT, 'node_modules/hardhat/dist/src');
    const options = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        isolatedDeclarations: false,
        declaration: false,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
        paths: {
          wattest: [join(sdk, 'index.ts')],
          'wattest/*': [join(sdk, '*.ts')],
          hardhat: [join(hardhat, 'index.d.ts')],
          'hardhat/*': [join(hardhat, '*.d.ts')],
          '@nomicfoundation/hardhat-ignition/*': [
            join(ROOT, 'node_modules/@nomicfoundation/hardhat-ignition/dist/src/*.d.ts'),
          ],
        },
      },
      include: ['code/*.ts'],
    };
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
    writeFileSync(
      join(folder, 'code/around.d.ts'),
      AROUND.map((name) => `declare const ${name}: any;\n`).join(''),
    );
    for (const [name, text] of Object.entries(modules)) {
      writeFileSync(join(folder, 'code', `${name}.ts`), text);
    }
    const { output } = await runTool(toolPath('typescript', 'tsc'), ['-p', folder]);
    return output;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('structure: documents', () => {
  it('links lead to files and headings', () => {
    const links = documents.flatMap((from) => linksOf(readSource(from)).map((link) => [from, link] as const));
    assert.ok(links.length > 50);
    assert.deepEqual(
      links.flatMap(([from, link]) => linkFault(from, link) ?? []),
      [],
    );
  });

  it('a link to no file or heading would be found', () => {
    assert.equal(linkFault('docs/machine.md', 'protocol.md#keys'), undefined);
    assert.equal(linkFault('docs/machine.md', '#traps'), undefined);
    assert.match(linkFault('docs/machine.md', 'protocol.md#locks') ?? '', /no heading/);
    assert.match(linkFault('docs/machine.md', 'protocols.md') ?? '', /no file/);
    // A comment in a block of code is no heading.
    assert.match(linkFault('docs/binding.md', '#known.json') ?? '', /no heading/);
    assert.deepEqual(linksOf('[a](b.md#c) and [d](https://e.f/g.md)'), ['b.md#c']);
  });

  it('docs/README.md lists every page, once', () => {
    const listed = navigation().flatMap(({ items }) => items.map(({ place }) => place));
    const pages = listSources('docs/*.md').map((path) => basename(path));
    assert.deepEqual(
      pages.filter((page) => page !== 'README.md' && listed.filter((place) => place === page).length !== 1),
      [],
    );
  });

  it('files that they name are there', () => {
    const named = documents.flatMap((from) => pathsOf(readSource(from)).map((path) => [from, path] as const));
    assert.ok(named.length > 50);
    const files = listSources(
      '{contracts,create-wattest,docs,examples,scripts,sdk,test}/**/*.{ts,mjs,c,h,wat,sol,py,md}',
    );
    assert.deepEqual(
      named.filter(([, path]) => !files.some((file) => `/${file}`.endsWith(`/${path}`))),
      [],
    );
  });

  it('every decision has a number of its own, which its heading says', () => {
    const decisions = listSources('docs/decisions/*.md');
    const numbers = decisions.map((path) => Number(basename(path).slice(0, 4)));
    assert.deepEqual(
      numbers,
      decisions.map((_, i) => i + 1),
    );
    for (const [i, path] of decisions.entries()) {
      assert.equal(readFileSync(join(ROOT, path), 'utf8').split('. ')[0], `# ${numbers[i]}`, path);
    }
  });

  it('the bytes of a proof are those of the machine', () => {
    const bytes = schedule(layout(machineSystem()).shape).proofBytes.toLocaleString('en-US');
    for (const [path, form] of [
      ['docs/protocol.md', `| **${bytes}** |`],
      ['docs/onchain.md', `proof of ${bytes} bytes`],
      ['docs/benchmarks.md', `| ${bytes} B |`],
    ] as const) {
      assert.ok(readSource(path).includes(form), `${path}: no ${form}`);
    }
  });

  it('their TypeScript has the types of the package', async () => {
    const modules = documents.flatMap((path) =>
      [...readSource(path).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
        (block, i) => [`${basename(path, '.md')}-${i + 1}`, block[1]!] as const,
      ),
    );
    assert.ok(modules.length >= 7);
    // One more, which the package does not take, shows that calls are looked at.
    const wrong = "import { programId } from 'wattest/verify';\nprogramId();\n";
    const output = await compile({ ...Object.fromEntries(modules), wrong });
    assert.match(output, /^\S*wrong\.ts\(2,1\): error TS2554: [^\n]*\n$/);
  });
});
