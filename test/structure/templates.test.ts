/** `npm create wattest`: what every template has, what is refused; and templates of servers, tested as their users would. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, toolPath } from '../../scripts/lib/tools.ts';
import {
  create,
  createProject,
  creator,
  NOT_HERE,
  type Project,
  succeeds,
  useOwnCompiler,
} from './lib/project.ts';

const TEMPLATES = readdirSync(join(ROOT, 'create-wattest/templates'));
/** Name of a package in `package.json`, of the repository or of a template. */
type Versions = Readonly<Record<string, string>>;
interface Package {
  readonly name: string;
  readonly description?: string;
  readonly engines: Versions;
  readonly scripts: Versions;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
}
const packageOf = (folder: string): Package =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;

describe('structure: npm create wattest', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-projects-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('lists its templates, and refuses others by name', async () => {
    const help = await succeeds(create(folder, '--help'));
    for (const name of TEMPLATES) assert.match(help, new RegExp(`^  ${name} +\\S.*`, 'm'));
    assert.match(help, /^ {2}hardhat .*\(default\)$/m);
    const { code, out } = await create(folder, 'x', '--template', 'nuxt');
    assert.equal(code, 2);
    assert.ok(
      out.includes(`there is no template "nuxt". Give one of ${TEMPLATES.toSorted().join(', ')}`),
      out,
    );
    assert.match((await create(folder, 'x', '--templat', 'next')).out, /Unknown option.*See --help/);
    assert.match((await create(folder, 'x', 'y')).out, /more than one folder/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('overwrites nothing', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const { code, out } = await create(folder, '.');
    assert.equal(code, 2);
    assert.match(out, /is not empty\. Name another folder/);
    assert.deepEqual(readdirSync(folder), ['notes.txt']);
    rmSync(join(folder, 'notes.txt'));
  });

  it('says so where Node is older than the project takes', async () => {
    const copy = join(folder, 'create-wattest');
    cpSync(join(await creator(), '../..'), copy, { recursive: true });
    const file = join(copy, 'templates/hardhat/package.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/">=\d+\.\d+"/, '">=1000.5"'));
    const args = [join(copy, 'bin/create-wattest.js'), join(folder, 'later')];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    assert.match(stdout, /npm install/);
    assert.ok(
      stderr.includes(`the project takes Node 1000.5 or later, and this is ${process.versions.node}.`),
    );
  });

  for (const template of TEMPLATES) {
    it(`${template}: a project with program, test and CI, named after its folder, and what to do next`, async () => {
      const out = await succeeds(create(folder, template, '--template', template));
      const home = join(folder, template);
      const { name, description, engines, scripts, dependencies, devDependencies } = packageOf(home);
      assert.deepEqual([name, description], [template, undefined]);
      for (const file of ['.gitignore', 'README.md', 'wattest.json', '.github/workflows/test.yml'])
        assert.ok(existsSync(join(home, file)), file);
      for (const script of ['test', 'typecheck']) assert.ok(scripts[script], script);
      assert.match(engines.node ?? '', /^>=\d+\.\d+$/);
      const least = engines.node!.slice(2);
      assert.ok(readFileSync(join(home, 'README.md'), 'utf8').includes(`Node ${least} or later`));
      assert.doesNotMatch(out, /takes Node/);
      assert.match(
        out,
        new RegExp(`^ {2}cd ${template}\\n {2}npm install\\n(.*\\n)* {2}(npm|npx) .*test`, 'm'),
      );
      // What stands in the repository's install is what the templates were tested with.
      const known = packageOf(ROOT).devDependencies!;
      for (const [each, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        const [, version] = /^\^?(.*)$/.exec(range)!;
        const major = version!.split('.')[0];
        assert.ok(
          each === 'wattest' || NOT_HERE.includes(each) || known[each]?.startsWith(`${major}.`),
          `${each} ${range}: ${known[each]}`,
        );
      }
    });
  }
});

describe('structure: a project of the template worker-verify', () => {
  let project: Project;
  before(async () => {
    project = await createProject('worker-verify');
  });
  after(() => project?.remove());

  it('is bound and type-checked', async () => {
    await succeeds(project.wattest('bind'));
    await succeeds(project.wattest('key', '-o', 'generated/key.json'));
    for (const file of ['programs/primes_io.h', 'generated/Primes.wasm', 'generated/Primes.ts'])
      assert.ok(existsSync(project.at(file)), file);
    await succeeds(project.wattest('bind', '--check'));
    await succeeds(project.node([toolPath('typescript', 'tsc'), '--noEmit']));
  });

  it('proves, and verifies in a worker without Node, in its own test', async () => {
    const out = await succeeds(project.node(['--test', 'test/*.test.ts']));
    assert.match(out, /\bpass 5$/m);
    assert.match(out, /\bfail 0$/m);
  });
});

describe('structure: a project of the template next', () => {
  let project: Project;
  before(async () => {
    project = await createProject('next');
    useOwnCompiler(project);
  });
  after(() => project?.remove());

  it('is bound and type-checked, as far as it stands without Next.js (npm run test:next has the rest)', async () => {
    assert.ok(!existsSync(project.at('node_modules/next')));
    await succeeds(project.hardhat('wattest', 'bind'));
    await succeeds(project.wattest('key', '-o', 'generated/key.json'));
    writeFileSync(
      project.at('tsconfig.src.json'),
      JSON.stringify({ extends: './tsconfig.page.json', include: ['src'] }),
    );
    for (const options of [['--noEmit'], ['-p', 'tsconfig.src.json']])
      await succeeds(project.node([toolPath('typescript', 'tsc'), ...options]));
  });

  it('proves, and its route for proofs verifies, in its own test', async () => {
    assert.match(await succeeds(project.hardhat('test', 'test/verify.test.ts')), /3 passing/);
  });
});
