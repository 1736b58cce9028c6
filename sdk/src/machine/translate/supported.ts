import type { Supported } from '../../wasm/features.ts';
import { OPCODES } from '../../wasm/opcodes.ts';
import { hostFunction, hostType } from './host.ts';

/** What this machine proves of WebAssembly: the input of the feature scan. */
export const SUPPORTED: Supported = {
  instructions: new Set(OPCODES.map(({ name }) => name)),
  features: new Set([
    'float-types',
    'multi-value',
    'multiple-tables',
    'extended-constants',
    'table-initialisers',
    'passive-segments',
    'reference-values',
    'mutable-global-exports',
    'start-function',
  ]),
  accepts: (entry, type) => entry.description.kind !== 'func' || hostFunction(entry, type) !== undefined,
  typeOf: hostType,
};
