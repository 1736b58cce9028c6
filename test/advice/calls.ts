/** Advices about entries of several calls. */
import { run } from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { succeeds, type Table } from './lib/follow.ts';
import { BYTES, moduleFile } from './lib/shared.ts';

const COUNTS = (
  imports: string,
): string => `(module (import "env" ${imports}) (global $n (mut i32) (i32.const 0))
  (func (export "add") (param i32) (result i32)
    (global.set $n (i32.add (global.get $n) (local.get 0))) (global.get $n))
  (func (export "set") (param i32) (global.set $n (local.get 0)))
  (func (export "get") (result i32) (global.get $n)))`;
const READS = COUNTS('"wasm_input" (func (param i32) (result i64))');
const WRITES = COUNTS('"wasm_output" (func (param i64))');

export const CALLS: Table = {
  'Give them to the first call, or as inputs': async (advised) => {
    const wasm = await assembleWat(READS);
    await advised.by(() => run({ wasm, invoke: 'get() -> i32; set(i32)', args: [3] }));
    await run({ wasm, invoke: 'set(i32); get() -> i32', args: [3] });
  },
  'Leave the result out, with "->" in front of it': async (advised) => {
    const wasm = await assembleWat(WRITES);
    await advised.by(() => run({ wasm, invoke: 'get() -> i32; get() -> i32' }));
    await run({ wasm, invoke: 'set(i32); get() -> i32', args: [3] });
  },
  'Write them into --invoke: "NAME(TYPES) -> TYPE via ALLOCATOR"': async (advised) => {
    const wasm = await moduleFile('calls', BYTES);
    const argument = ['--arg-string', 'abc'];
    const second = ['--invoke', 'open() -> u64', '--public', '5'];
    await advised.byCommand(['run', wasm, '--invoke', 'length', ...argument, ...second, '--returns', 'u32']);
    await succeeds(['run', wasm, '--invoke', 'length(string) -> u32', ...argument, ...second]);
  },
};
