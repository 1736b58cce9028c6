/** Program ids: the image of a translated program, committed under the session's key. */
import { imageColumns } from '../machine/image.ts';
import type { Program } from '../machine/program.ts';
import { type Hex, programId } from '../plonk/key.ts';
import { type ProvingProgram, programKeygen } from '../plonk/keygen.ts';
import { loadProgram } from './load.ts';
import type { Session } from './session.ts';

export interface Identity {
  readonly programId: Hex;
  readonly proving: ProvingProgram;
}

/** The keys and the id of a translated program; its table is the caller's to release. About 0.1 s for a small one. */
export async function identify(session: Session, program: Program): Promise<Identity> {
  const image = imageColumns(program);
  const { engine, srs, provingKey } = session;
  const proving = await programKeygen({
    engine,
    srs,
    key: provingKey,
    log: image.log,
    entry: BigInt(program.entry),
    columns: image.columns,
  });
  return { programId: programId(proving.key), proving };
}

/** The id of a module entered at the export `invoke` (default: `_start`, or the only one), under the session's key (the SRS is part of it). */
export async function programIdOf(
  session: Session,
  parameters: { readonly wasm: Uint8Array; readonly invoke?: string },
): Promise<Hex> {
  const { program } = loadProgram(parameters.wasm, parameters.invoke);
  const identity = await identify(session, program);
  await identity.proving.table?.release(session.engine);
  return identity.programId;
}
