/** What a module is made of and what proving it costs before its first instruction. */
import { isWattestError } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import { imageSize } from '../../machine/image.ts';
import { formatCalls } from '../../machine/signature.ts';
import { entryParts } from '../../machine/translate/entries.ts';
import { bindImports } from '../../machine/translate/imports.ts';
import { mayTakeBytes } from '../../machine/translate/infer.ts';
import { SUPPORTED } from '../../machine/translate/supported.ts';
import { typedEntriesOf } from '../../machine/translate/translate.ts';
import { findUnsupported, formatType, scanFeatures } from '../../wasm/features.ts';
import { exportedFunction, indexSpaces, type Module } from '../../wasm/types.ts';
import { IMPORT_NAMES, type ImportParameters, importBindings } from '../module/imports.ts';
import { loadModule } from '../module/load.ts';

export interface EntryReport {
  readonly name: string;
  /** `(i32) -> (i64)` */
  readonly type: string;
  /** Parameters look like addresses of bytes (docs/arguments.md). */
  readonly mayTakeBytes?: boolean;
  /** Why it cannot be entered, where it cannot. */
  readonly unsupported?: string;
  /** Rows of the image (instructions and initial cells), paid in every proof, and the height they are padded to. */
  readonly imageRows?: number;
  readonly imageHeight?: number;
}

export interface InspectReport {
  readonly bytes: number;
  readonly functions: number;
  readonly imports: readonly string[];
  /** Exported functions. */
  readonly entries: readonly EntryReport[];
  /** Other exports. */
  readonly exports: readonly string[];
  /** Features beyond WebAssembly 1.0, with the offset of the first use. */
  readonly features: readonly { readonly feature: string; readonly offset: number; readonly count: number }[];
  /** Imported functions that nobody provides, in the order of the file: an export that may call one is refused, or it traps (`trapImports`). */
  readonly unsupported: readonly { readonly name: string; readonly offset: number }[];
  readonly memory: { readonly pages: number; readonly max: number | undefined } | undefined;
  readonly dataBytes: number;
  readonly sections: readonly { readonly id: number; readonly bytes: number }[];
}

export interface InspectParameters extends ImportParameters {
  readonly wasm: Uint8Array;
  /** An export or a typed entry, for a report of this one instead of all exported functions. */
  readonly invoke?: string;
}

const NAMES: OptionNames<InspectParameters> = { ...IMPORT_NAMES, wasm: true, invoke: true };

/**
 * @throws MODULE_MALFORMED, MODULE_INVALID, MODULE_TOO_LARGE, MODULE_UNSUPPORTED for a proposal, EXPORT_MISSING and SIGNATURE_INVALID of
 * `invoke`, INPUT_INVALID for globals and for names of options that there are not; imports that nobody provides are listed, not thrown
 */
export function inspect(parameters: InspectParameters): InspectReport {
  requireNames(parameters, NAMES, 'inspect');
  const { wasm, invoke, ...imports } = parameters;
  const module = loadModule(wasm);
  const bound = bindImports(module, importBindings(module, imports));
  const spaces = indexSpaces(module);
  const typeOf = (index: number): string => formatType(module.types[spaces.functions[index]!]!);
  const shown = entriesOf(module, invoke);
  const imageOf = imagesOf(
    bound,
    shown.map(({ name }) => name),
  );
  return {
    bytes: wasm.length,
    functions: module.functions.length,
    imports: module.imports.map(({ module: from, name, description: d }) =>
      d.kind === 'func'
        ? `${from}.${name} ${formatType(module.types[d.typeIndex]!)}`
        : `${from}.${name} (${d.kind})`,
    ),
    entries: shown.map(({ name, index }) => ({
      ...{ name, type: typeOf(index), ...imageOf(name) },
      ...(mayTakeBytes(module, name) ? { mayTakeBytes: true } : {}),
    })),
    exports: module.exports
      .filter(({ kind }) => kind !== 'func')
      .map(({ name, kind }) => `${name} (${kind})`),
    features: scanFeatures(module).features.map(({ feature, offset, count }) => ({ feature, offset, count })),
    unsupported: findUnsupported(module, SUPPORTED).map(({ name, offset }) => ({ name, offset })),
    memory: memoryOf(bound),
    dataBytes: module.datas.reduce((sum, { bytes }) => sum + bytes.length, 0),
    sections: module.sections.map(({ id, size }) => ({ id, bytes: size })),
  };
}

function entriesOf(
  module: Module,
  invoke: string | undefined,
): readonly { readonly name: string; readonly index: number }[] {
  if (invoke === undefined) return module.exports.filter(({ kind }) => kind === 'func');
  const index = exportedFunction(module, invoke);
  if (index !== undefined) return [{ name: invoke, index }];
  const calls = typedEntriesOf(module, invoke);
  return [{ name: formatCalls(calls), index: calls[0]!.index }];
}

function memoryOf(module: Module): InspectReport['memory'] {
  const limits = module.memories[0]?.limits;
  return limits === undefined ? undefined : { pages: limits.min, max: limits.max };
}

/** By name of the export, from one translation of all. */
function imagesOf(
  module: Module,
  names: readonly string[],
): (name: string) => Omit<EntryReport, 'name' | 'type'> {
  try {
    const parts = entryParts(module, names);
    return (name) => {
      const found = parts.get(name)!;
      if (isWattestError(found)) return { unsupported: found.message };
      const { rows, log } = imageSize(found);
      return { imageRows: rows, imageHeight: 2 ** log };
    };
  } catch (error) {
    if (isWattestError(error)) return () => ({ unsupported: error.message });
    throw error;
  }
}
