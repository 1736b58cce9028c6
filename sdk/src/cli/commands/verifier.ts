import { type Command, Option } from 'commander';
import { loadProgram } from '../../attest/module/load.ts';
import { contractKey } from '../../attest/session/contract-kinds.ts';
import { identify } from '../../attest/session/identify.ts';
import { generateVerifier } from '../../solidity/generate.ts';
import { kindOf } from '../contracts.ts';
import { readModule, requireWritable, writeText } from '../files.ts';
import { type ImportFlags, importsOf, withImportOptions } from '../imports.ts';
import { inputFilesOf, printTable } from '../options.ts';
import { withKeys } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';

interface Flags extends SessionFlags, ImportFlags {
  readonly program?: string;
  readonly invoke?: string;
  readonly output: string;
  readonly wrap?: boolean;
  readonly joined?: boolean;
  readonly publicNetwork?: boolean;
}

/** `wattest verifier`: writes the Solidity source of the verifier. */
export function registerVerifier(program: Command): void {
  withSessionOptions(
    withImportOptions(program.command('verifier'))
      .option('--program <file>', 'make it for this module only, its key as constants')
      .option('--invoke <name>', 'the export of that program; default: _start, or the only one')
      .option('--wrap', 'make it for small proofs (prove --wrap), not for direct ones')
      .addOption(
        new Option('--joined', 'make it for small proofs of runs that took several').conflicts('wrap'),
      )
      .option('--public-network', 'refuse a key that was made from a development SRS')
      .requiredOption('-o, --output <file>', 'the Solidity file to write (required)'),
  ).action(verifierCommand);
}

async function verifierCommand(flags: Flags): Promise<void> {
  await requireWritable(
    flags.output,
    ...inputFilesOf(flags.program, flags.srs === undefined ? {} : { srs: flags.srs }),
  );
  const program =
    flags.program === undefined
      ? undefined
      : loadProgram(await readModule(flags.program), flags.invoke, importsOf(flags)).program;
  const generated = await withKeys(flags, async ({ session }) => {
    const key = program === undefined ? undefined : (await identify(session, program)).proving.key;
    return generateVerifier(await contractKey(session, kindOf(flags)), {
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
