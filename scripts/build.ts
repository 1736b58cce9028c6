// npm run build: compiles sdk/src to sdk/dist, and puts beside it what else is in the package.
import './lib/help.ts';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCommand, bundleWorker } from './lib/bundle.ts';
import { contractAbis } from './lib/contracts.ts';
import { ROOT, runTool, toolPath } from './lib/tools.ts';

async function build(): Promise<number> {
  rmSync(join(ROOT, 'sdk/dist'), { recursive: true, force: true });
  const { code } = await runTool(toolPath('typescript', 'tsc'), ['-p', 'sdk/tsconfig.build.json'], {
    show: true,
  });
  if (code !== 0) return code;
  await bundleCommand();
  await bundleWorker();
  copyFileSync(join(ROOT, 'LICENSE'), join(ROOT, 'sdk/LICENSE'));
  rmSync(join(ROOT, 'sdk/docs'), { recursive: true, force: true });
  cpSync(join(ROOT, 'docs'), join(ROOT, 'sdk/docs'), { recursive: true });
  rmSync(join(ROOT, 'sdk/docs/package.md'));
  // Pictures are for those who look around in the repository.
  rmSync(join(ROOT, 'sdk/docs/images'), { recursive: true });
  const browser = join(ROOT, 'sdk/docs/browser.md');
  writeFileSync(browser, readFileSync(browser, 'utf8').replaceAll(/^!\[[^\]]*\]\(images\/[^)]*\)\n\n/gm, ''));
  // It stands a folder higher there, and in the list of pages those of the repository are missing.
  const pages = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
  writeFileSync(
    join(ROOT, 'sdk/docs/README.md'),
    pages
      .replaceAll(/^- \[[^\]]*\]\(\.\.\/.*\n/gm, '')
      .replaceAll(/, \[[^\]]*\]\(\.\.\/[^)]*\)/g, '')
      .replaceAll('](package.md', '](../README.md'),
  );
  const readme = readFileSync(join(ROOT, 'docs/package.md'), 'utf8');
  writeFileSync(join(ROOT, 'sdk/README.md'), readme.replaceAll(/\]\((?=[\w-]+\.md)/g, '](docs/'));
  rmSync(join(ROOT, 'sdk/contracts'), { recursive: true, force: true });
  cpSync(join(ROOT, 'contracts'), join(ROOT, 'sdk/contracts'), { recursive: true });
  mkdirSync(join(ROOT, 'sdk/contracts/abi'));
  for (const [name, abi] of Object.entries(contractAbis()))
    writeFileSync(join(ROOT, `sdk/contracts/abi/${name}.json`), `${JSON.stringify(abi, null, 2)}\n`);
  console.log('sdk/dist: built');
  return 0;
}

process.exitCode = await build();
