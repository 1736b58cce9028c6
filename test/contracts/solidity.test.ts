/** The tests in Solidity beside this file, by Hardhat's runner: unit, fuzz and invariant tests of the contracts. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { contractWarnings } from '../../scripts/lib/contracts.ts';
import { runTool } from '../../scripts/lib/tools.ts';
import { listSources, ROOT, readSource } from '../structure/sources.ts';

const HARDHAT = join(ROOT, 'node_modules/hardhat/dist/src/cli.js');
const CONFIG = join(ROOT, 'test/contracts/hardhat.config.ts');

describe('contracts: what they are compiled with', () => {
  it('no warning: neither of what the package brings nor of examples and what bind writes', () => {
    const files = listSources('{contracts,examples}/**/*.sol');
    assert.ok(files.length > 15);
    assert.deepEqual(contractWarnings(files), []);
  });
});

describe('contracts: tests in Solidity', () => {
  it('all of them pass, and none is left out', async () => {
    const { code, output } = await runTool(HARDHAT, ['--config', CONFIG, 'test', 'solidity'], {
      env: { HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true' },
    });
    const report = stripVTControlCharacters(output);
    assert.equal(code, 0, report);
    const written = listSources('test/contracts/*.t.sol').flatMap((path) => [
      ...readSource(path).matchAll(/^ {4}function ((?:test|invariant)\w*)\(/gm),
    ]);
    const passed = [...report.matchAll(/^ +✔ (\w+)\(/gm)].map((match) => match[1]!);
    assert.deepEqual(passed.toSorted(), written.map((match) => match[1]!).toSorted(), report);
    console.log(`      ${passed.length} tests`);
  });
});
