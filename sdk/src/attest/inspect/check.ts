/**
 * Runs a program and checks its trace row by row: what a proof would say, with names for everything that fails. A run
 * that traps is checked like any other.
 */
import { type OptionNames, requireNames } from '../../json/options.ts';
import { createReferenceEngine } from '../../kernels/index.ts';
import { TABLES_LOG, tableColumns } from '../../machine/chips/tables.ts';
import { imageColumns } from '../../machine/image.ts';
import type { Program } from '../../machine/program.ts';
import type { StatusDescription } from '../../machine/status.ts';
import { machineSystem } from '../../machine/system.ts';
import type { Trace } from '../../machine/trace.ts';
import { verifyImage } from '../../machine/verify-image/verify-image.ts';
import { fillWitness, locateRow } from '../../machine/witness.ts';
import { check as checkRows } from '../../plonk/check/check.ts';
import { formatFailure } from '../../plonk/check/report.ts';
import { FixedTable } from '../../plonk/columns/fixed.ts';
import { layout } from '../../plonk/declare/layout.ts';
import { viewWitness } from '../../plonk/keys/witness.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { sourceMapOf } from '../module/source.ts';
import { INPUT_NAMES, type InputParameters, parseInputs } from '../run/inputs.ts';
import { traceRun } from '../run/trace.ts';

export interface CheckParameters extends InputParameters, ImportParameters {
  readonly wasm: Uint8Array;
  /** Name of the exported function that is entered; default: `_start`, or the only one. */
  readonly invoke?: string;
  /** A source map (JSON) of the module, for the place of a trap. Default: the one inside its `sourceMappingURL`, a `data:` URL. */
  readonly sourceMap?: string;
  /** RUN_TOO_LONG after so many WebAssembly instructions (see `RunParameters`); default: 2^32. */
  readonly maxInstructions?: number;
  /** Called every few million instructions with their number so far; the run is executed twice. */
  readonly onProgress?: (instructions: number) => void;
  /** Looked at every few million instructions; checking is synchronous. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<CheckParameters> = {
  ...INPUT_NAMES,
  ...IMPORT_NAMES,
  wasm: true,
  invoke: true,
  sourceMap: true,
  maxInstructions: true,
  onProgress: true,
  signal: true,
};

export interface CheckResult {
  readonly ok: boolean;
  /** One text for each failure: chip, constraint, row, place in the program, cells; or tuple, balance and parties. */
  readonly failures: readonly string[];
  /** How the run ended, and where if it trapped. */
  readonly status: StatusDescription;
  readonly trapAt: string | undefined;
  readonly instructions: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Tuples on the bus. */
  readonly tuples: number;
  readonly warnings: readonly string[];
}

/**
 * Checks every constraint on every row and the whole bus, without keys or commitments. Failures can name cells of the
 * trace, private inputs among them: they are for the prover's eyes.
 * @throws the errors of `loadProgram` and of the inputs; INPUT_MISSING, RUN_TOO_LONG, ABORTED
 */
export async function check(parameters: CheckParameters): Promise<CheckResult> {
  requireNames(parameters, NAMES, 'check');
  const { module, program } = loadProgram(parameters.wasm, parameters.invoke, parameters);
  const inputs = parseInputs(parameters, program);
  const { signal, onProgress, maxInstructions } = parameters;
  const sourceMap = sourceMapOf(module, parameters.sourceMap);
  const run = await traceRun(program, inputs, {
    ...{ signal, onProgress, maxInstructions, sourceMap },
    allowFailure: true,
  });
  const { trace } = run;
  const { failures, tuples } = await checkTrace(program, trace);
  return {
    ok: failures.length === 0,
    failures,
    status: run.status,
    trapAt: run.trapAt,
    instructions: trace.instructions,
    rows: run.execution.rows,
    tuples,
    warnings: run.warnings,
  };
}

/**
 * What a trace would say as a witness: a text for each failure, and the tuples on the bus.
 * @throws IMAGE_INVALID
 */
export async function checkTrace(
  program: Program,
  trace: Trace,
): Promise<{ readonly failures: readonly string[]; readonly tuples: number }> {
  verifyImage(program);
  const system = machineSystem();
  // The reference engine is memory and nothing else here: no arithmetic of the kernels takes part in the check.
  const engine = createReferenceEngine();
  try {
    const image = imageColumns(program);
    const witness = fillWitness(engine, system, program, trace);
    const fixed: Readonly<Record<string, FixedTable>> = {
      tables: new FixedTable(TABLES_LOG, tableColumns(), 'tables'),
      image: new FixedTable(image.log, image.columns, 'image'),
    };
    const report = checkRows({
      layout: layout(system),
      tables: system.chips.map(({ name }) => fixed[name]),
      witness: viewWitness(engine, witness),
      entry: BigInt(program.entry),
      statement: {
        publicInputs: trace.publicInputs,
        publicOutputs: trace.publicOutputs,
        status: trace.status,
      },
      locate: (chip, row) => locateRow(program, trace, chip, row),
    });
    const failures = report.failures.map(formatFailure);
    if (report.more > 0) failures.push(`… and ${report.more} more`);
    return { failures, tuples: report.tuples };
  } finally {
    await engine.dispose();
  }
}
