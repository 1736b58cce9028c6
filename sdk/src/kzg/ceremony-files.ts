/**
 * The published files of the Perpetual Powers of Tau ceremony (54 contributions and a beacon), prepared for each power, with their BLAKE2b-512 as
 * the README of snarkjs lists them: https://github.com/iden3/snarkjs#7-prepare-phase-2 (0.7.6; a test compares them).
 */
export interface CeremonyFile {
  /** log2, as the ceremony names it; how many powers there are says {@link powersOf}. */
  readonly power: number;
  readonly name: string;
  readonly url: string;
  /** BLAKE2b-512 of the whole file, hexadecimal. */
  readonly blake2b: string;
}

const FOLDER = 'https://storage.googleapis.com/zkevm/ptau';

const HASHES: Readonly<Record<number, string>> = {
  17: '6247a3433948b35fbfae414fa5a9355bfb45f56efa7ab4929e669264a0258976741dfbe3288bfb49828e5df02c2e633df38d2245e30162ae7e3bcca5b8b49345',
  18: '7e6a9c2e5f05179ddfc923f38f917c9e6831d16922a902b0b4758b8e79c2ab8a81bb5f29952e16ee6c5067ed044d7857b5de120a90704c1d3b637fd94b95b13e',
  19: 'bca9d8b04242f175189872c42ceaa21e2951e0f0f272a0cc54fc37193ff6648600eaf1c555c70cdedfaf9fb74927de7aa1d33dc1e2a7f1a50619484989da0887',
  20: '89a66eb5590a1c94e3f1ee0e72acf49b1669e050bb5f93c73b066b564dca4e0c7556a52b323178269d64af325d8fdddb33da3a27c34409b821de82aa2bf1a27b',
  21: '9aef0573cef4ded9c4a75f148709056bf989f80dad96876aadeb6f1c6d062391f07a394a9e756d16f7eb233198d5b69407cca44594c763ab4a5b67ae73254678',
  22: '0d64f63dba1a6f11139df765cb690da69d9b2f469a1ddd0de5e4aa628abb28f787f04c6a5fb84a235ec5ea7f41d0548746653ecab0559add658a83502d1cb21b',
  23: '3063a0bd81d68711197c8820a92466d51aeac93e915f5136d74f63c394ee6d88c5e8016231ea6580bec02e25d491f319d92e77f5c7f46a9caa8f3b53c0ea544f',
  24: 'fa404d140d5819d39984833ca5ec3632cd4995f81e82db402371a4de7c2eae8687c62bc632a95b0c6aadba3fb02680a94e09174b7233ccd26d78baca2647c733',
  25: '0377d860cdb09a8a31ea1b0b8c04335614c8206357181573bf294c25d5ca7dff72387224fbd868897e6769f7805b3dab02854aec6d69d7492883b5e4e5f35eeb',
  26: '418dee4a74b9592198bd8fd02ad1aea76f9cf3085f206dfd7d594c9e264ae919611b1459a1cc920c2f143417744ba9edd7b8d51e44be9452344a225ff7eead19',
  27: '10ffd99837c512ef99752436a54b9810d1ac8878d368fb4b806267bdd664b4abf276c9cd3c4b9039a1fa4315a0c326c0e8e9e8fe0eb588ffd4f9021bf7eae1a1',
  28: '55c77ce8562366c91e7cda394cf7b7c15a06c12d8c905e8b36ba9cf5e13eb37d1a429c589e8eaba4c591bc4b88a0e2828745a53e170eac300236f5c1a326f41a',
};

/** By power; smaller ones serve no key. */
export const CEREMONY_FILES: readonly CeremonyFile[] = Object.entries(HASHES).map(([key, blake2b]) => {
  const power = Number(key);
  const name = `powersOfTau28_hez_final${power === 28 ? '' : `_${power}`}.ptau`;
  return { power, name, url: `${FOLDER}/${name}`, blake2b };
});

/** Bytes of a prepared file of a power, within a thousandth: sections of points, and of them once more for every domain. */
export function approximateBytes(power: number): number {
  return 1152 * 2 ** power;
}

/** How many powers of τ in G1 a file has. */
export function powersOf({ power }: Pick<CeremonyFile, 'power'>): number {
  return 2 ** (power + 1) - 1;
}

/** The smallest that has so many powers; undefined where none has. */
export function ceremonyFileFor(powers: number): CeremonyFile | undefined {
  return CEREMONY_FILES.find((file) => powersOf(file) >= powers);
}
