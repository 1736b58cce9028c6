import { writeProofDocument } from '../../attest/proof/document.ts';
import { requireWritable, writeText } from '../../cli/files.ts';
import { interruptible, printTable } from '../../cli/options.ts';
import { typedRows, typedValues } from '../../cli/typed.ts';
import type { TypedRecord } from '../../typed/codec.ts';
import type { ProgramValues } from '../types.ts';
import { type Action, shown } from './shown.ts';
import { countArgument, type ValueArguments } from './values.ts';

interface Arguments extends ValueArguments {
  readonly output?: string;
  readonly wrap: boolean;
  readonly fresh: boolean;
  /** MiB. */
  readonly maxMemory?: string;
}

const prove: Action<Arguments> = shown(async (given, hre) => {
  const { program, output, wrap, fresh } = given;
  const maxInstructions = countArgument(given.maxInstructions, '--max-instructions');
  const maxMemory = countArgument(given.maxMemory, '--max-memory');
  const read = [given.inputFile, given.privateInput].filter((path) => path !== undefined);
  if (output !== undefined) await requireWritable(output, ...read);
  const values = (await typedValues(given)) as ProgramValues<string>;
  const { signal, release } = interruptible();
  const settings = {
    ...{ wrap, fresh, signal },
    ...(maxInstructions === undefined ? {} : { maxInstructions }),
    ...(maxMemory === undefined ? {} : { maxMemoryBytes: maxMemory * 2 ** 20 }),
  };
  const proof = await hre.wattest.prove(program, values, settings).finally(release);
  if (output !== undefined) await writeText(output, writeProofDocument(proof.document));
  printTable([
    ['program', program],
    ['program id', proof.programId],
    ...typedRows(proof.outputs as TypedRecord, 'outputs'),
    [
      'proof',
      `${proof.cached ? 'from the cache' : 'made now'}${output === undefined ? '' : `, in ${output}`}`,
    ],
  ]);
});

export default prove;
