/** The Solidity compiler, asked once for one input in a run of the tests: many of them put the same verifiers and contracts on their chains. Loaded where nobody has asked yet. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { placeOf } from './run-cache.ts';

/** The package `solc`. */
export interface Solc {
  compile(input: string, callbacks?: unknown): string;
  version(): string;
}

/** What it is made of, as Hardhat takes it. */
export interface Soljson {
  readonly _solidity_version: unknown;
  readonly _solidity_compile: unknown;
  cwrap(name: string, result: string | null, parameters: readonly string[]): (...given: unknown[]) => unknown;
}

const require = createRequire(import.meta.url);
/** Address of the package's first file. */
export const SOLC_ENTRY: string = require.resolve('solc');

const soljson = (): Soljson => require(join(SOLC_ENTRY, '../soljson.js')) as Soljson;
let made: Solc | undefined;
function solc(): Solc {
  // As its first file does.
  const wrap = require(join(SOLC_ENTRY, '../wrapper.js')) as (compiler: Soljson) => Solc;
  made ??= wrap(soljson());
  return made;
}

function once(make: () => string, ...parts: readonly string[]): string {
  const place = placeOf('solc', ...parts);
  const known = place?.read();
  if (known !== undefined) return known.toString();
  const text = make();
  place?.write(text);
  return text;
}

export const solcOnce: Solc = {
  compile: (input, callbacks) =>
    callbacks === undefined
      ? once(() => solc().compile(input), 'compile', input)
      : solc().compile(input, callbacks),
  version: () => once(() => solc().version(), 'version'),
};

const NOTHING = 1;

export const soljsonOnce: Soljson = {
  _solidity_version: NOTHING,
  _solidity_compile: NOTHING,
  cwrap: (name, result, parameters) => {
    const own = (...given: readonly unknown[]): string =>
      soljson().cwrap(name, result, parameters)(...given) as string;
    if (name === 'solidity_version') return () => once(own, name);
    if (name === 'solidity_compile')
      return (input, ...callbacks) =>
        callbacks.every((one) => one === null)
          ? once(() => own(input, ...callbacks), name, input as string)
          : own(input, ...callbacks);
    return own;
  },
};
