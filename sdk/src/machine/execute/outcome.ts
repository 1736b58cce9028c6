import type { PrivateSource } from '../program.ts';

/** What a run is given, words in halves: `low, high, low, high, …`. */
export interface Io {
  readonly publicInputs: Int32Array;
  readonly privateInputs: Int32Array;
  readonly outputs: number[];
  readonly maxInstructions: number;
  /** Machine instructions, of which one `memory.fill` can take a hundred million. */
  readonly maxSteps: number;
  readonly onDebug: ((low: number, high: number) => void) | undefined;
  readonly onLog: ((bytes: Uint8Array) => void) | undefined;
  /** Words of other sources than the private inputs, in halves; undefined where there are no more. */
  readonly privateWord:
    | ((source: PrivateSource, which: number) => readonly [number, number] | undefined)
    | undefined;
}

/** Where a run stands that has been paused between two steps. */
export interface Paused {
  readonly pc: number;
  readonly fp: number;
  /** The row before it that jumped. */
  readonly from: number;
  readonly instructions: number;
  readonly steps: number;
  readonly privateUsed: number;
  readonly drained: number;
}

/** How the interpreter left off. */
export interface Outcome {
  /** `exit`: the program ended with `status`; `starved`: out of private inputs; `limit`: too many instructions or steps. */
  readonly kind: 'exit' | 'starved' | 'limit';
  /** `low` and `kind` of the status. */
  readonly status: readonly [number, number];
  /** The row that trapped, or that jumped to the trap; of a run that is starved, the row that reads. */
  readonly pc: number;
  /** Dense index of the frame. */
  readonly fp: number;
  readonly instructions: number;
  /** By kind of row (`placement.ts`), since the run began or went on. */
  readonly rows: Float64Array;
  readonly privateUsed: number;
  /** Public words that nothing read before the end. */
  readonly drained: number;
  /** Where to go on, of one that stopped for its limit. */
  readonly paused: Paused | undefined;
}
