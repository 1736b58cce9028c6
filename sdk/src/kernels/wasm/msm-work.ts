/** Memory that a group operation needs while it runs, and the jobs that run in it. */
import { addG1, G1_GENERATOR } from '../../curve/g1.ts';
import { ELEMENT_BYTES } from '../../field/limbs.ts';
import type { AffinePoint } from '../contract.ts';
import { FQ_LIMBS, type KernelCore } from './core.ts';
import { POINT_SIZE, WORK } from './msm-layout.ts';

/** Blocks that are freed together. */
export class Arena {
  readonly #core: KernelCore;
  readonly #blocks: number[] = [];

  constructor(core: KernelCore) {
    this.#core = core;
  }

  allocate(bytes: number): number {
    const address = this.#core.memory.allocate(bytes);
    this.#blocks.push(address);
    return address;
  }

  /** 32-bit words in a block of their own. */
  write(words: readonly number[]): number {
    const address = this.allocate(4 * words.length);
    this.#core.memory.u32.set(words, address / 4);
    return address;
  }

  /** Working memories for as many threads, one after another. */
  workingMemories(
    threads: number,
    sizes: {
      readonly keys: number;
      readonly references: number;
      readonly digits?: number;
      readonly points: number;
      /** Keys of jobs that keep their buckets here. */
      readonly buckets?: number;
    },
  ): WorkingMemories {
    const lengths = align(WORK.END);
    const positions = lengths + align(4 * sizes.keys);
    const references = positions + align(4 * sizes.keys);
    // The scan may read one reference beyond the last.
    const digits = references + align(4 * sizes.references + 4);
    const points = digits + align(4 * (sizes.digits ?? 0));
    const buckets = points + align(POINT_SIZE * sizes.points);
    const bytes = buckets + align((POINT_SIZE + 4) * (sizes.buckets ?? 0));
    const first = this.allocate(bytes * threads);
    const { u32 } = this.#core.memory;
    for (let t = 0; t < threads; t++) {
      const work = first + bytes * t;
      writePoint(this.#core, work + WORK.DUMMY_A, G1_GENERATOR);
      writePoint(this.#core, work + WORK.DUMMY_B, DOUBLE_GENERATOR);
      u32.fill(0, (work + WORK.COUNT) / 4, (work + WORK.LOCK) / 4 + 2);
      u32[(work + WORK.LENGTHS) / 4] = work + lengths;
      u32[(work + WORK.POSITIONS) / 4] = work + positions;
      u32[(work + WORK.REFERENCES) / 4] = work + references;
      u32[(work + WORK.DIGITS) / 4] = work + digits;
      u32[(work + WORK.POINTS) / 4] = work + points;
      u32[(work + WORK.BUCKETS) / 4] = work + buckets;
    }
    return { first, bytes };
  }

  free(): void {
    for (const block of this.#blocks.splice(0)) this.#core.memory.free(block);
  }
}

export interface WorkingMemories {
  readonly first: number;
  readonly bytes: number;
}

const DOUBLE_GENERATOR = addG1(G1_GENERATOR, G1_GENERATOR);

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Runs the jobs, given as words, on all threads. */
export async function runJobs(
  core: KernelCore,
  arena: Arena,
  task: string,
  work: WorkingMemories,
  jobs: readonly (readonly number[])[],
  jobBytes: number,
): Promise<void> {
  const words = new Array<number>((jobs.length * jobBytes) / 4).fill(0);
  jobs.forEach((job, i) => {
    job.forEach((word, k) => {
      words[(i * jobBytes) / 4 + k] = word;
    });
  });
  await core.pool.run(task, [arena.write(words), work.first, work.bytes], jobs.length);
}

/** Writes a point at an address; `null` as zeros. */
export function writePoint(core: KernelCore, address: number, point: AffinePoint): void {
  const { f64 } = core.memory;
  f64.fill(0, address / 8, (address + POINT_SIZE) / 8);
  if (point === null) return;
  f64.set(FQ_LIMBS.encode(point.x), address / 8);
  f64.set(FQ_LIMBS.encode(point.y), (address + ELEMENT_BYTES) / 8);
}
