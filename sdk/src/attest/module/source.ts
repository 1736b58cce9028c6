/** Positions in the sources of a module, from a source map. */
import { type EncodedSourceMap, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { fail } from '../../errors/index.ts';
import { parseJson } from '../../json/reader.ts';
import { Reader } from '../../wasm/reader.ts';
import type { Module } from '../../wasm/types.ts';

export interface SourcePosition {
  /** As the source map names it. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A source map of a module: line 1, columns are byte offsets in the .wasm file (what Binaryen and Emscripten write). */
export class SourceMap {
  readonly #map: TraceMap;

  /** @throws INPUT_INVALID */
  constructor(json: string, where: string) {
    try {
      this.#map = new TraceMap(parseJson(json) as EncodedSourceMap);
      // Mappings are decoded when they are first used.
      originalPositionFor(this.#map, { line: 1, column: 0 });
    } catch (cause) {
      fail('INPUT_INVALID', 'not a source map of version 3', {
        where,
        fix: 'Give the .map file that the compiler wrote with this module (asc --sourceMap, wasm-sourcemap, cargo-wasm2map)',
        cause,
      });
    }
  }

  /** Where the instruction at a byte offset comes from; undefined where the map says nothing. */
  at(offset: number): SourcePosition | undefined {
    const { source, line, column } = originalPositionFor(this.#map, { line: 1, column: offset });
    return source === null || line === null ? undefined : { source, line, column: (column ?? 0) + 1 };
  }
}

/** `assembly/index.ts:12`. */
export function formatPosition({ source, line }: SourcePosition): string {
  return `${source}:${line}`;
}

/**
 * What the custom section `sourceMappingURL` says (WebAssembly tool conventions, "Debugging"): a URL, or `undefined` where
 * there is none or it cannot be read. It carries no meaning and is not to be trusted.
 */
export function sourceMappingUrl(module: Module): string | undefined {
  const bytes = module.customs.find(({ name }) => name === 'sourceMappingURL')?.bytes;
  if (bytes === undefined) return undefined;
  const reader = new Reader(bytes, 0, bytes.length);
  try {
    const url = reader.name('the URL');
    return reader.done ? url : undefined;
  } catch {
    return undefined;
  }
}

/** The source map inside a `data:` URL; undefined for any other URL. */
function inlineSourceMap(url: string): string | undefined {
  const found = /^data:application\/json(?:;charset=[\w-]+)?(;base64)?,(.*)$/s.exec(url);
  if (found === null) return undefined;
  const [, base64, text = ''] = found;
  try {
    if (base64 === undefined) return decodeURIComponent(text);
    return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** The given source map, or the one that is inside the module; a bad one of the module's own counts as absent. */
export function sourceMapOf(module: Module, given: string | undefined): SourceMap | undefined {
  if (given !== undefined) return new SourceMap(given, 'source map');
  const url = sourceMappingUrl(module);
  const inline = url === undefined ? undefined : inlineSourceMap(url);
  if (inline === undefined) return undefined;
  try {
    return new SourceMap(inline, 'sourceMappingURL');
  } catch {
    return undefined;
  }
}
