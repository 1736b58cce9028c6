/** docs/tutorial.md as it stands, in an empty folder with the packed package: each of its commands and files, to the consumer that takes what was proven. In the same project, on the same chain, docs/binding.md. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SOLC_PATH } from '../../scripts/lib/tools.ts';
import { emptyProject, type Project, type Running, succeeds } from './lib/project.ts';
import { readSource } from './sources.ts';

const page = readSource('docs/tutorial.md');
const binding = readSource('docs/binding.md');
/** Code blocks whose first line is the name of a file. */
const filesOf = (text: string): readonly (readonly [name: string, text: string])[] =>
  [...text.matchAll(/^```\w+\n\/\/ ([\w./]+)\n([\s\S]*?)^```$/gm)].map(
    ([, name, inside]) => [name!, inside!] as const,
  );
const files = filesOf(page);
/** The lines that call something, without comments. */
const linesOf = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^((?:npx \w+|node) [^#\n]+)/gm)].map(([, line]) => line!.trim().split(/ +/));
/** Arguments of the lines that call a program of the project. */
const calls = (program: string): readonly (readonly string[])[] =>
  linesOf(page)
    .filter(([npx, name]) => npx === 'npx' && name === program)
    .map(([, , ...args]) => args);

describe('structure: the tutorial', () => {
  let project: Project;
  let node: Running | undefined;
  let url: string;

  before(async () => {
    const [, named] = /^npm install wattest (.*)$/m.exec(page)!;
    project = await emptyProject(...named!.split(' '));
    write(files);
    const [, config] = /^echo "(.*)" > hardhat\.config\.js$/m.exec(page)!;
    // Hardhat would download this compiler.
    const own = config!.replace("'0.8.37'", `{ version: '0.8.37', path: '${SOLC_PATH}' }`);
    assert.notEqual(own, config);
    writeFileSync(project.at('hardhat.config.js'), own);
  });
  after(async () => {
    await node?.stop();
    project?.remove();
  });

  function write(given: typeof files): void {
    for (const [name, text] of given) {
      mkdirSync(dirname(project.at(name)), { recursive: true });
      writeFileSync(project.at(name), text);
    }
  }
  const wattest = (args: readonly string[]): Promise<string> => {
    const endpoint = args.includes('localhost') ? ['--rpc-url', url] : [];
    return succeeds(project.wattest(...args, ...endpoint));
  };

  it('has the files and commands that are tried here', () => {
    assert.deepEqual(
      files.map(([name]) => name),
      ['square.c', 'contracts/Roots.sol', 'claim.js'],
    );
    const commands = calls('wattest').map(([command]) => command);
    assert.deepEqual(commands, ['compile', 'run', 'check', 'prove', 'verify', 'deploy', 'attest']);
    assert.deepEqual(calls('hardhat'), [['node'], ['build']]);
  });

  it('a program is proven, put on a chain and on record', async () => {
    node = project.start(['node_modules/hardhat/dist/src/cli.js', 'node', '--port', '0']);
    [, url = ''] = await node.says(/Started HTTP and WebSocket JSON-RPC server at (\S+?)\/?\s/);
    const said = new Map<string, string>();
    for (const args of calls('wattest')) said.set(args[0]!, await wattest(args));
    assert.match(said.get('check')!, /every constraint holds/);
    assert.match(said.get('verify')!, /^accepted +yes[\s\S]*^program id +0x/m);
    assert.match(said.get('attest')!, /^record +block/m);
  });

  it('and a consumer takes what was proven, and nothing else', async () => {
    await succeeds(project.hardhat('build'));
    const script = project.read('claim.js').replace('http()', `http('${url}')`);
    writeFileSync(project.at('claim.js'), script);
    assert.equal(await succeeds(project.node(['claim.js'])), 'true\n');
    writeFileSync(project.at('other.js'), script.replace('args: [1369n]', 'args: [4n]'));
    const { code, out } = await project.node(['other.js']);
    assert.equal(code, 1);
    assert.match(out, /NotProven/);
  });

  it('the page on binding is followed by its commands', async () => {
    write(filesOf(binding));
    const said = new Map<string, string>();
    for (const [program, ...args] of linesOf(binding)) {
      const [name] = args;
      // The verifier and the registry of the tutorial stand already.
      if (name === 'hardhat' ? args[1] === 'node' : args[1] === 'deploy') continue;
      if (program === 'npx') {
        const call =
          name === 'hardhat' ? succeeds(project.hardhat(...args.slice(1))) : wattest(args.slice(1));
        said.set(args[1]!, await call);
        continue;
      }
      const script = project.read(name!).replace('http()', `http('${url}')`);
      writeFileSync(project.at(name!), script);
      said.set(name!, await succeeds(project.node([name!])));
    }
    assert.deepEqual([...said.keys()], ['bind', 'build', 'deploy.js', 'prove', 'attest', 'claim.js']);
    assert.match(said.get('deploy.js')!, /^0x[0-9a-f]{40}\n$/i);
    assert.equal(said.get('claim.js'), '1n\n');
    const { code, out } = await project.node(['claim.js']);
    assert.equal(code, 1);
    assert.match(out, /InvalidAccountNonce/);
  });
});
