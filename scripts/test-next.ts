/**
 * `npm run test:next [-- --webpack]`: the template `next` of `npm create wattest` as its user has it: made and installed from the tarballs (Next.js from the registry, some
 * 350 MB, which is why the other tests leave it out), bound, type-checked, tested, built for production, and its page used in Chromium: it proves, has the server verify, attests and claims.
 * --webpack builds by webpack, in place of Turbopack.
 */
import './lib/help.ts';
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { proveAndClaim, startProjectChain } from '../test/browser/lib/factors-page.ts';
import { driveChromium, settled } from '../test/browser/lib/tabs.ts';
import { installProject, succeeds, useOwnCompiler } from '../test/structure/lib/project.ts';
import { toolPath } from './lib/tools.ts';

const { values } = parseArgs({ options: { webpack: { type: 'boolean', default: false } } });
const NEXT = 'node_modules/next/dist/bin/next';
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using ends = new AsyncDisposableStack();
const project = await installProject('next');
ends.defer(() => project.remove());
useOwnCompiler(project);
const { version } = JSON.parse(project.read('node_modules/next/package.json')) as { version: string };
say(`installed, with Next.js ${version}`);

await succeeds(project.hardhat('wattest', 'bind'));
await succeeds(project.wattest('key', '-o', 'generated/key.json'));
await succeeds(project.node([NEXT, 'typegen']));
for (const options of [['--noEmit'], ['-p', 'tsconfig.page.json']])
  await succeeds(project.node([toolPath('typescript', 'tsc'), ...options]));
say('bound and type-checked');

assert.match(await succeeds(project.hardhat('test')), /5 passing/);
say('its tests pass');

const chain = await startProjectChain(project.home);
ends.defer(() => chain.stop());
await succeeds(project.hardhat('build'));
await succeeds(project.node([NEXT, 'build', ...(values.webpack ? ['--webpack'] : [])]));
say(`built by ${values.webpack ? 'webpack' : 'Turbopack'}`);

const server = project.start([NEXT, 'start', '--port', '0'], { ALLOW_INSECURE: 'yes' });
ends.defer(() => server.stop());
const [, url] = await server.says(/Local:\s+(http:\S+)/);
const driver = await driveChromium();
ends.defer(() => driver.close());
const tab = await driver.newTab();
await proveAndClaim(tab, url!, async () => {
  assert.equal(await tab.evaluate('crossOriginIsolated'), true);
  await tab.press('Have the server verify it');
  await settled(tab, '[data-testid="verified"]');
});
say(`proven, verified by the server, attested and claimed in ${driver.version}`);
