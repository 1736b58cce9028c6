/**
 * `npm start`: the main job once, on an in-process chain. Compiles an example guest from source, runs it, proves it,
 * generates, compiles and deploys the verifier and the registry, submits the proof, reads the attestation back, and shows
 * that a forged result is refused.
 *
 * `npm start -- --long [--rounds N]`: the same for a run of ten million instructions (some 4,770 each round; default 2,103 rounds), which takes some 28 proofs: they are
 * joined and wrapped to a small one, which is attested. Takes minutes.
 */
import './lib/help.ts';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import hre from 'hardhat';
import { contractKey, contractKind } from '../sdk/src/attest/session/contract-kinds.ts';
import { formatRows, formatWords } from '../sdk/src/cli/format.ts';
import { interruptible, printTable, warn } from '../sdk/src/cli/options.ts';
import { ProgressBar } from '../sdk/src/cli/progress.ts';
import { grouped } from '../sdk/src/cli/tables.ts';
import { formatError, isWattestError } from '../sdk/src/errors/index.ts';
import { cannotReturn, openSession, type ProveParameters, prove, run } from '../sdk/src/index.ts';
import { compileVerifier } from '../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../sdk/src/solidity/generate.ts';
import { attest, deployRegistry, deployVerifier, readAttestation, verifyOnChain } from '../sdk/src/viem.ts';
import { compileGuest, readExample } from './lib/guests.ts';
import { ROOT } from './lib/tools.ts';

const EXAMPLE = 'sha256';
const {
  values: { long, rounds },
} = parseArgs({
  options: { long: { type: 'boolean', default: false }, rounds: { type: 'string', default: '2103' } },
});
const bar = new ProgressBar();
const { signal, release } = interruptible();
const started = performance.now();
const times: [string, number][] = [];

/** One step of the way: says what it does, keeps how long it took. */
async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  bar.say(`… ${what}`);
  const result = await work();
  const ms = performance.now() - start;
  bar.done();
  times.push([what, ms]);
  process.stdout.write(`✓ ${what.padEnd(52)} ${(ms / 1000).toFixed(2).padStart(7)} s\n`);
  return result;
}

interface Guest {
  readonly about: string;
  readonly source: string;
  readonly parameters: Omit<ProveParameters, 'wasm' | 'onProgress'>;
}

const LONG: Guest = {
  about: `${rounds} rounds of a C program that sorts, hashes and adds up, in as many proofs as that takes`,
  source: join(ROOT, 'scripts/bench/guests/mixed.c'),
  parameters: { invoke: 'mixed', args: [rounds], wrap: true },
};

async function main(): Promise<void> {
  const guest: Guest = long ? LONG : await readExample(EXAMPLE);
  process.stdout.write(`wattest: ${guest.about}\n\n`);
  const wasm = await step(`compile ${relative(ROOT, guest.source)} with clang`, () =>
    compileGuest(guest.source),
  );
  const parameters = { wasm, ...guest.parameters };
  const { wrap: small = false, ...inputs } = parameters;
  const ran = await step('run in the emulator', () => run(inputs));

  await using session = await step('open kernels, SRS and keys (made once, then cached)', () =>
    openSession({ signal, onProgress: bar.update, onWarning: warn }),
  );
  const proven = await step(small ? 'prove, join and wrap' : 'prove', () =>
    prove(session, { ...parameters, signal, onProgress: bar.update }),
  );
  const generated = await step('generate the verifier', async () =>
    generateVerifier(await contractKey(session, contractKind(proven.document))),
  );
  const contract = await step('compile it', () => compileVerifier(generated));

  const { viem } = await hre.network.create();
  const [client] = await viem.getWalletClients();
  if (client === undefined) throw new Error('the in-process chain has no account');
  const verifier = await step('deploy the verifier', () => deployVerifier(client, { contract }));
  const registry = await step('deploy the attestation registry', async () =>
    deployRegistry(client, { verifier: verifier.address, cannotReturn: await cannotReturn(session) }),
  );
  const { document } = proven;
  const { programId, statement } = document;
  const attested = await step('submit the proof', () =>
    attest(client, { ...document, registry: registry.address }),
  );
  const record = await step('read the attestation back', () =>
    readAttestation(client, { registry: registry.address, programId, statement }),
  );
  if (record === undefined) throw new Error('the registry has no record');

  const [first = 0n, ...rest] = statement.publicOutputs;
  const forged = { ...document, statement: { ...statement, publicOutputs: [first ^ 1n, ...rest] } };
  const refusal = await step('forge one bit of the result: refused', async () => {
    try {
      await verifyOnChain(client, { ...forged, verifier: verifier.address });
    } catch (error) {
      if (isWattestError(error) && error.exitCode === 1) return error;
      throw error;
    }
    throw new Error('THE FORGED RESULT WAS ACCEPTED');
  });

  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  process.stdout.write('\n');
  printTable([
    ['program id', programId],
    ['outputs', formatWords(ran.outputs)],
    ['results', formatWords(ran.results)],
    ['instructions', grouped(proven.instructions)],
    ['rows', formatRows(proven.rows)],
    [
      'heights',
      Object.entries(proven.heights)
        .map(([chip, log]) => `${chip} 2^${log}`)
        .join(', '),
    ],
    [
      'proving time',
      `${seconds(proven.timings['total'] ?? 0)} (${Object.entries(proven.timings)
        .filter(([phase]) => phase !== 'total')
        .map(([phase, ms]) => `${phase} ${seconds(ms)}`)
        .join(', ')})`,
    ],
    ['proof', `${grouped(proven.proofBytes)} bytes`],
    [
      'verifier',
      `${verifier.address}, ${grouped(contract.deployedBytecode.length / 2 - 1)} bytes of code, ${grouped(Number(verifier.gasUsed))} gas to deploy`,
    ],
    ['registry', registry.address],
    [
      'attestation',
      `block ${record.blockNumber}, by ${record.submitter}, ${grouped(Number(attested.gasUsed))} gas for the whole transaction`,
    ],
    ['forgery', refusal.message],
    ['total', seconds(performance.now() - started)],
  ]);
  warn('everything above stands on a development SRS, whose secret everyone knows');
}

try {
  await main();
} catch (error) {
  bar.done();
  process.stderr.write(`${formatError(error)}\n`);
  if (error instanceof Error && !isWattestError(error)) process.stderr.write(`${error.stack}\n`);
  process.exitCode = isWattestError(error) ? error.exitCode : 2;
} finally {
  release();
}
