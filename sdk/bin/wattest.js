#!/usr/bin/env node
// The command `wattest`. In the repository it runs the TypeScript sources, so that it is never out of date;
// in the published package, which has no sources, the built program.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = at('../src/cli/main.ts');
const built = at('../dist/cli/main.js');

if (existsSync(source)) {
  const { runOnNode24 } = await import('../../scripts/node24.mjs');
  await runOnNode24(source, process.argv.slice(2));
} else if (!existsSync(built)) {
  process.stderr.write('wattest: the program is missing from this package. Install it again.\n');
  process.exitCode = 2;
} else if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    `wattest: Node ${process.versions.node} is too old. Install Node 24 or later and run it again.\n`,
  );
  process.exitCode = 2;
} else {
  await import(new URL('../dist/cli/main.js', import.meta.url).href);
}
