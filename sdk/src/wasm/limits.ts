/**
 * Implementation limits (specification, appendix "Implementation Limitations"): what bounds the memory and time that a
 * hostile file can cost. Those of the WebAssembly JavaScript Interface (section "Limits") where nothing is said;
 * a module beyond one of them is refused with MODULE_TOO_LARGE.
 */
export const LIMITS = {
  /** Bytes of the file. (Engines: 1 GiB; a program of that size could not be proven.) */
  fileBytes: 67_108_864,
  /**
   * Instructions of all functions and constant expressions, with br_table labels counted as instructions. Ours: about
   * 0.5 GB when decoded, and far beyond what a proof can hold.
   */
  instructions: 4_194_304,
  types: 1_000_000,
  imports: 1_000_000,
  functions: 1_000_000,
  tables: 100_000,
  memories: 100,
  globals: 1_000_000,
  exports: 1_000_000,
  elements: 1_000_000,
  datas: 100_000,
  /** Custom sections. Ours. */
  customs: 10_000,
  functionParams: 1_000,
  functionResults: 1_000,
  functionBytes: 7_654_321,
  functionLocals: 50_000,
  /** Locals of all functions together. Ours: run-length encoding would let a small file ask for any amount. */
  locals: 4_194_304,
  /** Parameters and results of all types together. Ours. */
  typeEntries: 4_194_304,
  brTableLabels: 65_520,
} as const;

/** Advice beside each of them. */
export const SMALLER_MODULE = 'Build a smaller module (optimise for size, strip what is unused)';
