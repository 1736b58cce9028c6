import { type Command, InvalidArgumentError, Option } from 'commander';
import type { JobsDone } from '../../attest/jobs/kept.ts';
import { writeProofDocument } from '../../attest/proof/document.ts';
import { estimate } from '../../attest/proof/estimate.ts';
import { DEFAULT_MEMORY_BYTES, DEFAULT_WHOLE_BYTES, MIB } from '../../attest/proof/limits.ts';
import type { OneProof } from '../../attest/proof/one-proof.ts';
import { prove } from '../../attest/proof/prove.ts';
import type { LeastHeights } from '../../attest/session/least-heights.ts';
import { fail } from '../../errors/index.ts';
import { predicateOf } from '../../machine/status.ts';
import { collectGarbage } from '../../platform/node.ts';
import { ownFile } from '../../platform/node-storage.ts';
import type { PrivateFile } from '../../platform/storage.ts';
import { TRANSCRIPTS, type TranscriptHash } from '../../transcript/transcript.ts';
import { readModule, requireWritable, writeText } from '../files.ts';
import {
  formatDuration,
  formatEnding,
  formatOneProof,
  formatReturned,
  formatRows,
  formatText,
  formatWords,
  returnedJson,
  statusJson,
  textOf,
} from '../format.ts';
import {
  inputFilesOf,
  inputsOf,
  positiveNumber,
  printJson,
  printTable,
  type RunFlags,
  warn,
  withRunOptions,
} from '../options.ts';
import { type QueueFlags, withEngine, withQueueOptions } from '../queue.ts';
import { withKeys, withSession } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { sourceMapFor } from '../source-map.ts';
import { grouped, mebibytes } from '../tables.ts';
import { targetOf, typedOutputs, typedRows } from '../typed.ts';

type Flags = RunFlags &
  SessionFlags &
  QueueFlags & {
    readonly output?: string;
    readonly allowFailure?: boolean;
    readonly shape?: LeastHeights;
    readonly maxMemory?: number;
    readonly resume?: string;
    readonly wrap?: boolean;
    readonly transcript: TranscriptHash;
    readonly dryRun?: boolean;
  };

/** `wattest prove`: runs, proves, writes the proof file; with `--dry-run` says what that would take. */
export function registerProve(program: Command): void {
  const command = program
    .command('prove')
    .option('-o, --output <file>', 'the proof file to write (required), but for --dry-run');
  const withInputs = withSessionOptions(withRunOptions(command)).option(
    '--queue <url>',
    'let the workers of a queue prove a run that takes several proofs, and with --wrap join them: redis://HOST:PORT (see `wattest worker`)',
  );
  withQueueOptions(withInputs)
    .option('--allow-failure', 'prove also a run that traps or exits with an error code')
    .option(
      '--shape <heights>',
      'least heights of chips, log2 (alu=12,mem=12,...): shorter runs look alike, and take as long',
      leastHeights,
    )
    .option(
      '--max-memory <MiB>',
      `most memory to take; a run that needs more is proven in several proofs (default: ${mebibytes(DEFAULT_WHOLE_BYTES)} for a single proof, ${mebibytes(DEFAULT_MEMORY_BYTES)} for several)`,
      positiveNumber,
    )
    .option(
      '--resume <file>',
      'keep what is done of a run of several proofs in this file, and go on with it: as secret as the private inputs, deleted at the end',
    )
    .option(
      '--wrap',
      'wrap the proof: a small one, for less gas; those of a run that takes several are joined first',
    )
    .addOption(
      new Option('--transcript <hash>', 'poseidon2: a proof for `wattest wrap`, which no contract takes')
        .choices(TRANSCRIPTS)
        .default('keccak256'),
    )
    .option('--dry-run', 'run the program and say what a proof would take: proofs, time, memory')
    .action(proveCommand);
}

