/**
 * What the README claims, measured.
 *
 * - `npm run bench`: whole proofs of several programs, attested on an in-process chain (`bench/proofs.ts`).
 * - `npm run bench -- programs`: rows per instruction and the emulator's speed (`bench/programs.ts`).
 */
const [what, ...rest] = process.argv.slice(2);
if (what === 'programs') await (await import('./bench/programs.ts')).benchPrograms(rest);
else await (await import('./bench/proofs.ts')).benchProofs(process.argv.slice(2));
