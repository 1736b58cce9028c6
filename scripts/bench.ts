/**
 * What the README claims, measured.
 *
 * - `npm run bench`: whole proofs of several programs, attested on an in-process chain (`bench/proofs.ts`).
 *   `--runs N` (3) after a warm-up, `--threads N` (2), `--only TEXT` in a program's name, `--json FILE`.
 * - `npm run bench -- programs`: rows per instruction and the emulator's speed (`bench/programs.ts`).
 *   `--only TEXT,…` in a file's name, `--prove` proves each as well, `--json FILE`.
 */
import './lib/help.ts';

const [what, ...rest] = process.argv.slice(2);
if (what === 'programs') await (await import('./bench/programs.ts')).benchPrograms(rest);
else await (await import('./bench/proofs.ts')).benchProofs(process.argv.slice(2));
