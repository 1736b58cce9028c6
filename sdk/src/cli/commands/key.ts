import { type Command, Option } from 'commander';
import { contractKey, contractKind } from '../../attest/session/contract-kinds.ts';
import type { SmallKind } from '../../attest/session/small-kinds.ts';
import type { Kind } from '../../machine/system.ts';
import { verifyingKeyToJson } from '../../plonk/keys/key-json.ts';
import { requireWritable, writeText } from '../files.ts';
import { inputFilesOf, printTable } from '../options.ts';
import { withKeys } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';

interface Flags extends SessionFlags {
  readonly output: string;
  readonly kind: Kind | SmallKind;
}

/** `wattest key`: writes the verifying key, for whoever verifies with `wattest/verify` alone. */
export function registerKey(program: Command): void {
  withSessionOptions(
    program
      .command('key')
      .addOption(
        new Option(
          '--kind <kind>',
          'whole: of proofs that stand alone; body, closing: the two of runs of several proofs; wrap: of small proofs; joined: of those of runs that took several',
        )
          .choices(['whole', 'body', 'closing', 'wrap', 'joined'])
          .default('whole'),
      )
      .requiredOption('-o, --output <file>', 'the file to write (required)'),
  ).action(keyCommand);
}

async function keyCommand(flags: Flags): Promise<void> {
  await requireWritable(flags.output, ...inputFilesOf(undefined, flags));
  const { kind } = flags;
  const key = await withKeys(flags, async ({ session }) =>
    kind === 'body' || kind === 'closing'
      ? (await session.shardKeys())[kind].key
      : contractKey(session, contractKind(kind === 'whole' ? {} : { kind })),
  );
  await writeText(flags.output, `${verifyingKeyToJson(key)}\n`);
  printTable([
    ['key', flags.output],
    ['digest', key.digest],
    ['SRS', key.insecure ? 'development, insecure' : 'ceremony'],
  ]);
}
