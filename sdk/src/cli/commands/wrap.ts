import type { Command } from 'commander';
import { readProofDocument, writeProofDocument } from '../../attest/proof/document.ts';
import { greatestProofFileOf } from '../../attest/proof/document-limits.ts';
import { wrap } from '../../attest/proof/wrap.ts';
import { readProofText, requireWritable, writeText } from '../files.ts';
import { inputFilesOf, printTable, warn } from '../options.ts';
import { withSession } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';

interface Flags extends SessionFlags {
  readonly output: string;
}

/** `wattest wrap`: a small proof of a run, from what `prove --transcript poseidon2` made of it, one proof or several. */
export function registerWrap(program: Command): void {
  withSessionOptions(
    program
      .command('wrap')
      .argument(
        '<proof>',
        'the proof file, of `wattest prove --transcript poseidon2`; a run of several proofs is joined first',
      )
      .requiredOption('-o, --output <file>', 'the proof file to write (required)'),
  ).action(wrapCommand);
}

async function wrapCommand(file: string, flags: Flags): Promise<void> {
  await requireWritable(flags.output, ...inputFilesOf(file, flags));
  const document = await withSession({ ...flags, keepPoints: false }, async ({ session, signal, bar }) => {
    const text = await readProofText(file, (head) => greatestProofFileOf(session.verifyingKey, head));
    return wrap(session, { document: readProofDocument(text, file), signal, onProgress: bar.update });
  });
  await writeText(flags.output, writeProofDocument(document));
  if (document.insecure)
    warn('made with a development SRS: this proof convinces nobody; use --srs for a real one');
  printTable([
    ['proof', `${flags.output} (${(document.proof.length - 2) / 2} bytes)`],
    ['program id', document.programId],
    ['key digest', document.verifyingKey],
  ]);
}
