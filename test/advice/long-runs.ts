/** Advices about runs of several proofs, queues, ceremonies and caches, and what only a fault of wattest comes to. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { openKeys, openSession, prove, type SessionOptions } from '../../sdk/src/index.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/index.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import { importPtau } from '../../sdk/src/kzg/srs-ptau.ts';
import { ownFile } from '../../sdk/src/platform/node-storage.ts';
import { bytesSource } from '../../sdk/src/platform/storage.ts';
import { openQueue } from '../../sdk/src/queue.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { encodePtau, honestPtau } from '../kzg/support.ts';
import type { Elsewhere, Reason, Table } from './lib/follow.ts';
import { ADD, file, folder } from './lib/shared.ts';

const RESUME = (title: string): Elsewhere => ({ test: 'test/attest/resume.test.ts', title });
const QUEUE = (title: string, test = 'test/queue/refusals.test.ts'): Elsewhere => ({ test, title });
const FAULT: Reason = {
  because: 'only a fault of wattest comes here; there is nothing to do but to report it',
};
const PTAU = 'test/kzg/ptau.test.ts';
/** As far as a queue comes that is not there. */
const UNREACHABLE = { code: 'QUEUE_UNREACHABLE' };

const ptau = (power: number): ReturnType<typeof bytesSource> =>
  bytesSource(encodePtau(honestPtau(developmentTau('secret'), power)), 'advice.ptau');

