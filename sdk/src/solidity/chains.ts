/**
 * Chain ids of nodes that people run for themselves. Verifiers of a development SRS work there alone; the registry's source has
 * the same two numbers.
 */
export const DEVELOPMENT_CHAINS: readonly number[] = [31337, 1337];
