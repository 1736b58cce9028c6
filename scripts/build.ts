// npm run build: compiles sdk/src to sdk/dist, with the kernels' compiled files beside their modules.
import { copyFileSync, existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KERNEL_BUILD, ROOT, runTool, toolPath } from './lib/tools.ts';

const source = join(ROOT, 'sdk/src');
const target = join(ROOT, 'sdk/dist');

async function build(): Promise<number> {
  if (existsSync(KERNEL_BUILD)) {
    const kernels = await runTool(KERNEL_BUILD, [], { show: true });
    if (kernels.code !== 0) return kernels.code;
  }
  rmSync(target, { recursive: true, force: true });
  const { code } = await runTool(toolPath('typescript', 'tsc'), ['-p', 'sdk/tsconfig.build.json'], {
    show: true,
  });
  if (code !== 0) return code;
  const assets = globSync('**/*.{wasm,json}', { cwd: source });
  for (const path of assets) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(join(source, path), join(target, path));
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(ROOT, 'sdk/LICENSE'));
  console.log(`sdk/dist: built, ${assets.length} assets`);
  return 0;
}

process.exitCode = await build();
