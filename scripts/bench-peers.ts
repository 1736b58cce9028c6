/**
 * `npm run bench:peers [-- --steps N] [-- --runs N] [-- --only TEXT] [-- --json FILE]`: other provers beside this one, on the same job:
 * Fibonacci numbers modulo 2^32, N steps (100). snarkjs (Groth16, PLONK, fflonk) proves a circuit made for it; UltraHonk (bb.js) a Noir
 * program; wattest the WebAssembly that a compiler made.
 *
 * The others are installed in scripts/bench/peers by this command and by nothing else; some of them are under the GPL, and nothing of
 * them is part of wattest. Each proof is made in a process of its own, checked to show the right number, and verified by the contract that
 * its maker generates. Reference strings are for development, made here once. bb.js is the last version that takes a reference
 * string that is not its ceremony's, and its native prover wants a newer C library than Debian 12 has: it is measured in WebAssembly.
 */
import './lib/help.ts';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { measureInTurn } from './bench/child.ts';
import { attestGas, verifierGas } from './bench/peers/gas.ts';
import { fibonacciCircuit } from './bench/peers/r1cs.ts';
import { honkReference, powersOfTauFile } from './bench/peers/reference.ts';
import type { PeerInput, PeerOutput, System } from './bench/peers/worker.ts';
import { formatTable, middle, round } from './bench/table.ts';
import { compileGuest } from './lib/guests.ts';
import { ROOT } from './lib/tools.ts';

const FOLDER = join(ROOT, 'scripts/bench/peers');
const SYSTEMS: readonly System[] = ['groth16', 'plonk', 'fflonk', 'UltraHonk, WASM'];
/** fflonk opens nine polynomials at once, of some 65 gates for each sum of 32 bits. */
const fflonkPower = (gates: number): number => Math.ceil(Math.log2(9 * gates)) + 1;
const THREADS = 2;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const steps = Number(values.steps);
const runs = Number(values.runs);

if (!existsSync(join(FOLDER, 'node_modules'))) {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: FOLDER,
    stdio: 'inherit',
  });
}

const noir = `use std::ops::WrappingAdd;
fn main(first: u32) -> pub u32 {
  let mut a: u32 = 0;
  let mut b: u32 = first;
  for _ in 0..${steps} {
    let c = a.wrapping_add(b);
    a = b;
    b = c;
  }
  b
}`;

async function prove(input: PeerInput): Promise<PeerOutput> {
  const child = spawn(process.execPath, [join(FOLDER, 'worker.ts')], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(input));
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const answer = /^answer: (.*)$/m.exec(out)?.[1];
  if (answer !== undefined) return JSON.parse(answer) as PeerOutput;
  // The last one named is the cause.
  throw new Error([...errors.matchAll(/^.*Error: .*$/gm)].at(-1)?.[0].trim() ?? errors.slice(0, 300));
}

const folder = join(FOLDER, 'build');
mkdirSync(folder, { recursive: true });
const { result, constraints } = fibonacciCircuit(steps);
const REFERENCES: Partial<Record<System, () => Promise<string>>> = {
  fflonk: () => powersOfTauFile(folder, fflonkPower(2 * constraints)),
  'UltraHonk, WASM': () => honkReference(folder),
};
const rows: (string | number)[][] = [];
const missing: string[] = [];

for (const system of SYSTEMS.filter((name) => name.includes(values.only))) {
  try {
    const output = await prove({
      system,
      threads: THREADS,
      runs,
      steps,
      noir,
      inputs: { first: 1 },
      expected: [String(result)],
      folder,
      reference: await REFERENCES[system]?.(),
    });
    rows.push([
      system,
      output.size,
      round(middle(output.seconds), 2),
      round(output.setupSeconds, 1),
      Math.round(output.peakMiB),
      output.proofBytes,
      await verifierGas(output),
    ]);
  } catch (error) {
    missing.push(`${system}: ${(error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
  }
  process.stderr.write(`${system}\n`);
}

if ('wattest'.includes(values.only)) {
  const wasm = await compileGuest(join(FOLDER, 'fibonacci.c'));
  const parameters = { wasm, invoke: 'fibonacci', args: [steps] };
  const [[one] = []] = await measureInTurn([{ name: 'fibonacci', parameters }], {
    checkouts: [ROOT],
    threads: THREADS,
    warmups: 1,
    runs,
    rounds: 1,
  });
  rows.push([
    'wattest',
    `${one!.instructions} instructions`,
    round(middle(one!.runs.map(({ total }) => total)) / 1000, 2),
    0,
    Math.round(one!.residentPeak / 2 ** 20),
    one!.proofBytes,
    await attestGas(parameters, BigInt(result)),
  ]);
}

process.stdout.write(`fibonacci modulo 2^32, ${steps} steps, ${THREADS} threads\n\n`);
process.stdout.write(
  formatTable([['prover', 'size', 'prove s', 'setup s', 'MiB', 'proof B', 'gas'], ...rows]),
);
for (const line of missing) process.stdout.write(`not measured: ${line}\n`);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ steps, rows, missing }, null, 2)}\n`);