export const LONG_RUNS: Table = {
  'Go on with the release that it was begun with, or begin it anew without this file': RESUME(
    'a damaged file is refused by name',
  ),
  'Delete it and begin the run anew; nothing else can be made of it': RESUME(
    'a damaged file is refused by name',
  ),
  'Delete the file and begin the run anew: under one seed a run is proven once': RESUME(
    'a proof that does not convince is made again, a second root is refused by name',
  ),
  'Go on with what the run was begun with (release, --srs, --max-log, module, inputs, --max-memory, --shape), or begin it anew without this file':
    { test: 'test/cli/resume.test.ts', title: 'takes nothing of other inputs, and leaves the file as it is' },
  'Prove again in the same way to go on, or delete this file: it is as secret as the private inputs': {
    test: 'test/cli/resume.test.ts',
    title: 'killed while it commits and while it proves, and interrupted, it comes to the same bytes',
  },
  'Wait for it or stop it; if it does not run any more, delete ….lock. Or name another file': {
    test: 'test/cli/resume.test.ts',
    title: 'is of one process at a time: a second one is told who has it, and changes nothing',
  },
  'Begin the run anew': {
    because:
      'takes a run that asks for other private words than the first time: only another translation or a fault does; RESUME_MALFORMED and RUN_MISMATCH are told before',
  },
  'Commit to the shard again': RESUME(
    'a commitment of other rows ends the run, which begins anew under another seed',
  ),
  'Test the memory of the machine that made it; if it is sound, report this with the program': {
    test: 'test/attest/jobs.test.ts',
    title: 'again and again: are an error that names shard and worker',
  },
  'Use one release of wattest on all machines': {
    test: 'test/attest/jobs.test.ts',
    title: 'an order survives as text, and another one is refused',
  },
  'Name a file in a folder of your own that has room, which nobody else may write to': async (advised) => {
    const path = file('kept.json', '{}');
    chmodSync(path, 0o666);
    await advised.by(() => ownFile(path).read());
    await advised.by(() => ownFile(join(folder(), 'none/kept.json')).write('x'));
    const own = ownFile(join(folder(), 'own.json'));
    await own.write('x');
    await own.read();
  },
  'Prove a shorter run, with smaller inputs': {
    because:
      'takes a run of 2^32 units of time, or 2^32 look-ups of one tuple: hours; test/machine/shards.test.ts has the bound',
  },
  'Give another name': async (advised) => {
    const options = { url: 'redis://127.0.0.1:1', secret: randomBytes(32).toString('hex') };
    await advised.by(() => openQueue({ ...options, queueName: 'my queue' }));
    // The name is taken: what is wrong then is the address.
    await assert.rejects(openQueue({ ...options, queueName: 'my-queue' }), UNREACHABLE);
  },
  'Give redis://HOST:PORT, or rediss:// for an encrypted connection': async (advised) => {
    const secret = randomBytes(32).toString('hex');
    await advised.by(() => openQueue({ url: 'http://127.0.0.1', secret }));
    await assert.rejects(openQueue({ url: 'redis://127.0.0.1:1', secret }), UNREACHABLE);
    await assert.rejects(openQueue({ url: 'rediss://127.0.0.1:1', secret }), UNREACHABLE);
  },
  'Make one with `openssl rand -hex 32`, and give the same to prover and workers with --key-file or WATTEST_QUEUE_KEY':
    async (advised) => {
      const url = 'redis://127.0.0.1:1';
      await advised.by(() => openQueue({ url, secret: 'abc' }));
      await assert.rejects(openQueue({ url, secret: randomBytes(32).toString('hex') }), UNREACHABLE);
    },
  'Give the secret alone': {
    because:
      'of a file of more than 256 MiB in place of 64 digits; what is advised is what test/cli/queue.test.ts does',
  },
  'Start Redis or Valkey there, or correct the address, user and password of --queue; nothing was begun':
    QUEUE('what is wrong with queue and secret is told before anything is begun', 'test/cli/queue.test.ts'),
  'Start Redis or Valkey again, then prove again, with --resume where a resume file was kept': QUEUE(
    'a connection that is lost for good is told, and what was done of the run is kept',
  ),
  'Run `npm install …` beside wattest': {
    because:
      'the peers are there wherever tests run; test/structure/package.test.ts holds that they are optional',
  },
  'See that all workers are of this version': QUEUE(', and leaves the job for others'),
  'Start workers of this version with the same --srs, --max-log and secret, and give runs of other versions another queue with --queue-name':
    QUEUE('a worker with another secret refuses, gives the job back, and both ends say why'),
  'Start the worker as the prover (release, --srs, --max-log, secret), or give runs of other versions another queue with --queue-name':
    QUEUE('a worker with another secret refuses, gives the job back, and both ends say why'),
  'Let the broker evict nothing (maxmemory-policy noeviction), and see who else uses its database': QUEUE(
    'survive a broker that is restarted empty, where the store is another',
    'test/queue/run.test.ts',
  ),
  'Give another port, or 0 for any that is free': QUEUE(
    'health and metrics say how the worker does, and nothing of a run',
  ),
  'See who else writes to this queue, and give runs of other versions another one with --queue-name': QUEUE(
    'a job that names no run touches nothing',
  ),
  'See what the worker wrote to its standard error, and report it': FAULT,
  'See what the workers wrote to their standard error': FAULT,
  'See whether they have memory enough (docs/scaling.md), or allow less with --max-memory; then prove again, with --resume where a resume file was kept':
    QUEUE('survive workers that are killed at each stage', 'test/queue/run.test.ts'),
  'Give a folder that prover and workers see, s3://BUCKET/PREFIX, or nothing to use the broker': QUEUE(
    'says what is wrong by name: no bucket, no address, no room',
    'test/queue/s3.test.ts',
  ),
  'Name a bucket that exists, and below it a prefix for the jobs of this queue': QUEUE(
    'says what is wrong by name: no bucket, no address, no room',
    'test/queue/s3.test.ts',
  ),
  'Make room, or name another one with --store (the same for prover and workers), then prove again, with --resume where a resume file was kept':
    QUEUE('a store that is full is told by name, of the broker and of a folder'),
  'See that it runs and that prover and workers may read and write it, then prove again, with --resume where a resume file was kept':
    QUEUE('says what is wrong by name: no bucket, no address, no room', 'test/queue/s3.test.ts'),
  'See who else writes to queue and store, or give prover and workers the same secret; then prove again':
    QUEUE(
      'refuses what was changed, moved to another name or run, cut, or sealed with another secret',
      'test/queue/vault.test.ts',
    ),
  'See that prover and workers use the same store and that it keeps what it is given, then prove again, with --resume where a resume file was kept':
    QUEUE('survive a broker that is restarted empty, where the store is another', 'test/queue/run.test.ts'),
  'Use a file of a larger ceremony': async (advised) => {
    const engine = createReferenceEngine();
    await advised.by(() => importPtau(ptau(2), engine, { size: 16 }));
    await importPtau(ptau(4), engine, { size: 16 });
  },
  'Obtain the ceremony file again': async (advised) => {
    const engine = createReferenceEngine();
    const whole = encodePtau(honestPtau(developmentTau('secret'), 2));
    await advised.by(() => importPtau(bytesSource(whole.subarray(0, 200), 'cut.ptau'), engine));
    await importPtau(bytesSource(whole, 'whole.ptau'), engine);
  },
  'Do not use this file; obtain it again from the ceremony and compare its published hash': {
    test: PTAU,
    title: 'refuses a file without any contribution: its τ is 1, and everything would verify',
  },
  'Import the ceremony file again': { test: PTAU, title: 'imports again what was damaged in the store' },
  'The file is corrupt or of another version; delete it, it is made again': {
    test: 'test/kzg/srs.test.ts',
    title: ' and makes it again',
  },
  'Let the cache folder keep its files while wattest runs, or turn the cache off': async (advised) => {
    const wasm = await assembleWat(ADD);
    const proveWith = async (cache: SessionOptions['cache']): Promise<void> => {
      await using session = await openSession({ cache, maxLog: 14, onWarning: () => {} });
      await prove(session, { wasm, args: [1, 2] });
    };
    // Takes everything, and gives back nothing.
    await advised.by(() =>
      proveWith({ location: 'nowhere', open: async () => undefined, write: async () => {} }),
    );
    await proveWith(null);
  },
  'Use another seed': { because: 'of a seed whose τ is a root of unity of small order: one in 2^230' },
  'Check the path and its permissions': async (advised) => {
    const path = join(folder(), 'advice.ptau');
    await advised.by(() => openKeys({ ceremony: path, onWarning: () => {} }));
    file('advice.ptau', encodePtau(honestPtau(developmentTau('secret'), 2)));
    // It is opened now; for a session it is too small.
    await assert.rejects(openKeys({ ceremony: path, maxLog: 14, onWarning: () => {} }), {
      code: 'SRS_TOO_SMALL',
    });
  },
  'Give a smaller file': {
    test: 'test/cli/bad-input.test.ts',
    title: 'refuses files that no engine could hold in a string, and files without end, by name',
  },
  'Give fewer words: no run reads so many': {
    because: 'of a file of more than 256 MiB of words; a smaller one is what every test gives',
  },
  'Give the source map of this module': {
    test: 'test/cli/profile.test.ts',
    title: 'finds the source map beside the module, or the one that is named',
  },
  'Give the source of a program': {
    test: 'test/cli/compile.test.ts',
    title: 'what a compiler does not take is its own message, and what is no source is named',
  },
  'Run `npm install assemblyscript` beside wattest': {
    because: 'the compiler is there wherever tests run; what is advised is how the repository has it',
  },
  'Run `npm install @yowasp/clang` beside wattest, or compile with a clang of your own (docs/compile.md)': {
    because: 'the compiler is there wherever tests run; what is advised is how the repository has it',
  },
  'Run `rustup target add …`, or `apt-get install rustc libstd-rust-dev-wasm32 lld`': {
    test: 'test/cli/compile.test.ts',
    title: 'a library, by a rustc on the path',
  },
  'Install Go from go.dev or a distribution (Debian 13: `apt-get install golang-go`)': {
    test: 'test/cli/compile.test.ts',
    title: 'Go: a program, and a library',
  },
  "Install Debian's package swiftlang, of unstable (docs/compile.md, Swift)": {
    test: 'test/cli/compile.test.ts',
    title: 'Swift: libraries',
  },
  'Run `pip install ziglang`, whose `python-zig` does as well, or install Zig from ziglang.org': {
    test: 'test/cli/compile.test.ts',
    title: 'Zig: a program, and a library',
  },
  'Give one argument for each of (…)': {
    because: 'of `execute`, which the façade calls with arguments that it has counted',
  },
  'Give a value in 0..2^…−1': { because: 'of `execute`, which the façade calls with words that it has read' },
  'Nothing can be proven of such a program. If wattest translated it, report this with the module': FAULT,
  'Report this with the program': FAULT,
  'Report this with the program: its translation is wrong': FAULT,
  'Report this with the program: the executor must refresh cells in time': FAULT,
  'Report this as a fault of wattest': FAULT,
  'This is a fault of wattest; please report it': FAULT,
};
