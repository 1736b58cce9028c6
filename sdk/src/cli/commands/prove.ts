import { type Command, InvalidArgumentError } from 'commander';
import { writeProofDocument } from '../../attest/proof/document.ts';
import { prove } from '../../attest/proof/prove.ts';
import type { LeastHeights } from '../../attest/session/least-heights.ts';
import { predicateOf } from '../../machine/status.ts';
import { collectGarbage } from '../../platform/node.ts';
import { readBytes, requireWritable, writeText } from '../files.ts';
import { formatEnding, formatRows, formatText, formatWords, statusJson, textOf } from '../format.ts';
import {
  inputFilesOf,
  inputsOf,
  printJson,
  printTable,
  type RunFlags,
  warn,
  withRunOptions,
} from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';
import { sourceMapFor } from '../source-map.ts';
import { grouped } from '../tables.ts';

type Flags = RunFlags &
  SessionFlags & {
    readonly output: string;
    readonly allowFailure?: boolean;
    readonly shape?: LeastHeights;
  };

/** `wattest prove`: runs, proves, writes the proof file. */
export function registerProve(program: Command): void {
  const command = program
    .command('prove')
    .description('run a program and prove the run')
    .requiredOption('-o, --output <file>', 'the proof file to write (required)');
  withSessionOptions(withRunOptions(command))
    .option('--allow-failure', 'prove also a run that traps or exits with an error code')
    .option(
      '--shape <heights>',
      'least heights of chips, log2 (alu=12,mem=12,...): shorter runs look alike, and take as long',
      leastHeights,
    )
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

async function proveCommand(file: string, flags: Flags): Promise<void> {
  const wasm = await readBytes(file);
  const sourceMap = await sourceMapFor(file, wasm, { given: flags.sourceMap });
  await requireWritable(flags.output, ...inputFilesOf(file, flags, sourceMap?.path));
  const inputs = await inputsOf(flags);
  const result = await withSession({ ...flags, keepPoints: false }, ({ session, signal, bar }) => {
    // Of the making of the kernels.
    collectGarbage();
    return prove(session, {
      wasm,
      ...(sourceMap === undefined ? {} : { sourceMap: sourceMap.json }),
      ...inputs,
      allowFailure: flags.allowFailure === true,
      ...(flags.shape === undefined ? {} : { shape: flags.shape }),
      signal,
      onProgress: bar.update,
    });
  });
  await writeText(flags.output, writeProofDocument(result.document));
  for (const message of result.warnings) warn(message);
  const { document } = result;
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
      programId: document.programId,
      instructions: result.instructions,
      rows: result.rows,
      proofBytes: result.proofBytes,
      heights: result.heights,
      timings,
      peakMemoryBytes: result.peakMemoryBytes,
    });
    return;
  }
  printTable([
    ['proof', `${grouped(result.proofBytes)} bytes, in ${flags.output}`],
    ['program id', document.programId],
    ['status', ending],
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
    ['peak memory', `${grouped(result.peakMemoryBytes / 2 ** 20)} MiB`],
  ]);
}
