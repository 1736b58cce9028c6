/**
 * `npm run bench`: proves several programs (median of `--runs`, default 3, after one
 * warm-up), attests the proofs on an in-process chain, and prints a table; `--json FILE` keeps the figures.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import hre from 'hardhat';
import { bytesOf } from '../../sdk/src/attest/document.ts';
import {
  openSession,
  type ProveParameters,
  type ProveResult,
  prove,
  type Session,
} from '../../sdk/src/index.ts';
import { verifyProof } from '../../sdk/src/plonk/verifier.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { attest, deployRegistry, deployVerifier } from '../../sdk/src/viem.ts';
import { compileGuest, exampleNames, readExample } from '../lib/guests.ts';
import { ROOT } from '../lib/tools.ts';
import { formatTable, round } from './table.ts';

interface Figures {
  readonly name: string;
  readonly instructions: number;
  readonly rows: number;
  readonly rowsPerInstruction: number;
  /** Medians, in seconds. */
  readonly proveSeconds: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly verifySeconds: number;
  readonly kernelPeakMiB: number;
  readonly processPeakMiB: number;
  readonly proofBytes: number;
  readonly attestGas: number;
  readonly heights: Readonly<Record<string, number>>;
}

interface Flags {
  readonly runs: number;
  readonly threads: number;
  readonly only: string;
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

async function programs({ only }: Flags): Promise<readonly [string, ProveParameters][]> {
  const list: [string, ProveParameters][] = [];
  const fibonacci = await compileGuest((await readExample('fibonacci')).source);
  list.push(['trivial: fibonacci(30)', { wasm: fibonacci, invoke: 'fibonacci', args: [30] }]);
  const mixed = await compileGuest(join(ROOT, 'scripts/bench/guests/mixed.c'));
  list.push(['C, 100k instructions', { wasm: mixed, invoke: 'mixed', args: [19] }]);
  for (const name of await exampleNames()) {
    const { source, parameters } = await readExample(name);
    list.push([name, { wasm: await compileGuest(source), ...parameters }]);
  }
  return list.filter(([name]) => name.includes(only));
}

async function measure(
  session: Session,
  name: string,
  parameters: ProveParameters,
  { runs }: Flags,
  submit: (proven: ProveResult) => Promise<number>,
): Promise<Figures> {
  const proven: ProveResult[] = [];
  for (let i = 0; i <= runs; i++) {
    const result = await prove(session, parameters);
    if (i > 0) proven.push(result);
  }
  const [one] = proven;
  if (one === undefined) throw new Error('--runs must be at least 1');
  const { document } = one;
  const verifying: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    verifyProof({
      key: session.verifyingKey,
      program: document.programKey,
      statement: document.statement,
      proof: bytesOf(document.proof),
    });
    verifying.push(performance.now() - start);
  }
  const rows = Object.values(one.rows).reduce((sum, count) => sum + count, 0);
  const phases = Object.keys(one.timings);
  return {
    name,
    instructions: one.instructions,
    rows,
    rowsPerInstruction: round(rows / one.instructions, 3),
    proveSeconds: round(median(proven.map((p) => p.timings['total'] ?? 0)) / 1000, 2),
    phases: Object.fromEntries(
      phases.map((phase) => [phase, round(median(proven.map((p) => p.timings[phase] ?? 0)) / 1000, 3)]),
    ),
    verifySeconds: round(median(verifying) / 1000, 3),
    kernelPeakMiB: Math.round(session.engine.memory().peak / 2 ** 20),
    processPeakMiB: Math.round((process.resourceUsage().maxRSS * 1024) / 2 ** 20),
    proofBytes: one.proofBytes,
    attestGas: await submit(one),
    heights: one.heights,
  };
}

export async function benchProofs(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '3' },
      threads: { type: 'string', default: '2' },
      json: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const flags: Flags = { runs: Number(values.runs), threads: Number(values.threads), only: values.only };
  const list = await programs(flags);
  await using session = await openSession({ threads: flags.threads });
  const contract = await compileVerifier(generateVerifier(session.verifyingKey));
  const { viem } = await hre.network.create();
  const [client] = await viem.getWalletClients();
  if (client === undefined) throw new Error('the in-process chain has no account');
  const verifier = await deployVerifier(client, { contract });
  const registry = await deployRegistry(client, { verifier: verifier.address });

  const figures: Figures[] = [];
  for (const [name, parameters] of list) {
    const submit = async ({ document }: ProveResult): Promise<number> =>
      Number((await attest(client, { ...document, registry: registry.address })).gasUsed);
    const measured = await measure(session, name, parameters, flags, submit);
    figures.push(measured);
    process.stderr.write(`${name}: ${measured.proveSeconds} s ${JSON.stringify(measured.phases)}\n`);
  }

  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: session.engine.threads,
    node: process.version,
    engine: session.engine.name,
  };
  process.stdout.write(
    `${machine.cpu}, ${machine.threads} threads, Node ${machine.node}, kernels ${machine.engine}; medians of ${flags.runs} runs\n\n`,
  );
  const header = [
    'program',
    'instructions',
    'rows/instr.',
    'prove s',
    'verify s',
    'kernels MiB',
    'process MiB',
    'proof B',
    'attest gas',
  ];
  const table = figures.map((f) => [
    f.name,
    f.instructions,
    f.rowsPerInstruction,
    f.proveSeconds,
    f.verifySeconds,
    f.kernelPeakMiB,
    f.processPeakMiB,
    f.proofBytes,
    f.attestGas,
  ]);
  process.stdout.write(formatTable([header, ...table]));
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ machine, figures }, null, 2)}\n`);
}
