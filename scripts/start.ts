/**
 * `npm start`: the main job once, on an in-process chain. Compiles an example guest from source, runs it, proves it,
 * generates, compiles and deploys the verifier and the registry, submits the proof, reads the attestation back, and shows
 * that a forged result is refused.
 */
import './lib/help.ts';
import hre from 'hardhat';
import { formatRows, formatWords } from '../sdk/src/cli/format.ts';
import { interruptible, printTable, warn } from '../sdk/src/cli/options.ts';
import { ProgressBar } from '../sdk/src/cli/progress.ts';
import { grouped } from '../sdk/src/cli/tables.ts';
import { formatError, isWattestError } from '../sdk/src/errors/index.ts';
import { cannotReturn, openSession, prove, run } from '../sdk/src/index.ts';
import { compileVerifier } from '../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../sdk/src/solidity/generate.ts';
import { attest, deployRegistry, deployVerifier, readAttestation, verifyOnChain } from '../sdk/src/viem.ts';
import { compileGuest, readExample } from './lib/guests.ts';

const EXAMPLE = 'sha256';
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

async function main(): Promise<void> {
  const example = await readExample(EXAMPLE);
  process.stdout.write(`wattest: ${example.about}\n\n`);
  const wasm = await step(`compile examples/${EXAMPLE} with clang`, () => compileGuest(example.source));
  const parameters = { wasm, ...example.parameters };
  const ran = await step('run in the emulator', () => run(parameters));

  await using session = await step('open kernels, SRS and keys (made once, then cached)', () =>
    openSession({ signal, onProgress: bar.update, onWarning: warn }),
  );
  const proven = await step('prove', () => prove(session, { ...parameters, signal, onProgress: bar.update }));
  const generated = await step('generate the verifier', () => generateVerifier(session.verifyingKey));
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
