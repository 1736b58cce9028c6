/**
 * `npm run bench -- startup [--pair DIR]`: commands of the built package in processes of their own, from start to exit, points in the
 * cache: with compiled code kept, and at the first start (cold).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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
/** Makes a process say at its end what it used. Its peak as Linux counts it since it began: elsewhere that of whoever started it is in it. */
const REPORT = `data:text/javascript,${encodeURIComponent(`
process.on('exit', () => {
  let peak = process.resourceUsage().maxRSS;
  try {
    peak = /VmHWM:\\s*(\\d+)/.exec(process.getBuiltinModule('node:fs').readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {}
  process._rawDebug('${MARK} ' + process.cpuUsage().user + ' ' + peak);
});`)}`;

/** The program that the package of a checkout starts; builds it. */
function builtCommand(checkout: string): string {
  const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'scripts/build.ts')], {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run build in ${checkout}: ${stderr}`);
  // Before it was bundled it stood in cli.
  return ['command', 'cli'].map((name) => join(checkout, 'sdk/dist', name, 'start.js')).find(existsSync)!;
}

/** Runs a checkout's command, or a program of its package. `cache`: where it keeps things; default: where it always does. */
export function measureCommand(
  checkout: string,
  args: readonly string[],
  { program = join(checkout, 'sdk/bin/wattest.js'), cache }: { program?: string; cache?: string } = {},
): Usage {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', REPORT, program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...(cache !== undefined && { XDG_CACHE_HOME: cache }) },
  });
  const wall = (performance.now() - start) / 1000;
  const [, user, peak] = new RegExp(`^${MARK} (\\d+) (\\d+)$`, 'm').exec(stderr) ?? [];
  if (status !== 0 || user === undefined) throw new Error(`wattest ${args.join(' ')}: ${stderr}`);
  return { wall, user: Number(user) / 1e6, peakMiB: Number(peak) / 1024 };
}

interface Measured {
  readonly warm: Usage[];
  readonly cold: Usage[];
}

export async function benchStartup(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args, 5);
  const checkouts = checkoutsOf(flags);
  const programs = checkouts.map(builtCommand);
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
      '--version': () => ['--version'],
      '--help': () => ['--help'],
      inspect: () => ['inspect', module],
      run: () => ['run', module, ...run],
      prove: (i) => ['prove', module, ...run, ...threads, '-o', proof(i)],
      verify: (i) => ['verify', proof(i), '--program', module, '--invoke', invoke],
    };
    const rows: { readonly command: string; readonly usages: readonly Measured[] }[] = [];
    for (const [command, argsOf] of Object.entries(commands)) {
      const usages = checkouts.map((): Measured => ({ warm: [], cold: [] }));
      // The first round fills the caches.
      for (let round = 0; round <= flags.runs; round++) {
        for (const [i, checkout] of checkouts.entries()) {
          const cache = join(folder, `cache${i}`);
          const measure = (): Usage => measureCommand(checkout, argsOf(i), { program: programs[i]!, cache });
          if (round > 0) usages[i]!.warm.push(measure());
          await rm(join(cache, 'wattest/code'), { recursive: true, force: true });
          const first = measure();
          if (round > 0) usages[i]!.cold.push(first);
        }
      }
      rows.push({ command, usages });
    }
    const of = (list: readonly Usage[], figure: keyof Usage): number =>
      middle(list.map((usage) => usage[figure]));
    const cells = ({ warm, cold }: Measured): number[] => [
      round(of(warm, 'wall'), 2),
      round(of(warm, 'user'), 2),
      round(of(cold, 'user'), 2),
      Math.round(of(warm, 'peakMiB')),
    ];
    process.stdout.write(
      formatTable([
        [
          'command',
          ...checkouts.flatMap((_, i) =>
            ['s', 'CPU s', 'cold CPU s', 'MiB'].map((name) => (i === 0 ? name : `pair ${name}`)),
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
