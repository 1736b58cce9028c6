/** A program that takes no compiler, with its declaration. */
export const TWICE = `(module
  (import "env" "wasm_input" (func $input (param i32) (result i64)))
  (import "env" "wasm_output" (func $output (param i64)))
  (func (export "twice") (call $output (i64.mul (call $input (i32.const 1)) (i64.const 2)))))`;

export const PROGRAM = {
  module: 'twice.wasm',
  guest: 'c',
  entry: 'twice',
  inputs: [{ name: 'x', type: 'uint32' }],
  outputs: [{ name: 'y', type: 'uint64' }],
} as const;