/** `chip=log2,…`; which chips and heights there are is `prove`'s to say. */
function leastHeights(text: string): LeastHeights {
  const heights = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name, log] = /^([a-z]\w*)=(\d{1,2})$/.exec(part) ?? [];
    if (name === undefined) throw new InvalidArgumentError('It is not chip=log2,chip=log2,...');
    if (heights.has(name)) throw new InvalidArgumentError(`It names ${name} twice`);
    heights.set(name, Number(log));
  }
  return Object.fromEntries(heights);
}

async function proveCommand(named: string, given: Flags): Promise<void> {
  const { file, flags } = await targetOf(named, given);
  const { output } = flags;
  const wasm = await readModule(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap });
  if (flags.dryRun === true) return dryRun(wasm, flags);
  if (output === undefined) {
    return fail('USAGE', "required option '-o, --output <file>' not specified", {
      fix: 'Name the proof file with -o, or use --dry-run',
    });
  }
  const { resume } = flags;
  const others = inputFilesOf(file, flags, sourceMap?.path);
  await requireWritable(output, ...others, ...(resume === undefined ? [] : [resume]));
  if (resume !== undefined) await requireWritable(resume, ...others);
  const inputs = await inputsOf(flags, wasm);
  if (resume === undefined) return proveInto(output, { wasm, inputs, sourceMap, flags });
  const kept = ownFile(resume);
  const release = await kept.lock?.();
  try {
    await proveInto(output, { wasm, inputs, sourceMap, flags, kept });
  } finally {
    await release?.();
  }
}

/** @param about `kept` is this process's alone */
async function proveInto(
  output: string,
  about: {
    readonly wasm: Uint8Array;
    readonly inputs: Awaited<ReturnType<typeof inputsOf>>;
    readonly sourceMap: Awaited<ReturnType<typeof sourceMapFor>>;
    readonly flags: Flags;
    readonly kept?: PrivateFile;
  },
): Promise<void> {
  const { wasm, inputs, sourceMap, flags, kept } = about;
  const result = await withSession({ ...flags, keepPoints: false }, ({ session, signal, bar }) => {
    // Of the making of the kernels.
    collectGarbage();
    return withEngine(flags, bar, (engine) =>
      prove(session, {
        wasm,
        ...(sourceMap === undefined ? {} : { sourceMap: sourceMap.json }),
        ...inputs,
        allowFailure: flags.allowFailure === true,
        ...(flags.shape === undefined ? {} : { shape: flags.shape }),
        ...memoryOf(flags),
        // Until the proof is written.
        ...(kept === undefined ? {} : { resume: withoutEnd(kept) }),
        ...engine,
        transcript: flags.transcript,
        wrap: flags.wrap === true,
        signal,
        onProgress: bar.update,
      }),
    );
  });
  // Before the file is there: nobody takes a proof whose outputs are no values.
  const values =
    result.status.kind === 'returned' ? await typedOutputs(flags.typed, result.outputs) : undefined;
  await writeText(output, writeProofDocument(result.document));
  await kept?.remove();
  for (const message of result.warnings) warn(message);
  const { document } = result;
  if (document.shards > 1)
    warn(
      `the run took ${document.shards} proofs, which \`wattest verify\` takes together${formatMore(result.oneProof)}; a contract takes one, to which --wrap joins them`,
    );
  if (document.insecure)
    warn('made with a development SRS: this proof convinces nobody; use --srs for a real one');
  const ending = formatEnding(result.status.text, result.trapAt);
  if (result.status.kind !== 'returned')
    warn(`this proves a failure: the run ${formatEnding(predicateOf(result.status), result.trapAt)}`);
  const timings = Object.fromEntries(
    Object.entries(result.timings).map(([phase, ms]) => [phase, Math.round(ms)]),
  );
  if (flags.json === true) {
    printJson({
      ...statusJson(result.status, result.trapAt),
      results: result.results,
      outputs: result.outputs,
      ...(result.stdout === undefined ? {} : { stdout: textOf(result.stdout) }),
      ...returnedJson(result.returned),
      ...(values === undefined ? {} : { values }),
      programId: document.programId,
      instructions: result.instructions,
      rows: result.rows,
      proofBytes: result.proofBytes,
      shards: document.shards,
      heights: result.heights,
      ...(result.resumed === undefined ? {} : { resumed: result.resumed }),
      timings,
      peakMemoryBytes: result.peakMemoryBytes,
    });
    return;
  }
  printTable([
    [
      'proof',
      `${grouped(result.proofBytes)} bytes${document.shards === 1 ? '' : ` (${document.shards} proofs of one run)`}, in ${output}`,
    ],
    ...(result.resumed === undefined ? [] : [['resumed', formatResumed(result.resumed)] as const]),
    ['program id', document.programId],
    ['status', ending],
    ...(result.returned === undefined ? [] : [['returned', formatReturned(result.returned)] as const]),
    ...(values === undefined ? [] : typedRows(values, 'outputs')),
    ['results', formatWords(result.results, result.resultTypes)],
    ...(result.stdout === undefined
      ? [['outputs', formatWords(result.outputs)] as const]
      : [
          ['outputs', `${grouped(result.stdout.length)} bytes of standard output`] as const,
          ['stdout', formatText(result.stdout)] as const,
        ]),
    ['instructions', grouped(result.instructions)],
    ['rows', formatRows(result.rows)],
    ['time', `${((timings['total'] ?? 0) / 1000).toFixed(2)} s`],
    ['peak memory', `${grouped(result.peakMemoryBytes / MIB)} MiB`],
  ]);
}

