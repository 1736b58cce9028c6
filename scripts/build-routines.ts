// Writes sdk/src/machine/routines/modules.generated.ts, the linked routines, from their sources in text format and C. `--check`
// writes nothing and exits with 1 where the file is not what it would be.
import './lib/help.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { routinesFile } from './lib/routines.ts';
import { ROOT } from './lib/tools.ts';

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;
const { path, text } = await routinesFile();
const file = join(ROOT, path);
if (!check) {
  writeFileSync(file, text);
  console.log(`wrote ${path}, ${text.length} characters`);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${path} is not up to date: run npm run build:routines`);
  process.exitCode = 1;
}
