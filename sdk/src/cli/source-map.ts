/** The source map of a module: the one that is named, or the one that the module names beside itself. */
import { dirname, isAbsolute, join } from 'node:path';
import { SourceMap, sourceMappingUrl } from '../attest/module/source.ts';
import { isWattestError } from '../errors/index.ts';
import { decodeModule } from '../wasm/decode.ts';
import { readText } from './files.ts';
import { warn } from './options.ts';

const TOO_LARGE = 'Give the source map of this module';

/** A source map and the file that it is from. */
export interface SourceMapFile {
  readonly json: string;
  readonly path: string;
}

/**
 * A source map, or undefined where there is none or it lies in the module itself. What a module names is read only
 * in its own folder or below: a module is not to be trusted with paths.
 * `quiet`: no warning where it cannot be had, for what can do without.
 * @throws of a `given` path FILE_UNREADABLE, INPUT_INVALID; of the module MODULE_MALFORMED
 */
export async function sourceMapFor(
  file: string,
  wasm: Uint8Array,
  { given, quiet = true }: { readonly given?: string | undefined; readonly quiet?: boolean } = {},
): Promise<SourceMapFile | undefined> {
  if (given !== undefined) return check(await readText(given, TOO_LARGE), given);
  const url = sourceMappingUrl(decodeModule(wasm));
  if (url === undefined || url.startsWith('data:')) return undefined;
  const note = (message: string): void => {
    if (!quiet) warn(message);
  };
  try {
    const path = decodeURIComponent(url);
    if (/^[a-z][a-z\d+.-]*:|[?#\0\\]/i.test(path) || isAbsolute(path) || path.split('/').includes('..')) {
      note(`the source map ${path} is not in the module's folder; name it with --source-map`);
      return undefined;
    }
    const beside = join(dirname(file), path);
    return check(await readText(beside, TOO_LARGE), beside);
  } catch (error) {
    if (!isWattestError(error) && !(error instanceof URIError)) throw error;
    note(`the source map that the module names, ${url}, cannot be read`);
    return undefined;
  }
}

function check(json: string, path: string): SourceMapFile {
  new SourceMap(json, path);
  return { json, path };
}
