// Writes sdk/src/machine/softfloat/module.generated.ts, the routines of floating point, from their C source. `--check`
// writes nothing and exits with 1 where the file is not what it would be.
import './lib/help.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { softfloatFile } from './lib/softfloat.ts';
import { ROOT } from './lib/tools.ts';

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;
const { path, text } = await softfloatFile();
const file = join(ROOT, path);
if (!check) {
  writeFileSync(file, text);
  console.log(`wrote ${path}, ${text.length} characters`);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${path} is not up to date: run npm run build:softfloat`);
  process.exitCode = 1;
}
