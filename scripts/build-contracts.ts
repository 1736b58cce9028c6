// Writes what the SDK and the contracts share, from its one source each:
//   contracts/interfaces/IWattestVerifier.sol        from sdk/src/solidity/interface.ts
//   sdk/src/chain/contracts.generated.ts             from contracts/, compiled
//   sdk/src/chain/timelock.generated.ts              from OpenZeppelin's, compiled
// `--check` writes nothing and exits with 1 where a file is not what it would be.
import './lib/help.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { interfaceFile, registryFile, timelockFile } from './lib/contracts.ts';
import { ROOT } from './lib/tools.ts';

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;
// The interface first: the registry is compiled from it.
for (const make of [interfaceFile, registryFile, timelockFile]) {
  const { path, text } = await make();
  const file = join(ROOT, path);
  let current: string | undefined;
  try {
    current = readFileSync(file, 'utf8');
  } catch {
    current = undefined;
  }
  if (current === text) continue;
  if (check) {
    console.error(`${path} is not up to date: run node scripts/node24.mjs scripts/build-contracts.ts`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
