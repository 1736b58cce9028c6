/** `npm run bench -- startup [--pair DIR]`: commands in processes of their own, from start to exit, points in the cache. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutsOf, keep, parseFlags } from './child.ts';
import { jobs } from './jobs.ts';
import { formatTable, middle, round } from './table.ts';

export interface Usage {
  /** Seconds. */
  readonly wall: number;
  readonly user: number;
  readonly peakMiB: number;
}

const MARK = 'wattest-bench-usage';
/** Makes a process say at its end what it used. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  `process.on('exit', () => process._rawDebug('${MARK} ' + process.cpuUsage().user + ' ' + process.resourceUsage().maxRSS));`,
)}`;

/** Runs the command of a checkout. */
export function measureCommand(checkout: string, args: readonly string[]): Usage {
  const start = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', REPORT, join(checkout, 'sdk/bin/wattest.js'), ...args],
    { encoding: 'utf8' },
  );
  const wall = (performance.now() - start) / 1000;
  const [, user, peak] = new RegExp(`^${MARK} (\\d+) (\\d+)$`, 'm').exec(stderr) ?? [];
  if (status !== 0 || user === undefined) throw new Error(`wattest ${args.join(' ')}: ${stderr}`);
  return { wall, user: Number(user) / 1e6, peakMiB: Number(peak) / 1024 };
}

export async function benchStartup(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args, 5);
  const checkouts = checkoutsOf(flags);
  const folder = await mkdtemp(join(tmpdir(), 'wattest-startup-'));
  try {
    const [trivial] = await jobs('trivial');
    const { wasm, invoke = '', args: words = [] } = trivial!.parameters;
    const module = join(folder, 'guest.wasm');
    const proof = (i: number): string => join(folder, `proof${i}.json`);
    await writeFile(module, wasm);
    const run = ['--invoke', invoke, '--args', words.join()];
    const threads = ['--threads', String(flags.threads)];
    // prove comes before verify, which reads what it wrote.
    const commands: Readonly<Record<string, (i: number) => string[]>> = {
      '--help': () => ['--help'],
      inspect: () => ['inspect', module],
      run: () => ['run', module, ...run],
      prove: (i) => ['prove', module, ...run, ...threads, '-o', proof(i)],
      verify: (i) => ['verify', proof(i), '--program', module, '--invoke', invoke],
    };
    const rows: { readonly command: string; readonly usages: readonly (readonly Usage[])[] }[] = [];
    for (const [command, argsOf] of Object.entries(commands)) {
      const usages = checkouts.map((): Usage[] => []);
      // The first round fills the caches.
      for (let round = 0; round <= flags.runs; round++) {
        for (const [i, checkout] of checkouts.entries()) {
          const usage = measureCommand(checkout, argsOf(i));
          if (round > 0) usages[i]!.push(usage);
        }
      }
      rows.push({ command, usages });
    }
    const cells = (list: readonly Usage[]): number[] => [
      round(middle(list.map(({ wall }) => wall)), 2),
      round(middle(list.map(({ user }) => user)), 2),
      Math.round(middle(list.map(({ peakMiB }) => peakMiB))),
    ];
    process.stdout.write(
      formatTable([
        [
          'command',
          ...checkouts.flatMap((_, i) =>
            ['s', 'CPU s', 'MiB'].map((name) => (i === 0 ? name : `pair ${name}`)),
          ),
        ],
        ...rows.map(({ command, usages }) => [command, ...usages.flatMap(cells)]),
      ]),
    );
    await keep(flags, { rows });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
