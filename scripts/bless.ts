// npm run bless: takes the fixtures of test/fixtures from this tree, after a change that is meant to change them.
import './lib/help.ts';
import { existsSync, globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession, prove, writeProofDocument } from '../sdk/src/index.ts';
import {
  compileExamples,
  currentFixtures,
  type Fixtures,
  IDENTITIES,
  KIND_PROGRAM,
  kindIdentity,
  kindPath,
  PROOF_KINDS,
  proofPath,
  proveKind,
  readFixtures,
  readKind,
} from './lib/fixtures.ts';
import { readExample } from './lib/guests.ts';
import { ROOT, runTool } from './lib/tools.ts';

const before: Fixtures | undefined = await readFixtures().catch(() => undefined);
await using session = await openSession();
const modules = await compileExamples();
const kinds: Record<string, readonly string[]> = {};
for (const kind of PROOF_KINDS) kinds[kind] = await kindIdentity(session, kind);
const after = { ...(await currentFixtures(session, modules)), kinds } as Fixtures;
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
for (const kind of PROOF_KINDS) {
  const changed = report(`keys of ${kind}`, before?.kinds?.[kind]?.join(), after.kinds[kind].join());
  if (!changed && existsSync(kindPath(kind))) continue;
  const document = await proveKind(session, kind, modules.get(KIND_PROGRAM)!, () =>
    readKind('run-poseidon2'),
  );
  await writeFile(kindPath(kind), writeProofDocument(document));
  console.log(`          proven: ${kindPath(kind)}`);
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
