/**
 * What the README claims, measured. All parts take `--only TEXT` in a program's name and `--json FILE`; all but
 * `programs` also `--runs N` and `--threads N` (2).
 *
 * - `npm run bench`: whole proofs of several programs, attested on an in-process chain, and each phase of them beside the least
 *   time that its work can take here (`bench/proofs.ts`).
 * - `npm run bench -- --pair DIR`: proofs of this checkout and of another in turn, each in a process of its own; ratios of medians.
 * - `npm run bench -- programs [--prove]`: rows per instruction and the emulator's speed (`bench/programs.ts`).
 * - `npm run bench -- slope [--pair DIR]`: seconds a further instruction of a C program, from 50,000 to 250,000.
 * - `npm run bench -- memory [--pair DIR]`: the most memory of the command, and of sessions that make one proof and eight.
 * - `npm run bench -- startup [--pair DIR]`: commands of the built package from start to exit, with and without compiled code.
 * - `npm run bench -- workers [--write]`: a long run in one process and by four worker processes over a queue, and a model of longer ones (`bench/workers.ts`).
 * - `npm run bench -- large [--max-memory MIB]`: examples that take a larger key, proven once (`bench/large.ts`).
 * - `npm run bench -- browser`: proofs in a page of Chromium and of Firefox, by the page and by a worker, beside the same in Node.
 */
import './lib/help.ts';

const PARTS: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<void>>>> = {
  proofs: async () => (await import('./bench/proofs.ts')).benchProofs,
  pair: async () => (await import('./bench/series.ts')).benchPair,
  programs: async () => (await import('./bench/programs.ts')).benchPrograms,
  slope: async () => (await import('./bench/series.ts')).benchSlope,
  startup: async () => (await import('./bench/startup.ts')).benchStartup,
  browser: async () => (await import('./bench/browser.ts')).benchBrowser,
  workers: async () => (await import('./bench/workers.ts')).benchWorkers,
  large: async () => (await import('./bench/large.ts')).benchLarge,
  memory: async () => (await import('./bench/series.ts')).benchMemory,
};

const args = process.argv.slice(2);
const [name] = args;
const named = name !== undefined && !name.startsWith('-');
const part = PARTS[named ? name : args.includes('--pair') ? 'pair' : 'proofs'];
if (part === undefined) {
  process.stderr.write(`npm run bench: the parts are ${Object.keys(PARTS).join(', ')}\n`);
  process.exitCode = 2;
} else await (await part())(named ? args.slice(1) : args);
