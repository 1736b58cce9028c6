/** WebAssembly instructions that a run may take where nobody says otherwise: more than can be proven of most programs, and an end to loops that have none after a minute or so. */
export const DEFAULT_MAX_INSTRUCTIONS: number = 2 ** 32;
