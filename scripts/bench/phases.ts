/** Where a proof's time goes: each phase beside the least that its work can take. */

import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import { traceRun } from '../../sdk/src/attest/run/trace.ts';
import { identify } from '../../sdk/src/attest/session/identify.ts';
import type { ProveParameters, Session } from '../../sdk/src/index.ts';
import { fillWitness } from '../../sdk/src/machine/witness.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import { bound, type UnitCosts } from './bound.ts';
import { countWork, KINDS, type Kind } from './counting.ts';
import { type Idle, IdleTimes } from './idle.ts';
import { formatTable, round } from './table.ts';

export interface PhaseFigures {
  readonly phase: string;
  readonly seconds: number;
  readonly fullScalars: number;
  readonly smallScalars: number;
  /** `3×2^16`: columns and length. */
  readonly transforms: string;
  /** Million products of field elements, those of transforms included. */
  readonly products: number;
  readonly boundSeconds: number;
  /** boundSeconds / seconds */
  readonly reached: number;
  /** Parts of the threads' time: see `idle.ts`. */
  readonly idle: number;
  readonly host: number;
}

export interface KindFigures {
  readonly kind: string;
  /** In the counted proof, from call to result. */
  readonly seconds: number;
  readonly boundSeconds: number;
  readonly reached: number;
}

export interface PhaseReport {
  readonly phases: readonly PhaseFigures[];
  readonly kinds: readonly KindFigures[];
  readonly idle: number;
  readonly host: number;
}

/** Proofs whose idle time is added up. */
const IDLE_RUNS = 3;

/**
 * Counts the work of one proof; the times of phases are those of other proofs, in seconds by name.
 * @param timings of proofs that nobody counted
 */
export async function phaseReport(
  session: Session,
  parameters: ProveParameters,
  timings: Readonly<Record<string, number>>,
  costs: UnitCosts,
): Promise<PhaseReport> {
  const idle = new IdleTimes(session.engine);
  for (let i = 0; i < IDLE_RUNS; i++) await proveInPhases(session, parameters, idle);
  const shares = ({ idle: all, host }: Idle): Idle => ({ idle: round(all, 3), host: round(host, 3) });
  const counting = countWork(session.engine);
  await proveInPhases(session, parameters, counting);
  const works = counting.phases;
  const total = (part: Readonly<Record<Kind, number>>): number =>
    KINDS.reduce((sum, kind) => sum + part[kind], 0);
  const phases = [...works].map(([phase, work]): PhaseFigures => {
    const { full, small } = work.scalars();
    const seconds = timings[phase] ?? Number.NaN;
    const least = total(bound(work, costs)) / 1000;
    return {
      phase,
      seconds,
      fullScalars: full,
      smallScalars: small,
      transforms: [...work.transforms]
        .sort(([a], [b]) => b - a)
        .map(([log, count]) => `${count}×2^${log}`)
        .join(' '),
      products: round(total(work.products) / 1e6, 1),
      boundSeconds: round(least, 3),
      reached: round(least / seconds, 2),
      ...shares(idle.of(phase)),
    };
  });
  const kinds = KINDS.map((kind): KindFigures => {
    let [elapsed, least] = [0, 0];
    for (const work of works.values()) {
      elapsed += work.elapsed[kind] / 1000;
      least += bound(work, costs)[kind] / 1000;
    }
    return {
      kind,
      seconds: round(elapsed, 3),
      boundSeconds: round(least, 3),
      reached: round(least / elapsed, 2),
    };
  });
  return { phases, kinds, ...shares(idle.inAll) };
}

/** The steps of `prove`, told when a phase begins and when all have ended. */
async function proveInPhases(
  session: Session,
  parameters: ProveParameters,
  watch: { enter(phase: string): void; end(): void },
): Promise<void> {
  const { engine, srs, provingKey } = session;
  const { program } = loadProgram(parameters.wasm, parameters.invoke);
  const { trace } = await traceRun(program, parseInputs(parameters, program));
  const { proving } = await identify(session, program);
  const witness = fillWitness(engine, provingKey.layout.system, program, trace);
  try {
    await prove({
      engine,
      srs,
      key: provingKey,
      program: proving,
      witness,
      statement: trace,
      onProgress: ({ phase }) => watch.enter(phase),
    });
  } finally {
    watch.end();
    for (const { columns } of witness) engine.free(...columns);
    await proving.table?.release(engine);
  }
}

/** Two tables for several proofs: their phases, and the same time by kind of work. */
export function reportTables(reports: readonly (readonly [name: string, report: PhaseReport])[]): string {
  const phases = reports.flatMap(([name, report]) =>
    [...report.phases, sumOf(report)].map((item) => [
      name,
      item.phase,
      item.seconds,
      item.fullScalars,
      item.smallScalars,
      item.transforms,
      item.products,
      item.boundSeconds,
      item.reached,
      item.idle,
      item.host,
    ]),
  );
  const kinds = reports.map(([name, report]) => [
    name,
    ...report.kinds.map(({ seconds, reached }) => `${seconds} (${reached})`),
  ]);
  return [
    formatTable([
      [
        'program',
        'phase',
        's',
        'full scalars',
        'small scalars',
        'transforms',
        'M products',
        'bound s',
        'reached',
        'idle',
        'between jobs',
      ],
      ...phases,
    ]),
    formatTable([['seconds in the kernels (bound reached)', ...KINDS], ...kinds]),
  ].join('\n');
}

function sumOf({ phases, idle, host }: PhaseReport): PhaseFigures {
  const sum = (key: 'seconds' | 'fullScalars' | 'smallScalars' | 'products' | 'boundSeconds'): number =>
    round(
      phases.reduce((all, item) => all + item[key], 0),
      3,
    );
  return {
    phase: 'in all',
    seconds: sum('seconds'),
    fullScalars: sum('fullScalars'),
    smallScalars: sum('smallScalars'),
    transforms: '',
    products: sum('products'),
    boundSeconds: sum('boundSeconds'),
    reached: round(sum('boundSeconds') / sum('seconds'), 2),
    idle,
    host,
  };
}
