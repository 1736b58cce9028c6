import type { Command } from 'commander';
import { readProofDocument, writeProofDocument } from '../../attest/proof/document.ts';
import { greatestProofFileOf } from '../../attest/proof/document-limits.ts';
import { wrap } from '../../attest/proof/wrap.ts';
import { readProofText, requireWritable, writeText } from '../files.ts';
import { inputFilesOf, printTable, warn } from '../options.ts';
import { type QueueFlags, withEngine, withQueueOptions } from '../queue.ts';
import { withSession } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';

interface Flags extends SessionFlags, QueueFlags {
  readonly output: string;
}

/** `wattest wrap`: a small proof of a run, from what `prove --transcript poseidon2` made of it, one proof or several. */
export function registerWrap(program: Command): void {
  const command = withSessionOptions(
    program
      .command('wrap')
      .argument(
        '<proof>',
        'the proof file, of `wattest prove --transcript poseidon2`; a run of several proofs is joined first',
      )
      .requiredOption('-o, --output <file>', 'the proof file to write (required)')
      .option(
        '--queue <url>',
        'let the workers of a queue join a run that took several proofs, and wrap it: redis://HOST:PORT (see `wattest worker`)',
      ),
  );
  withQueueOptions(command).action(wrapCommand);
}

async function wrapCommand(file: string, flags: Flags): Promise<void> {
  await requireWritable(flags.output, ...inputFilesOf(file, flags));
  const document = await withSession({ ...flags, keepPoints: false }, async ({ session, signal, bar }) => {
    const text = await readProofText(file, (head) => greatestProofFileOf(session.verifyingKey, head));
    const document = readProofDocument(text, file);
    return withEngine(flags, bar, ({ joinEngine: engine }) =>
      wrap(session, { document, engine, signal, onProgress: bar.update }),
    );
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
