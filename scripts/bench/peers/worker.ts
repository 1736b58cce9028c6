/** One proof of another prover in a process of its own; reads a `PeerInput` from standard input, writes a `PeerOutput`. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { fibonacciCircuit } from './r1cs.ts';

export type System = 'groth16' | 'plonk' | 'fflonk' | 'UltraHonk, WASM';

export interface PeerInput {
  readonly system: System;
  readonly threads: number;
  readonly runs: number;
  /** Steps of the circuit for snarkjs, the program for UltraHonk. */
  readonly steps: number;
  readonly noir: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The result that the proof must show: public words, lowest last. */
  readonly expected: readonly string[];
  /** Where ceremonies are kept. */
  readonly folder: string;
  /** What `reference.ts` made: the `.ptau` of fflonk, the folder of bb.js. */
  readonly reference: string | undefined;
}

export interface PeerOutput {
  readonly size: string;
  readonly seconds: readonly number[];
  readonly setupSeconds: number;
  readonly peakMiB: number;
  readonly proofBytes: number;
  readonly solidity: string;
  /** Arguments of `verifyProof` / `verify` of that contract. */
  readonly callData: readonly unknown[];
}

/** What is used of the packages, which have no types or large ones. */
interface SnarkSystem {
  setup(r1cs: unknown, ptau: string, key: unknown): Promise<unknown>;
  prove(key: unknown, witness: unknown): Promise<{ proof: object; publicSignals: string[] }>;
  verify(key: object, publicSignals: string[], proof: object): Promise<boolean>;
  /** fflonk takes them the other way round. */
  exportSolidityCallData(first: object, second: object): Promise<string>;
}

const require = createRequire(import.meta.url);
const load = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(require.resolve(name)).href)) as T;
const input = JSON.parse(await text(process.stdin)) as PeerInput;

/** Best effort: what libraries print goes to standard error, for standard output is the answer. */
console.log = (...args: unknown[]) => console.error(...args);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

type Calls = Record<string, (...args: unknown[]) => Promise<unknown>>;
type Snarkjs = Record<string, SnarkSystem> & { zKey: Calls; powersOfTau: Calls; curves: Calls };

/** A `.ptau` of `2^power`, made once: by a ceremony of nobody, with a beacon that everybody knows. */
async function ceremony({ powersOfTau, curves }: Snarkjs, power: number): Promise<string> {
  const path = join(input.folder, `development-${power}.ptau`);
  if (existsSync(path)) return path;
  const [first, second] = [{ type: 'mem' }, { type: 'mem' }];
  await powersOfTau['newAccumulator']!(await curves['getCurveFromName']!('bn128'), power, first);
  await powersOfTau['beacon']!(first, second, 'nobody', '00'.repeat(32), 10);
  // Beside its place, so that what is interrupted is not taken for whole.
  await powersOfTau['preparePhase2']!(second, `${path}.part`);
  await rename(`${path}.part`, path);
  return path;
}

/** Powers that a circuit takes: a sum of 32 bits is some 65 gates of PLONK. */
function powerFor(system: 'groth16' | 'plonk', constraints: number): number {
  return Math.ceil(Math.log2(system === 'groth16' ? constraints + 2 : 2 * constraints));
}

async function snark(): Promise<PeerOutput> {
  const main = await load<Snarkjs>('snarkjs');
  const { zKey } = main;
  const name = input.system as 'groth16' | 'plonk' | 'fflonk';
  const system = main[name]!;
  const { r1cs, witness, constraints } = fibonacciCircuit(input.steps);
  const r1csFile = { type: 'mem', data: r1cs };
  const ptau = input.reference ?? (await ceremony(main, powerFor(name as 'groth16' | 'plonk', constraints)));
  const key = { type: 'mem' };
  const setupSeconds = await timed(() =>
    name === 'groth16' ? zKey['newZKey']!(r1csFile, ptau, key) : system.setup(r1csFile, ptau, key),
  );
  const verifyingKey = (await zKey['exportVerificationKey']!(key)) as object;
  const seconds: number[] = [];
  let made: Awaited<ReturnType<SnarkSystem['prove']>> | undefined;
  for (let i = 0; i < input.runs; i++) {
    seconds.push(
      await timed(async () => {
        made = await system.prove(key, { type: 'mem', data: witness });
      }),
    );
  }
  const { proof, publicSignals } = made!;
  if (publicSignals.join() !== input.expected.join()) throw new Error(`${name}: another result`);
  if (!(await system.verify(verifyingKey, publicSignals, proof))) throw new Error(`${name}: refused`);
  const parts: [object, object] = name === 'fflonk' ? [publicSignals, proof] : [proof, publicSignals];
  // Lists of numbers, quoted or not, with or without a comma between.
  const lists = (await system.exportSolidityCallData(...parts))
    .replaceAll(/"?(0x[0-9a-f]+)"?/gi, '"$1"')
    .replace(/\]\s*\[/, '],[');
  const calls = JSON.parse(`[${lists}]`);
  const template = (which: string): Promise<string> =>
    readFile(join(require.resolve('snarkjs'), `../../templates/verifier_${which}.sol.ejs`), 'utf8');
  const solidity = (await zKey['exportSolidityVerifier']!(key, {
    [name]: await template(name),
  })) as string;
  // Points and numbers of a proof, 32 bytes each: what its calldata has besides the public result.
  const words = (value: unknown): number =>
    Array.isArray(value) ? value.reduce((sum: number, item) => sum + words(item), 0) : 1;
  return {
    size: `${constraints} constraints`,
    seconds,
    setupSeconds,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    proofBytes: 32 * (words(calls) - publicSignals.length),
    solidity,
    callData: calls,
  };
}

