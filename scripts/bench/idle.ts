/** How much of its threads a proof leaves idle, phase by phase. */
import type { Engine } from '../../sdk/src/kernels/contract.ts';

/** Milliseconds; `idle` and `host` as parts of what all threads could have done. */
interface Times {
  wall: number;
  running: number;
  busy: number;
}

export interface Idle {
  /** No chunk of a job at work. */
  readonly idle: number;
  /** Of it, while no job ran at all: the calling thread was between two. */
  readonly host: number;
}

export class IdleTimes {
  readonly #engine: Engine;
  readonly #phases = new Map<string, Times>();
  #now: { phase: string; at: number; running: number; busy: number } | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What is done from now on belongs to this phase. */
  enter(phase: string): void {
    if (this.#now?.phase === phase) return;
    this.end();
    this.#now = { phase, at: performance.now(), ...this.#engine.times() };
  }

  /** Nothing more belongs to a phase. */
  end(): void {
    if (this.#now === undefined) return;
    const { phase, at, running, busy } = this.#now;
    const times = this.#engine.times();
    const sum = this.#phases.get(phase) ?? { wall: 0, running: 0, busy: 0 };
    this.#phases.set(phase, {
      wall: sum.wall + performance.now() - at,
      running: sum.running + times.running - running,
      busy: sum.busy + times.busy - busy,
    });
    this.#now = undefined;
  }

  of(phase: string): Idle {
    return shares(this.#engine.threads, this.#phases.get(phase) ?? { wall: 0, running: 0, busy: 0 });
  }

  get inAll(): Idle {
    const all = { wall: 0, running: 0, busy: 0 };
    for (const { wall, running, busy } of this.#phases.values()) {
      all.wall += wall;
      all.running += running;
      all.busy += busy;
    }
    return shares(this.#engine.threads, all);
  }
}

function shares(threads: number, { wall, running, busy }: Times): Idle {
  return { idle: 1 - busy / (threads * wall), host: 1 - running / wall };
}
