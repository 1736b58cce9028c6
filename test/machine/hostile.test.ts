/** Small files that ask for much: what they cost grows with their size and not faster, and ends in an error, not in a crash. */
import assert from 'node:assert/strict';
import { cellSpaces } from '../../sdk/src/machine/translate/initial.ts';
import { SUPPORTED, translate } from '../../sdk/src/machine/translate/translate.ts';
import {
  type Code,
  decodeModule,
  describeFunction,
  findUnsupported,
  type Module,
  type ModuleParts,
  moduleBytes,
} from '../../sdk/src/wasm/index.ts';
import { processorTime } from '../lib/processor-time.ts';
import { get, i32, load, moduleOf, refused } from './lib/programs.ts';

/** A list that counts how often anything of it is read. */
function counted<T>(list: readonly T[]): { list: readonly T[]; reads: () => number } {
  let reads = 0;
  const get = (target: readonly T[], key: string | symbol): unknown => {
    reads++;
    return Reflect.get(target, key);
  };
  return { list: new Proxy(list, { get }), reads: () => reads };
}

describe('modules that ask for much', () => {
  it('names of functions: exports and imports are read once, not for every function', () => {
    const most = 500;
    const parts: ModuleParts = {
      types: ['->', 'i32 ->'],
      imports: Array.from({ length: most }, () => ['env', 'require', { kind: 'func', type: 1 }] as const),
      functions: Array.from({ length: most }, () => ({ type: 0, code: [] })),
      exports: Array.from({ length: most }, (_, i) => [`e${i}`, 'func', 2 * most - 1 - i] as const),
    };
    const decoded = decodeModule(moduleBytes(parts));
    const [imports, exports] = [counted(decoded.imports), counted(decoded.exports)];
    const module: Module = { ...decoded, imports: imports.list, exports: exports.list };
    const { functionNames } = translate(module, { entry: 'e0' });
    for (let index = 0; index < 2 * most; index++) describeFunction(module, index);
    assert.equal(functionNames.get(2 * most - 1), `function ${2 * most - 1} "e0"`);
    assert.equal(describeFunction(module, 3), 'function 3 "require"');
    assert.ok(
      imports.reads() + exports.reads() < 50 * most,
      `${imports.reads()} and ${exports.reads()} reads`,
    );
  });

  it('rows: no more than a key allows, with the place in the error', () => {
    const values = 1000;
    const leave: Code = [i32(0), ['br_if', 0]];
    const code: Code = [
      ...Array.from({ length: values }, () => i32(0)),
      ...Array.from({ length: 5000 }, () => leave).flat(),
    ];
    // Each br_if brings all values, in rows of its own.
    const parts = moduleOf(`-> ${'i32 '.repeat(values).trim()}`, code);
    refused('MODULE_TOO_LARGE', /module\+0x[0-9a-f]{4} \(function 0 "f"\): .* 4194304 rows/, () =>
      load(parts),
    );
  });

  it('initial words: no more than a key allows', () => {
    function* words(): Generator<readonly [number, bigint]> {
      for (let key = 0; key < 1 << 23; key++) yield [key, 1n];
    }
    refused('MODULE_TOO_LARGE', /4194304 cells/, () => cellSpaces().space(0, 1 << 24, words()));
  });

  it('types of imports: none is looked through once for every import that has it', () => {
    const [most, values] = [300, 1000];
    const parts: ModuleParts = {
      types: [`${'i32 '.repeat(values)}->`],
      imports: Array.from({ length: most }, () => ['env', 'require', { kind: 'func', type: 0 }] as const),
      exports: [['f', 'func', 0]],
    };
    const decoded = decodeModule(moduleBytes(parts));
    const params = counted(decoded.types[0].params);
    const module: Module = { ...decoded, types: [{ params: params.list, results: [] }] };
    refused(
      'MODULE_UNSUPPORTED',
      /\(func \(i32, i32, .*, …\) -> \(\)\), which must be func \(i32\) -> \(\), called by the entry/,
      () => translate(module, { entry: 'f' }),
    );
    const reads = params.reads();
    assert.ok(reads < 10 * (most + values), `${reads} reads`);
    for (const { name } of findUnsupported(module, SUPPORTED)) assert.ok(name.length < 200, name);
    assert.ok(params.reads() - reads < 50 * most, `${params.reads() - reads} reads`);
  });

  it('copies of one local: work in proportion to them, whether they go home or stay', () => {
    const drops = (count: number): Code => Array.from({ length: count }, () => 'drop' as const);
    const gets = (count: number): Code => Array.from({ length: count }, () => get(0));
    const call: Code = [get(0), ['call', 0]];
    const shapes: readonly ((count: number) => Code)[] = [
      (count) => [...gets(count), ...Array.from({ length: count }, () => call).flat(), ...drops(count)],
      (count) => [...gets(count), 'block', 'end', ...drops(count)],
    ];
    for (const shape of shapes) {
      const few = timeOf(moduleOf('i32 ->', shape(FEW)));
      const many = timeOf(moduleOf('i32 ->', shape(8 * FEW)));
      assert.ok(many < 24 * few, `${FEW}: ${few} ms, ${8 * FEW}: ${many} ms`);
    }
  });

  it('parameters that no instruction names cost a function nothing', () => {
    const module = (values: number): ModuleParts => {
      const functions = Array.from({ length: FEW }, () => ({ type: 0, code: [] }));
      const all = Array.from({ length: FEW }, (_, i) => i);
      return {
        types: [`${'i32 '.repeat(values)}->`, '->'],
        functions: [...functions, { type: 1, code: [i32(0), ['call_indirect', 1, 0]] }],
        tables: [{ type: 'funcref', limits: { min: FEW, max: FEW } }],
        elements: [{ offset: [i32(0)], functions: all }],
        exports: [['f', 'func', FEW]],
      };
    };
    const [without, with1000] = [timeOf(module(0)), timeOf(module(1000))];
    assert.ok(with1000 < 4 * without, `${without} ms without parameters, ${with1000} ms with 1000`);
  });
});

const FEW = 5000;

/** Of a translation: the mean of so many that steps of the clock and collections of garbage are little beside them. */
function timeOf(parts: ModuleParts): number {
  const module = decodeModule(moduleBytes(parts));
  return processorTime(() => translate({ ...module }, { entry: 'f' }), 300);
}
