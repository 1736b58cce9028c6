import type { Command } from 'commander';
import { identify } from '../../attest/identify.ts';
import { exportedFunctions, loadModule, loadProgram, onlyEntry } from '../../attest/load.ts';
import { fail } from '../../errors/index.ts';
import { generateVerifier } from '../../solidity/generate.ts';
import { readBytes, requireWritable, writeText } from '../files.ts';
import { printTable } from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';

interface Flags extends SessionFlags {
  readonly program?: string;
  readonly invoke?: string;
  readonly output: string;
  readonly publicNetwork?: boolean;
}

/** `wattest verifier`: writes the Solidity source of the verifier. */
export function registerVerifier(program: Command): void {
  withSessionOptions(
    program
      .command('verifier')
      .description('generate the Solidity verifier')
      .option('--program <file>', 'make it for this module only, its key as constants')
      .option('--invoke <name>', 'the export of that program; default: _start, or the only one')
      .option('--public-network', 'refuse a key that was made from a development SRS')
      .requiredOption('-o, --output <file>', 'the Solidity file to write (required)'),
  ).action(verifierCommand);
}

async function verifierCommand(flags: Flags): Promise<void> {
  await requireWritable(flags.output, ...(flags.program === undefined ? [] : [flags.program]));
  const wasm = flags.program === undefined ? undefined : await readBytes(flags.program);
  const program =
    wasm === undefined
      ? undefined
      : loadProgram(wasm, flags.invoke ?? requireEntry(wasm, flags.program ?? '')).program;
  const generated = await withSession(flags, async ({ session }) => {
    const key = program === undefined ? undefined : (await identify(session, program)).proving.key;
    return generateVerifier(session.verifyingKey, {
      publicNetwork: flags.publicNetwork === true,
      ...(key === undefined ? {} : { program: key }),
    });
  });
  await writeText(flags.output, generated.source);
  printTable([
    ['verifier', flags.output],
    ['contract', generated.name],
    ['key digest', generated.digest],
    ['selector', generated.selector],
    ['program', generated.programId ?? 'any'],
    ['SRS', generated.insecure ? 'development, insecure' : 'ceremony'],
  ]);
}

function requireEntry(wasm: Uint8Array, where: string): string {
  const module = loadModule(wasm);
  const names = exportedFunctions(module);
  return (
    onlyEntry(module) ??
    fail('USAGE', `the module exports ${names.length} functions`, {
      where,
      fix: `Name one with --invoke${names.length === 0 ? '' : `: ${names.slice(0, 8).join(', ')}`}`,
    })
  );
}
