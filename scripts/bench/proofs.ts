/**
 * `npm run bench`: proves several programs (median of `--runs`, default 3, after one
 * warm-up), attests the proofs on an in-process chain, and prints a table; `--json FILE` keeps the figures.
 */
import { cpus } from 'node:os';
import hre from 'hardhat';
import { bytesOf } from '../../sdk/src/attest/proof/document.ts';
import {
  cannotReturn,
  openSession,
  type ProveParameters,
  type ProveResult,
  prove,
  type Session,
} from '../../sdk/src/index.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { attest, deployRegistry, deployVerifier } from '../../sdk/src/viem.ts';
import { calibrate, type UnitCosts } from './bound.ts';
import { type Flags, keep, parseFlags } from './child.ts';
import { jobs } from './jobs.ts';
import { type PhaseReport, phaseReport, reportTables } from './phases.ts';
import { formatTable, middle, round } from './table.ts';

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
  readonly work: PhaseReport;
}

async function measure(
  session: Session,
  name: string,
  parameters: ProveParameters,
  { runs, costs }: { readonly runs: number; readonly costs: UnitCosts },
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
  const phases = Object.fromEntries(
    Object.keys(one.timings).map((phase) => [
      phase,
      round(middle(proven.map((p) => p.timings[phase] ?? 0)) / 1000, 3),
    ]),
  );
  return {
    name,
    instructions: one.instructions,
    rows,
    rowsPerInstruction: round(rows / one.instructions, 3),
    proveSeconds: round(middle(proven.map((p) => p.timings['total'] ?? 0)) / 1000, 2),
    phases,
    verifySeconds: round(middle(verifying) / 1000, 3),
    kernelPeakMiB: Math.round(session.engine.memory().peak / 2 ** 20),
    processPeakMiB: Math.round((process.resourceUsage().maxRSS * 1024) / 2 ** 20),
    proofBytes: one.proofBytes,
    attestGas: await submit(one),
    heights: one.heights,
    work: await phaseReport(session, parameters, phases, costs),
  };
}

export async function benchProofs(args: readonly string[]): Promise<void> {
  const flags: Flags = parseFlags(args);
  const list = await jobs(flags.only);
  await using session = await openSession({ threads: flags.threads });
  const contract = await compileVerifier(generateVerifier(session.verifyingKey));
  const { viem } = await hre.network.create();
  const [client] = await viem.getWalletClients();
  if (client === undefined) throw new Error('the in-process chain has no account');
  const verifier = await deployVerifier(client, { contract });
  const registry = await deployRegistry(client, {
    verifier: verifier.address,
    cannotReturn: await cannotReturn(session),
  });

  const costs = await calibrate(session.engine);
  const figures: Figures[] = [];
  for (const { name, parameters } of list) {
    const submit = async ({ document }: ProveResult): Promise<number> =>
      Number((await attest(client, { ...document, registry: registry.address })).gasUsed);
    const measured = await measure(session, name, parameters, { runs: flags.runs, costs }, submit);
    figures.push(measured);
    process.stderr.write(`${name}: ${measured.proveSeconds} s ${JSON.stringify(measured.phases)}\n`);
  }

  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: session.engine.threads,
    node: process.version,
    engine: session.engine.name,
    /** Nanoseconds, all threads at work. */
    costs: { product: round(costs.product, 2), addition: round(costs.addition, 1) },
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
  process.stdout.write(
    `\nbound: ${machine.costs.product} ns a product of field elements, ${machine.costs.addition} ns an addition of points, all threads at work\n\n`,
  );
  process.stdout.write(reportTables(figures.map(({ name, work }) => [name, work])));
  await keep(flags, { machine, figures });
}
