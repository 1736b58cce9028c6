/**
 * `npm run bench -- workers [--units N] [--memory MIB] [--workers N] [--json FILE] [--write]`: a long run in one process, the same by worker processes of one thread
 * over a redis-server of its own, on this machine; and from that what longer runs would take on more machines (`scaling.ts`).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { limitsOf } from '../../sdk/src/attest/proof/limits.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import { openKeys } from '../../sdk/src/index.ts';
import { askedOnce } from '../../sdk/src/machine/execute/execute.ts';
import { planRun, traceShards } from '../../sdk/src/machine/execute/segments.ts';
import { compileGuest } from '../lib/guests.ts';
import { ROOT } from '../lib/tools.ts';
import { type Measured, scalingTable, writeScaling } from './scaling.ts';
import { formatTable, round } from './table.ts';

const BIN = join(ROOT, 'sdk/bin/wattest.js');

interface Proven {
  readonly instructions: number;
  readonly shards: number;
  /** Seconds of proving, without start and keys. */
  readonly seconds: number;
  readonly peakMiB: number;
  /** Of verifying the proofs, all together. */
  readonly verifySeconds: number;
}

export async function benchWorkers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      units: { type: 'string', default: '200' },
      memory: { type: 'string', default: '400' },
      workers: { type: 'string', default: '4' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'wattest-workers-'));
  try {
    const wasm = await compileGuest(join(ROOT, 'scripts/bench/guests/mixed.c'));
    const module = join(folder, 'mixed.wasm');
    writeFileSync(module, wasm);
    const run = ['--invoke', 'mixed', '--args', values.units, '--max-memory', values.memory];
    const common = ['prove', module, ...run, '--json', '-o', join(folder, 'proof.json')];
    // Once, so that points and keys are in the cache.
    spawnSync(process.execPath, [
      BIN,
      'prove',
      module,
      ...run.slice(0, 2),
      '--args',
      '1',
      '-o',
      join(folder, 'p.json'),
    ]);
    const passes = await measurePasses(wasm, BigInt(values.units), Number(values.memory) * 2 ** 20);
    const alone = proven(common);
    const far = await provenByWorkers(common, Number(values.workers), folder);
    const rate = (of: Proven): number => of.instructions / of.seconds;
    process.stdout.write(
      formatTable([
        ['', 'instructions', 'proofs', 's', 'instructions/s', 'peak MiB of a process'],
        row('one process', alone),
        row(`${values.workers} workers`, far),
      ]),
    );
    process.stdout.write(`\nrate of the workers / of one process: ${round(rate(far) / rate(alone), 3)}\n\n`);
    const measured: Measured = {
      cpu: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown kind'}`,
      workers: Number(values.workers),
      memoryMiB: Number(values.memory),
      instructions: far.instructions,
      shards: far.shards,
      alone: rate(alone),
      rate: rate(far),
      peakMiB: far.peakMiB,
      peakAloneMiB: alone.peakMiB,
      verifySeconds: alone.verifySeconds / alone.shards,
      bytes: far.bytes,
      ...passes,
    };
    process.stdout.write(scalingTable(measured));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
    if (values.write) writeScaling(measured);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const row = (name: string, of: Proven): (string | number)[] => [
  name,
  of.instructions,
  of.shards,
  round(of.seconds, 1),
  Math.round(of.instructions / of.seconds),
  Math.round(of.peakMiB),
];

/** Seconds an instruction of planning a run, which is two passes, and of a pass that makes all rows. */
async function measurePasses(
  wasm: Uint8Array,
  units: bigint,
  maxMemoryBytes: number,
): Promise<Pick<Measured, 'planSeconds' | 'passSeconds'>> {
  await using keys = await openKeys();
  const { program } = loadProgram(wasm, 'mixed');
  const again = askedOnce(parseInputs({ args: [units] }, program));
  const { shards: limits } = limitsOf(keys, program, maxMemoryBytes);
  const timed = async <T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly seconds: number }> => {
    const start = performance.now();
    const result = await work();
    return { result, seconds: (performance.now() - start) / 1000 };
  };
  // Twice, and the second counts: the first compiles.
  await planRun(program, again, limits);
  const { result: plan, seconds: planning } = await timed(() => planRun(program, again, limits));
  const { seconds: passing } = await timed(async () => {
    for await (const _ of traceShards(program, again, plan));
  });
  const { instructions } = plan.execution;
  return { planSeconds: planning / instructions, passSeconds: passing / instructions };
}

function resultOf(text: string): Proven {
  const { instructions, shards, timings, peakMemoryBytes } = JSON.parse(text);
  const seconds = (timings.total - (timings.keys ?? 0)) / 1000;
  return {
    instructions,
    shards,
    seconds,
    peakMiB: peakMemoryBytes / 2 ** 20,
    verifySeconds: (timings.verify ?? 0) / 1000,
  };
}

function proven(args: readonly string[]): Proven {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args, '--threads', '2'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return resultOf(stdout);
}

async function provenByWorkers(
  args: readonly string[],
  count: number,
  folder: string,
): Promise<Proven & { readonly bytes: number }> {
  const port = await freePort();
  const server = spawn('redis-server', ['--port', `${port}`, '--dir', folder, '--save', ''], {
    stdio: 'ignore',
  });
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: 100 });
  client.on('error', () => {});
  const queue = ['--queue', `redis://127.0.0.1:${port}`];
  const env = { ...process.env, WATTEST_QUEUE_KEY: randomBytes(32).toString('hex') };
  const workers: ChildProcess[] = [];
  try {
    await client.ping();
    for (let i = 0; i < count; i++) {
      const worker = spawn(process.execPath, [BIN, 'worker', ...queue, '--threads', '1'], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      workers.push(worker);
      await new Promise<void>((resolve) => {
        worker.stderr.on('data', (text: Buffer) => {
          if (text.includes('is ready')) resolve();
        });
      });
    }
    const prover = spawn(process.execPath, [BIN, ...args, ...queue, '--threads', '1'], { env });
    let [out, err] = ['', ''];
    prover.stdout.on('data', (text: Buffer) => (out += text.toString()));
    prover.stderr.on('data', (text: Buffer) => (err += text.toString()));
    if ((await new Promise((resolve) => prover.once('close', resolve))) !== 0) throw new Error(err);
    const info = await client.info('stats');
    const counted = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
    return {
      ...resultOf(out),
      peakMiB: Math.max(...workers.map(peakOf)),
      bytes: counted('total_net_input_bytes') + counted('total_net_output_bytes'),
    };
  } finally {
    client.disconnect();
    await Promise.all(
      [...workers, server].map((child) => {
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGKILL');
        return ended;
      }),
    );
  }
}

/** MiB that a process of Linux had at most. */
function peakOf({ pid }: ChildProcess): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
