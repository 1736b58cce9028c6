/** Programs that are measured: each exports `run(n: u32) -> u64` and needs nothing of a host. */
import { extname, join } from 'node:path';
import { compileGuest } from '../lib/guests.ts';

export type Language = 'C' | 'AssemblyScript' | 'Rust';

export interface Guest {
  readonly name: string;
  readonly kind: string;
  readonly language: Language;
  readonly file: string;
  readonly n: number;
  /** `run(n)`. */
  readonly result: bigint;
}

const FOLDER: string = join(import.meta.dirname, 'guests');
const LANGUAGES: Readonly<Record<string, Language>> = { '.c': 'C', '.ts': 'AssemblyScript', '.rs': 'Rust' };

function guest(file: string, kind: string, n: number, result: bigint): Guest {
  const extension = extname(file);
  return { name: file.slice(0, -extension.length), kind, language: LANGUAGES[extension], file, n, result };
}

/**
 * Results of keccak, blake2b, modexp, sieve, levenshtein, brainfuck and stackvm were computed by other programs, all others by the
 * JavaScript engine. Sizes are such that a proof at the default limits holds them.
 */
export const GUESTS: readonly Guest[] = [
  guest('keccak.c', 'hash', 1000, 0xaf692982e84a5a96n),
  guest('blake2b.rs', 'hash', 4000, 0x32de67524245242n),
  guest('json.c', 'parser', 60, 0x1fe98ec0bn),
  guest('csv.rs', 'parser', 40, 0xc6ef2b403af0072n),
  guest('expression.ts', 'parser', 30, 0x9a50c6b5c4d6a2e4n),
  guest('regex.rs', 'matcher', 60, 0x11fbe805e7297dn),
  guest('lz.c', 'compression', 4000, 0x7566d544a85n),
  guest('heapsort.ts', 'sorting', 250, 0xe2db0d35891c7d7cn),
  guest('modexp.c', 'big integers', 16, 0x8d815dd280bacf81n),
  guest('levenshtein.ts', 'strings', 50, 0x1fn),
  guest('sieve.ts', 'numbers', 20000, 0x8d601430bf7n),
  guest('brainfuck.c', 'interpreter', 16, 0xa21855ad7c5911a4n),
  guest('stackvm.rs', 'interpreter', 30, 0x1b9006fn),
  guest('nbody.c', 'floating point', 5, 0xbfc5ad86577610a0n),
  guest('mandelbrot.ts', 'floating point', 6, 0x254n),
  guest('matrix.ts', 'floating point', 12, 0x10c2n),
  guest('fft.rs', 'floating point', 5, 0x34fc000000000000n),
];

/** C and AssemblyScript are compiled here, Rust was (`rust.ts`). */
export function guestModule({ file }: Guest): Promise<Uint8Array> {
  return compileGuest(join(FOLDER, file));
}