interface Noir {
  readonly Noir: new (
    circuit: unknown,
  ) => { execute(inputs: object): Promise<{ witness: Uint8Array; returnValue: unknown }> };
}
interface NoirCompiler {
  createFileManager(path: string): unknown;
  compile_program(manager: unknown): Promise<{ program: { bytecode: string } }>;
}
interface Honk {
  generateProof(witness: Uint8Array, options: object): Promise<{ proof: Uint8Array; publicInputs: string[] }>;
  getVerificationKey(options: object): Promise<Uint8Array>;
  getSolidityVerifier(key: Uint8Array, options: object): Promise<string>;
}
interface BarretenbergModule {
  readonly Barretenberg: {
    new: (options: object) => Promise<{
      acirGetCircuitSizes(bytecode: Uint8Array, recursive: boolean, honk: boolean): Promise<number[]>;
      destroy(): Promise<void>;
    }>;
  };
  readonly UltraHonkBackend: new (bytecode: string, api: unknown) => Honk;
}

/**
 * The contract with the `[τ]_2` of our reference string, and without the pair of points that a recursive proof would carry on: what stands
 * for it in other proofs is a constant that fits the ceremony's τ alone. That saves some 25,000 of its gas.
 */
async function withReference(solidity: string): Promise<string> {
  const bytes = await readFile(join(input.reference!, 'bn254_g2.dat'));
  const word = (i: number): string => `uint256(0x${bytes.subarray(32 * i, 32 * i + 32).toString('hex')})`;
  const replace = (source: string, what: RegExp, by: string): string => {
    if (!what.test(source)) throw new Error(`UltraHonk: the contract has no ${what.source}`);
    return source.replace(what, by);
  };
  const words = `// G2 point from VK\n${[word(1), word(0), word(3), word(2)].join(',\n')}\n`;
  const point = replace(solidity, /\/\/ G2 point from VK\n(?:\s*uint256\(0x[0-9a-f]{64}\),?\n){4}/, words);
  return replace(point, /(?:\s*pair\.P_[01] = mulWithSeperator\(.*\);){2}/, '');
}

async function ultraHonk(): Promise<PeerOutput> {
  const folder = await mkdtemp(join(tmpdir(), 'wattest-noir-'));
  await mkdir(join(folder, 'src'));
  await writeFile(
    join(folder, 'Nargo.toml'),
    '[package]\nname = "job"\ntype = "bin"\nauthors = [""]\n[dependencies]\n',
  );
  await writeFile(join(folder, 'src/main.nr'), input.noir);
  const compiler = await load<NoirCompiler>('@noir-lang/noir_wasm');
  const { program } = await compiler.compile_program(compiler.createFileManager(folder));
  await rm(folder, { recursive: true, force: true });
  const { Noir } = await load<Noir>('@noir-lang/noir_js');
  const { Barretenberg, UltraHonkBackend } = await load<BarretenbergModule>('@aztec/bb.js');
  const api = await Barretenberg.new({
    threads: input.threads,
    backend: 'Wasm',
    crsPath: input.reference,
  });
  const honk = new UltraHonkBackend(program.bytecode, api);
  const noir = new Noir(program);
  const options = { verifierTarget: 'evm' };
  const seconds: number[] = [];
  let proof: Awaited<ReturnType<Honk['generateProof']>> | undefined;
  for (let i = 0; i < input.runs; i++) {
    seconds.push(
      await timed(async () => {
        const { witness } = await noir.execute(input.inputs);
        proof = await honk.generateProof(witness, options);
      }),
    );
  }
  const words = proof!.publicInputs.map((word) => String(BigInt(word)));
  if (words.join() !== input.expected.join()) throw new Error(`UltraHonk: another result, ${words.join()}`);
  const key = await honk.getVerificationKey(options);
  // The verifier of bb.js has the ceremony's [τ]_2 built in, wherever the powers come from; its contract is text.
  const solidity = await withReference(await honk.getSolidityVerifier(key, options));
  await api.destroy();
  return {
    size: `${/uint256 constant N = (\d+);/.exec(solidity)?.[1] ?? '?'} gates`,
    seconds,
    setupSeconds: 0,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    proofBytes: proof!.proof.length,
    solidity,
    callData: [`0x${Buffer.from(proof!.proof).toString('hex')}`, proof!.publicInputs],
  };
}

const output = input.system.startsWith('UltraHonk') ? await ultraHonk() : await snark();
// Compilers print to standard output too.
process.stdout.write(`\nanswer: ${JSON.stringify(output)}\n`, () => process.exit());
