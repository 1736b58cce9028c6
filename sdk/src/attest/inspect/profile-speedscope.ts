/** A profile as a file for flame-graph viewers (https://www.speedscope.app/file-format-schema.json). */
import type { ProfileResult } from './profile.ts';

export interface SpeedscopeFile {
  readonly $schema: 'https://www.speedscope.app/file-format-schema.json';
  readonly exporter: string;
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly shared: {
    readonly frames: readonly { readonly name: string; readonly file?: string; readonly line?: number }[];
  };
  readonly profiles: readonly {
    readonly type: 'sampled';
    readonly name: string;
    readonly unit: 'none';
    readonly startValue: number;
    readonly endValue: number;
    /** Each a stack of indices in `shared.frames`, the entry first. */
    readonly samples: readonly (readonly number[])[];
    /** Rows at the end of each stack. */
    readonly weights: readonly number[];
  }[];
}

/** One sample for each distinct stack, its weight in rows; the order of time is not kept. */
export function speedscope({ entryName, frames, stacks, rows }: ProfileResult): SpeedscopeFile {
  // Only frames that occur: a program has many functions that no run calls.
  const index = new Map<number, number>();
  const numbered = (frame: number): number => {
    const known = index.get(frame) ?? index.size;
    index.set(frame, known);
    return known;
  };
  const samples = stacks.map((stack) => stack.frames.map(numbered));
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'wattest',
    name: entryName,
    activeProfileIndex: 0,
    shared: {
      frames: [...index.keys()].map((frame) => {
        const { name, position } = frames[frame]!;
        return { name, ...(position === undefined ? {} : { file: position.source, line: position.line }) };
      }),
    },
    profiles: [
      {
        type: 'sampled',
        name: `${entryName}: rows`,
        unit: 'none',
        startValue: 0,
        endValue: rows,
        samples,
        weights: stacks.map((stack) => stack.rows),
      },
    ],
  };
}
