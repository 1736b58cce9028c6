/** Which compiler, and how: apart from the compiler, so that what only names it does not bring it along. */

export const SOLC_VERSION = '0.8.37';

/** As explorers name the very build. */
export const SOLC_LONG_VERSION: string = `${SOLC_VERSION}+commit.f401782d`;

/** The settings of every build of a generated verifier; another compiler run with them gives the same bytecode. */
export const COMPILER_SETTINGS = {
  // The Yul optimizer is left out: on code that is straight-line by construction it takes three times as long for 0.1% of
  // the gas.
  optimizer: { enabled: true, runs: 1_000_000, details: { yul: false } },
  viaIR: false,
  evmVersion: 'osaka',
  metadata: { bytecodeHash: 'none' },
} as const;

/**
 * Those of the written contracts: by way of the intermediate representation, where their bookkeeping costs half (docs/onchain.md). It does
 * not take a verifier: it runs out of memory.
 */
export const CONTRACT_SETTINGS = {
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: true,
  evmVersion: 'osaka',
  metadata: { bytecodeHash: 'none' },
} as const;