const formatMore = (more: OneProof | undefined): string =>
  more === undefined ? '' : ` (${formatOneProof(more)} makes one)`;

/** Joins only of runs that are joined. */
const formatResumed = ({ commitments, proofs, joins }: JobsDone): string =>
  joins === 0
    ? `${commitments} commitments and ${proofs} proofs were there`
    : `${commitments} commitments, ${proofs} proofs and ${joins === 1 ? 'a join' : `${joins} joins`} were there`;

/** What is kept, without leave to remove it or to keep others away: that is done already. */
const withoutEnd = ({ location, read, write }: PrivateFile): PrivateFile => ({
  location,
  read,
  write,
  remove: async () => {},
});

const memoryOf = ({ maxMemory }: Flags): { readonly maxMemoryBytes?: number } =>
  maxMemory === undefined ? {} : { maxMemoryBytes: maxMemory * MIB };

async function dryRun(wasm: Uint8Array, flags: Flags): Promise<void> {
  const inputs = await inputsOf(flags, wasm);
  const given = {
    wasm,
    ...inputs,
    ...memoryOf(flags),
    allowFailure: flags.allowFailure === true,
    ...(flags.shape === undefined ? {} : { shape: flags.shape }),
    transcript: flags.transcript,
    wrap: flags.wrap === true,
  };
  const result = await withKeys(flags, ({ session, signal }) => estimate(session, { ...given, signal }));
  if (flags.json === true) {
    printJson(result);
    return;
  }
  printTable([
    ['program id', result.programId],
    ['instructions', grouped(result.instructions)],
    ['rows', formatRows(result.rows)],
    [
      'proofs',
      result.shards === 1
        ? result.wrapped
          ? 'one, and the small one that wraps it'
          : 'one'
        : result.wrapped
          ? `${grouped(result.shards)}, ${grouped(result.joins)} that join them, and the small one`
          : `${grouped(result.shards)} that only convince together${formatMore(result.oneProof)}; a contract takes one, to which --wrap joins them`,
    ],
    ['proof', `${grouped(result.proofBytes)} bytes`],
    ['time', `about ${formatDuration(result.seconds)} on two cores that do nothing else`],
    ['memory', `about ${grouped(result.memoryBytes / MIB)} MiB`],
  ]);
}
