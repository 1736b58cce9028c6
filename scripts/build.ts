// npm run build: compiles sdk/src to sdk/dist.
import './lib/help.ts';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runTool, toolPath } from './lib/tools.ts';

async function build(): Promise<number> {
  rmSync(join(ROOT, 'sdk/dist'), { recursive: true, force: true });
  const { code } = await runTool(toolPath('typescript', 'tsc'), ['-p', 'sdk/tsconfig.build.json'], {
    show: true,
  });
  if (code !== 0) return code;
  copyFileSync(join(ROOT, 'LICENSE'), join(ROOT, 'sdk/LICENSE'));
  copyFileSync(join(ROOT, 'README.md'), join(ROOT, 'sdk/README.md'));
  mkdirSync(join(ROOT, 'sdk/include'), { recursive: true });
  copyFileSync(join(ROOT, 'examples/include/wattest.h'), join(ROOT, 'sdk/include/wattest.h'));
  console.log('sdk/dist: built');
  return 0;
}

process.exitCode = await build();
