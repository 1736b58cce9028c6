#!/usr/bin/env node
// The command `wattest`. In the repository it runs the TypeScript sources, so that it is never out of date;
// in the published package, which has no sources, the built program (scripts/lib/bundle.ts).
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('../src/cli/start.ts', import.meta.url);
const built = new URL('../dist/command/start.js', import.meta.url);

function refuse(message) {
  process.stderr.write(`wattest: ${message}\n`);
  process.exitCode = 2;
}

if (existsSync(source)) {
  const { runOnNode24 } = await import('../../scripts/node24.mjs');
  await runOnNode24(fileURLToPath(source), process.argv.slice(2));
} else if (!existsSync(built)) {
  refuse('the program is missing from this package. Install it again.');
} else if (process.getBuiltinModule === undefined) {
  refuse(
    `Node ${process.versions.node} is too old. Install Node 20.19 or later (24 is fastest) and run it again.`,
  );
} else {
  await import(built.href);
}
