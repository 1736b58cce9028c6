// npm run bless: takes the fixtures of test/fixtures from this tree, after a change that is meant to change them.
import './lib/help.ts';
import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession, prove, writeProofDocument } from '../sdk/src/index.ts';
import {
  compileExamples,
  currentFixtures,
  type Fixtures,
  IDENTITIES,
  proofPath,
  readFixtures,
} from './lib/fixtures.ts';
import { readExample } from './lib/guests.ts';
import { ROOT, runTool } from './lib/tools.ts';

const before: Fixtures | undefined = await readFixtures().catch(() => undefined);
await using session = await openSession();
const modules = await compileExamples();
const after = await currentFixtures(session, modules);
await writeFile(IDENTITIES, `${JSON.stringify(after, null, 2)}\n`);

const report = (what: string, old: string | undefined, now: string): boolean => {
  console.log(old === now ? `  same    ${what}` : `  CHANGED ${what}: ${old ?? 'new'} → ${now}`);
  return old !== now;
};
const keyChanged = report('verifying key', before?.verifyingKey, after.verifyingKey);
for (const [name, { programId }] of Object.entries(after.programs)) {
  const changed = report(`program ${name}`, before?.programs[name]?.programId, programId);
  if (!keyChanged && !changed) continue;
  const { parameters } = await readExample(name);
  const wasm = modules.get(name)!;
  const { document } = await prove(session, { wasm, ...parameters });
  await writeFile(proofPath(name), writeProofDocument(document));
  console.log(`          proven: ${proofPath(name)}`);
}
if (keyChanged && before?.machineVersion === after.machineVersion) {
  console.log(
    'The verifying key changed and MACHINE_VERSION did not: raise it, and say so in CHANGELOG.md (breaking).',
  );
}
// Bindings of typed examples hold the ids.
for (const manifest of globSync('examples/*/wattest.json', { cwd: ROOT })) {
  const { code } = await runTool(
    join(ROOT, 'sdk/bin/wattest.js'),
    ['bind', '--manifest', join(ROOT, manifest)],
    {
      show: true,
    },
  );
  if (code !== 0) process.exitCode = 1;
}
