/** Small WebAssembly programs to lie about. */
import type { Program } from '../../../sdk/src/machine/program.ts';
import type { Code, ModuleParts } from '../../../sdk/src/wasm/index.ts';
import { compile } from './story.ts';

const TYPES = ['i32 -> i64', 'i64 ->', 'i32 ->', 'i32 -> i32', 'i64 -> i64', '->'] as const;
const IMPORTS: ModuleParts['imports'] = [
  ['env', 'wasm_input', { kind: 'func', type: 0 }],
  ['env', 'wasm_output', { kind: 'func', type: 1 }],
  ['env', 'require', { kind: 'func', type: 2 }],
];
export const INPUT_CALL = 0;
export const OUTPUT_CALL = 1;
export const REQUIRE_CALL = 2;

/** `main` of type i32 → i32 is function 3; `others` follow, of type i32 → i32 unless said otherwise. */
export function program(
  code: Code,
  more: Partial<ModuleParts> & {
    readonly others?: readonly { readonly type?: number; readonly code: Code }[];
    readonly locals?: NonNullable<ModuleParts['functions']>[number]['locals'];
  } = {},
): Program {
  const { others = [], locals = [], ...parts } = more;
  return compile({
    types: TYPES,
    imports: IMPORTS,
    functions: [
      { type: 3, locals, code },
      ...others.map(({ type = 3, code: body }) => ({ type, code: body })),
    ],
    memories: [{ min: 1, max: 4 }],
    exports: [['main', 'func', 3]],
    ...parts,
  });
}

type Datas = NonNullable<ModuleParts['datas']>;
/** One data segment. */
export const data = (bytes: readonly number[], at: number): Datas => [{ offset: [['i32.const', at]], bytes }];

export const SUM: Code = [['local.get', 0], ['i32.const', 41], 'i32.add'];

/** Calls element x of a table: i32 → i32, i64 → i64, null. */
export const indirect = (): Program =>
  program(
    [
      ['i32.const', 5],
      ['local.get', 0],
      ['call_indirect', 3, 0],
    ],
    {
      others: [
        { code: [['local.get', 0], ['i32.const', 1], 'i32.add'] },
        { type: 4, code: [['local.get', 0]] },
      ],
      tables: [{ type: 'funcref', limits: { min: 3, max: 3 } }],
      elements: [{ offset: [['i32.const', 0]], functions: [4, 5] }],
    },
  );
