/** Program ids: the image of a translated program, committed under the session's key. */
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import { TABLES_LOG } from '../../machine/chips/tables.ts';
import { imageColumns } from '../../machine/image.ts';
import { MAX_CHIP_LOG, type Program } from '../../machine/program.ts';
import { powersFor } from '../../machine/system.ts';
import { verifyImage } from '../../machine/verify-image/verify-image.ts';
import { maxLog, powersForHeight } from '../../plonk/declare/shape.ts';
import { type Circuit, type Hex, machineDigest, programId } from '../../plonk/keys/key.ts';
import { type ProvingProgram, programKeygen } from '../../plonk/keys/keygen.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import type { Ids } from './session.ts';

export interface Identity {
  readonly programId: Hex;
  readonly proving: ProvingProgram;
}

/** What a key allows is less than what chips need. */
export interface Excess {
  /** The least `maxLog` of a session that allows them; undefined where none does. */
  readonly maxLog: number | undefined;
  /** Limits, and who needs more: `2^17: alu 2^18, mem 2^19; 2^16: wide 2^17`. */
  readonly text: string;
  readonly chips: readonly string[];
}

/**
 * Chips that are taller than proofs under a key may have.
 * @param logOf log2 of the height that the chip of a name needs; undefined where that is not known
 */
export function excessRows(
  { shape, powers }: Circuit,
  logOf: (name: string) => number | undefined,
): Excess | undefined {
  const tall = shape.chips.flatMap(({ name }, j) => {
    const [log, limit] = [logOf(name) ?? 0, maxLog(shape, powers, j)];
    return log <= limit ? [] : [{ name, log, limit, powers: powersForHeight(shape, j, log) }];
  });
  if (tall.length === 0) return undefined;
  const limits = new Map<number, typeof tall>();
  for (const chip of tall) limits.set(chip.limit, [...(limits.get(chip.limit) ?? []), chip]);
  return {
    maxLog: tall.some(({ log }) => log > MAX_CHIP_LOG)
      ? undefined
      : leastMaxLog(Math.max(...tall.map(({ powers }) => powers))),
    text: [...limits]
      .map(([limit, chips]) => `2^${limit}: ${chips.map(({ name, log }) => `${name} 2^${log}`).join(', ')}`)
      .join('; '),
    chips: tall.map(({ name }) => name),
  };
}

function leastMaxLog(powers: number): number | undefined {
  for (let least = TABLES_LOG; least <= MAX_CHIP_LOG; least++) if (powersFor(least) >= powers) return least;
  return undefined;
}

/** The remedy, for a `fix`. @param otherwise what helps without another key */
export function allowMore({ maxLog: least }: Excess, otherwise: string): string {
  return least === undefined
    ? `No key allows so many: ${otherwise}`
    : `Allow more with --max-log ${least} (maxLog in the SDK; another key, so another verifier contract), or ${otherwise}`;
}

/**
 * The keys and the id of a translated program; its table is the caller's to release. An image that is not well-formed has no
 * id here: nobody proves or accepts anything of it.
 * @throws IMAGE_INVALID; TRACE_TOO_TALL where the program is larger than the key allows
 */
export async function identify(ids: Ids, program: Program): Promise<Identity> {
  verifyImage(program);
  const image = imageColumns(program);
  const { srs, circuit, commitments, kernels } = ids;
  const excess = excessRows(circuit, (name) => (name === 'image' ? image.log : undefined));
  if (excess !== undefined) {
    fail('TRACE_TOO_TALL', `instructions and data of the program need more rows than ${excess.text}`, {
      where: program.entryName,
      fix: allowMore(excess, 'make the program smaller'),
    });
  }
  const proving = await programKeygen({
    engine: kernels,
    srs,
    cache: commitments,
    key: { key: circuit },
    log: image.log,
    entry: BigInt(program.entry),
    columns: image.columns,
  });
  return { programId: programId(machineDigest(circuit), proving.key), proving };
}

/** The id of a translated program, where its keys are not needed. @throws TRACE_TOO_TALL as {@link identify} */
export async function idOfProgram(ids: Ids, program: Program): Promise<Hex> {
  const { programId, proving } = await identify(ids, program);
  const engine = ids.running();
  if (engine !== undefined) await proving.table?.release(engine);
  return programId;
}

export interface ProgramParameters extends ImportParameters {
  readonly wasm: Uint8Array;
  readonly invoke?: string;
}

const NAMES: OptionNames<ProgramParameters> = { ...IMPORT_NAMES, wasm: true, invoke: true };

/**
 * The id of a module entered at the export `invoke` (default: `_start`, or the only one). It commits to the image under the session's SRS; keys of
 * other size limits (`maxLog`) under the same SRS give the same id, and the key is named beside it wherever a proof is verified.
 */
export async function programIdOf(ids: Ids, parameters: ProgramParameters): Promise<Hex> {
  requireNames(parameters, NAMES, 'programId');
  return idOfProgram(ids, loadProgram(parameters.wasm, parameters.invoke, parameters).program);
}
