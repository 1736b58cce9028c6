/**
 * `npm run bench -- large [--only TEXT] [--max-memory MIB] [--threads N] [--json FILE]`: examples whose program is too large for the key that a session has without
 * options are proven and verified once, and what was estimated stands beside what it took.
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { estimate, openSession, prove, verify } from '../../sdk/src/index.ts';
import { compileGuest, type Example, largeExamples } from '../lib/guests.ts';
import { processorSeconds } from '../lib/processor-seconds.ts';
import { formatTable, round } from './table.ts';

const MIB = 2 ** 20;

interface Figures {
  readonly name: string;
  readonly maxLog: number;
  readonly instructions: number;
  readonly rows: number;
  readonly proofs: number;
  readonly proofBytes: number;
  readonly seconds: number;
  /** Of processors, both threads together. */
  readonly processorSeconds: number;
  readonly estimatedSeconds: number;
  readonly peakMiB: number;
  readonly estimatedMiB: number;
  readonly verifySeconds: number;
  /** Of the machine in the last minute of proving. */
  readonly load: number;
}

async function measure(example: Example, threads: number, maxMemoryMiB?: number): Promise<Figures> {
  const { name, source, maxLog, outputs, results } = example;
  const wasm = await compileGuest(source);
  await using session = await openSession({ threads, maxLog: maxLog!, onWarning: () => {} });
  const parameters = {
    ...{ wasm, ...example.parameters },
    ...(maxMemoryMiB === undefined ? {} : { maxMemoryBytes: maxMemoryMiB * MIB }),
  };
  const estimated = await estimate(session, parameters);
  const [before, start] = [processorSeconds('self').own, performance.now()];
  const proven = await prove(session, parameters);
  const [seconds, spent] = [(performance.now() - start) / 1000, processorSeconds('self').own - before];
  const written = proven.outputs.map(String);
  if (String(written) !== String([...outputs, ...results]))
    throw new Error(`${name}: other outputs than expected`);
  const verifying = performance.now();
  await verify(session, { document: proven.document, wasm });
  return {
    ...{ name, maxLog: maxLog!, instructions: proven.instructions },
    rows: Object.values(proven.rows).reduce((sum, count) => sum + count, 0),
    ...{ proofs: estimated.shards, proofBytes: proven.proofBytes },
    seconds: round(seconds, 1),
    processorSeconds: round(spent, 1),
    estimatedSeconds: round(estimated.seconds, 1),
    peakMiB: Math.round((process.resourceUsage().maxRSS * 1024) / MIB),
    estimatedMiB: Math.round(estimated.memoryBytes / MIB),
    verifySeconds: round((performance.now() - verifying) / 1000, 2),
    load: round(loadavg()[0]!, 1),
  };
}

export async function benchLarge(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      threads: { type: 'string', default: '2' },
      'max-memory': { type: 'string' },
      json: { type: 'string' },
    },
  });
  const memory = values['max-memory'];
  const figures: Figures[] = [];
  for (const example of await largeExamples()) {
    if (!example.name.includes(values.only)) continue;
    process.stderr.write(`${example.name} …\n`);
    figures.push(
      await measure(example, Number(values.threads), memory === undefined ? undefined : Number(memory)),
    );
  }
  const header = [
    'example',
    'instructions',
    'rows',
    'proofs',
    'bytes',
    's',
    'of processors',
    'estimated',
    'MiB',
    'estimated',
    'verify',
    'load',
  ];
  process.stdout.write(
    formatTable([
      header,
      ...figures.map((f) => [
        ...[f.name, f.instructions, f.rows, f.proofs, f.proofBytes, f.seconds, f.processorSeconds],
        ...[f.estimatedSeconds, f.peakMiB, f.estimatedMiB, f.verifySeconds, f.load],
      ]),
    ]),
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}
