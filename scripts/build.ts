// npm run build: compiles sdk/src to sdk/dist.
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runTool, toolPath } from './lib/tools.ts';

async function build(): Promise<number> {
  rmSync(join(ROOT, 'sdk/dist'), { recursive: true, force: true });
  const { code } = await runTool(toolPath('typescript', 'tsc'), ['-p', 'sdk/tsconfig.build.json'], {
    show: true,
  });
  if (code !== 0) return code;
  copyFileSync(join(ROOT, 'LICENSE'), join(ROOT, 'sdk/LICENSE'));
  console.log('sdk/dist: built');
  return 0;
}

process.exitCode = await build();
