/** Advices of code that the command has too, in the words of whoever reads them here; and what comes of following them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HardhatPluginError } from 'hardhat/plugins';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { compilerFailed } from '../../sdk/src/cli/compile/failed.ts';
import { adviceFor } from '../../sdk/src/hardhat/advices.ts';
import { showing } from '../../sdk/src/hardhat/tasks/shown.ts';
import type { Connection } from '../../sdk/src/hardhat.ts';
import { listAdvices } from '../advice/lib/advices.ts';
import { importsOf, listSources } from '../structure/sources.ts';
import { heightOf, type LastingProject, lastingProject } from './lasting.ts';

/** Options of tools that build modules, and one that no task shows: they are the same here. */
const OF_OTHERS = [
  ...['all-features', 'multi-memory-lowering', 'target', 'page-size', 'sourceMap'],
  ...['features', 'exportRuntime'],
];

/** Of files that the plugin imports for something else: no task comes there. */
const UNREACHED = ['sdk/src/cli/batch.ts', 'sdk/src/cli/arguments.ts'];

describe('hardhat: advices', () => {
  let project: LastingProject;
  let hre: HardhatRuntimeEnvironment;

  before(async () => {
    project = await lastingProject();
    hre = await project.environment();
  });
  after(() => project?.close());

  const refusal = async (task: string, given: Record<string, unknown>): Promise<string> => {
    let message = '';
    await assert.rejects(project.run(hre, task, given), (error) => {
      assert.ok(error instanceof HardhatPluginError, String(error));
      ({ message } = error);
      return true;
    });
    return message;
  };

  it('name the task, the setting or the command that has what they speak of', () => {
    const says = (fix: string, task: string, script = task): void => {
      assert.equal(adviceFor(hre, 'task', fix), task);
      assert.equal(adviceFor(hre, 'script', fix), script);
    };
    says(
      'Look at it with --check, or overwrite the file with --replace',
      'Look at it with --check, or overwrite the file with --replace',
      'Look at it with `npx hardhat wattest deploy --check`, or overwrite the file with `replace`',
    );
    says(
      'allow more with --max-fee (maxFee in the SDK)',
      'allow more with --max-fee (maxFee in the SDK)',
      'allow more with `maxFee`',
    );
    says(
      'have it printed: --calldata (prepareOwnerCall of wattest/viem or wattest/ethers in the SDK)',
      'have it printed: --calldata (prepareOwnerCall of wattest/viem or wattest/ethers in the SDK)',
      'have it printed: `prepareOwnerCall` of wattest/viem or wattest/ethers',
    );
    says('(--create; `salt: null` in the SDK)', '(--create; `salt: null` in the SDK)', '(`salt: null`)');
    says('Allow more with --max-log 18', 'Allow more with `maxLog: 18` of `wattest` in the configuration');
    says('name it with --chain-id', 'name it with `chainId` of the network in the configuration');
    says('(wattest deploy --network NAME)', '(npx hardhat wattest deploy --network NAME)');
    says('`wattest record --network NAME` lists', '`npx wattest record --network NAME` lists');
    says('`wattest prove --shape 5`', '`npx wattest prove --shape 5`');
    says(
      'prove that it fails with --allow-failure (allowFailure in the SDK)',
      'prove that it fails with --allow-failure of `npx wattest prove` (allowFailure in the SDK)',
    );
    says('Run `npx hardhat wattest bind`', 'Run `npx hardhat wattest bind`');
    says('Use the release of wattest that deployed it', 'Use the release of wattest that deployed it');
  });

  it('what a compiler says stands behind them in its own lines', async () => {
    const work = async (): Promise<never> => compilerFailed('a.c', 'a.c:1:5: error: no\n    1 | int\n');
    await assert.rejects(showing(hre, work), (error) => {
      assert.ok(error instanceof HardhatPluginError);
      assert.match(
        error.message,
        /^\[COMPILER_FAILED\] a\.c:1:5: error: no\. Mend [^\n]*\.\na\.c:1:5: error: no\n {4}1 \| int$/,
      );
      return true;
    });
  });

  it('none that the plugin can come to names an option that nobody here has', () => {
    const reached = new Set(['sdk/src/hardhat.ts', ...listSources('sdk/src/hardhat/**/*.ts')]);
    // Names of commands are taken from it, and none of them is loaded.
    for (const path of reached)
      if (path !== 'sdk/src/cli/command-list.ts')
        for (const { to, typeOnly } of importsOf(path))
          if (!typeOnly && to.startsWith('sdk/src/')) reached.add(to);
    const advices = listAdvices().filter(({ places }) =>
      places.some((place) => {
        const path = place.replace(/:\d+$/, '');
        return reached.has(path) && !UNREACHED.includes(path);
      }),
    );
    assert.ok(advices.length > 200);
    const tasks = [...hre.tasks.getTask('wattest').subtasks.values()];
    const known = new Set([
      ...tasks.flatMap(({ options }) => [...options.keys()]),
      ...['network', 'help', ...OF_OTHERS],
    ]);
    const camel = (name: string): string =>
      name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const lost = advices.flatMap(({ text }) => {
      const bare = adviceFor(hre, 'task', text)
        .replace(/--[a-z-]+[^,`]* of `npx wattest [a-z]+`/g, '')
        .replace(/npx wattest [^`)]*/g, '');
      return [...bare.matchAll(/(?<![\w-])--([a-z][\w-]*)/g)]
        .filter(([, name]) => !known.has(name!) && !known.has(camel(name!)))
        .map(([option]) => `${option}: ${text}`);
    });
    assert.deepEqual(lost, []);
  });

  it('a deployment that stands is looked at with --check, or its file is overwritten', async () => {
    const connection: Connection = await hre.network.create();
    const deployed = await hre.wattest.deploy(connection);
    const height = await heightOf(connection);
    assert.match(
      await project.run(hre, 'deploy', { check: true }),
      /^lasting: the contracts are what the file and the generator say\nowner +0x[\s\S]*^0x[\da-f]{8} live +key 0x/m,
    );
    const path = join(project.folder, 'deployments/lasting.json');
    const text = readFileSync(path, 'utf8');
    const { vkDigest } = deployed.verifiers[0]!;
    writeFileSync(path, text.replaceAll(vkDigest, `0x${'77'.repeat(32)}`));

    const said = await refusal('deploy', {});
    assert.match(said, /\[DEPLOYMENT_EXISTS\].*still stands at .*Look at it with --check, .*with --replace:/);
    await assert.rejects(hre.wattest.deploy(connection), {
      code: 'DEPLOYMENT_EXISTS',
      fix: /^Look at it with `npx hardhat wattest deploy --check`, .* with `replace`: .* another `salt` /,
    });
    assert.match(await refusal('deploy', { check: true }), /\[DEPLOYMENT_MISMATCH\]/);
    await project.run(hre, 'deploy', { replace: true });
    const found = await hre.wattest.deployment(connection);
    assert.equal(found.verifiers[0]!.vkDigest, vkDigest);
    assert.equal(found.registry.address, deployed.registry.address);
    assert.equal(await heightOf(connection), height, 'found again, not paid for again');
    assert.match(
      await refusal('deploy', { check: true, replace: true }),
      /\[USAGE\] --check deploys nothing/,
    );
  });

  it('a fee beyond the limit is allowed with --max-fee', async () => {
    const said = await refusal('deploy', { replace: true, salt: '3', maxFee: '0.000000001' });
    assert.match(said, /\[FEE_TOO_HIGH\].* allow more with --max-fee/);
    assert.match(await project.run(hre, 'deploy', { replace: true, salt: '3', maxFee: '0.5' }), /^sent +0x/m);
    assert.match(await refusal('deploy', { maxFee: 'much' }), /\[USAGE\] --max-fee: .*help of the task/);
  });

  it('a run that is too long for a limit is given a higher one', async () => {
    await hre.wattest.bind();
    const run = { program: 'Twice', input: '{"x": 5}' };
    assert.match(
      await refusal('check', { ...run, maxInstructions: '2' }),
      /\[RUN_TOO_LONG\].*--max-instructions/,
    );
    assert.match(
      await project.run(hre, 'check', { ...run, maxInstructions: '100' }),
      /every constraint holds/,
    );
    assert.match(await project.run(hre, 'profile', { ...run, maxInstructions: '2' }), /these are its first/);
    assert.match(await refusal('prove', { ...run, maxInstructions: '2' }), /\[RUN_TOO_LONG\]/);
    await assert.rejects(hre.wattest.prove('Twice', { inputs: { x: 5n } }, { maxInstructions: 2 }), {
      code: 'RUN_TOO_LONG',
      fix: /`maxInstructions`/,
    });
    assert.match(await refusal('prove', { ...run, maxMemory: 'all' }), /\[USAGE\] --max-memory/);
  });
});

describe('hardhat: a chain with coins', () => {
  it('spends nothing where nobody can be asked, unless --yes is given', async () => {
    const project = await lastingProject(4242);
    const { isTTY } = process.stdin;
    process.stdin.isTTY = false;
    try {
      const hre = await project.environment();
      await assert.rejects(project.run(hre, 'deploy'), {
        name: 'HardhatPluginError',
        message:
          /\[CONFIRMATION_MISSING\] lasting: this spends coins of chain 4242.* Give --yes, and --max-fee/,
      });
      // The next thing that is wrong: a chain without the factory, and then a development key.
      const insecure = { message: /\[KEY_INSECURE\]/ };
      await assert.rejects(project.run(hre, 'deploy', { yes: true, create: true }), insecure);
      assert.equal(await heightOf(await hre.network.create()), 0, 'nothing was sent');
    } finally {
      process.stdin.isTTY = isTTY;
      await project.close();
    }
  });
});
