/** Advices about typed programs. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { typedProgram } from '../../sdk/src/typed.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { succeeds, type Table } from './lib/follow.ts';
import { folder } from './lib/shared.ts';

/** Writes twice the word that it reads; another export returns a number. */
const TWICE = `(module
  (import "env" "wasm_input" (func $input (param i32) (result i64)))
  (import "env" "wasm_output" (func $output (param i64)))
  (func (export "twice") (call $output (i64.mul (call $input (i32.const 1)) (i64.const 2))))
  (func (export "number") (result i32) (i32.const 1)))`;
const PROGRAM = {
  module: 'twice.wasm',
  guest: 'c',
  entry: 'twice',
  inputs: [{ name: 'x', type: 'uint32' }],
  outputs: [{ name: 'y', type: 'uint64' }],
};

/** A project of its own: its folder and its manifest. */
async function project(name: string, program: object = {}): Promise<{ home: string; manifest: string }> {
  const home = join(folder(), `typed-${name}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'twice.wasm'), await assembleWat(TWICE));
  return { home, manifest: write(home, program) };
}

function write(home: string, program: object): string {
  const manifest = join(home, 'wattest.json');
  writeFileSync(manifest, JSON.stringify({ programs: { Twice: { ...PROGRAM, ...program } } }));
  return manifest;
}

const run = (manifest: string, ...flags: string[]): string[] => [
  'run',
  'Twice',
  '--manifest',
  manifest,
  ...flags,
];
const GIVEN = ['--input', '{"x": 5}'];

const ID = `0x${'11'.repeat(32)}` as const;
const statement = { publicInputs: [5n], publicOutputs: [10n], status: 0n };
const CODEC = typedProgram<{ x: bigint }, object, { y: bigint }>('Twice', ID, {
  entry: 'twice',
  inputs: [{ name: 'x', type: 'uint32' }],
  outputs: [{ name: 'y', type: 'uint64' }],
});

export const TYPED: Table = {
  'Write it as docs/typed-programs.md says': async (advised) => {
    const { home, manifest } = await project('form', { input: [] });
    await advised.byCommand(['bind', '--manifest', manifest]);
    await succeeds(['bind', '--manifest', write(home, {})]);
  },
  'Enter a function without parameters and results that uses the generated bindings': async (advised) => {
    const { home, manifest } = await project('entry', { entry: 'number' });
    await advised.byCommand(['bind', '--manifest', manifest]);
    await succeeds(['bind', '--manifest', write(home, {})]);
  },
  'Move it away, or give the program another name': async (advised) => {
    const { home, manifest } = await project('mine');
    writeFileSync(join(home, 'twice_io.h'), '// mine\n');
    await advised.byCommand(['bind', '--manifest', manifest]);
    renameSync(join(home, 'twice_io.h'), join(home, 'mine.h'));
    await succeeds(['bind', '--manifest', manifest]);
  },
  'Run `wattest bind` (--manifest …), look at what changed, and deploy contracts that hold an id again':
    async (advised) => {
      const { home, manifest } = await project('stale');
      await succeeds(['bind', '--manifest', manifest]);
      rmSync(join(home, 'generated/Twice.sol'));
      const [named] = await advised.byCommand(['bind', '--check', '--manifest', manifest]);
      await succeeds(['bind', '--manifest', named!]);
      await succeeds(['bind', '--check', '--manifest', manifest]);
    },
  'Give one of …': async (advised) => {
    const { manifest } = await project('names');
    const [name] = await advised.byCommand(['bind', 'Thrice', '--manifest', manifest]);
    await succeeds(['bind', name!, '--manifest', manifest]);
  },
  'Give a value of the type that the manifest names there (docs/typed-programs.md)': async (advised) => {
    const { manifest } = await project('values');
    await advised.byCommand(run(manifest, '--input', '{"x": -5}'));
    assert.match((await succeeds(run(manifest, ...GIVEN))).out, /^outputs\.y +10$/m);
  },
  'Give an object with a member for each input (docs/typed-programs.md)': async (advised) => {
    const { manifest } = await project('json');
    await advised.byCommand(run(manifest, '--input', '{x: 5}'));
    await succeeds(run(manifest, ...GIVEN));
  },
  'Leave it out: values are given with --input and --private-input': async (advised) => {
    const { manifest } = await project('words');
    await advised.byCommand(run(manifest, '--public', '5'));
    await succeeds(run(manifest, ...GIVEN));
  },
  'Name the manifest and the program': async (advised) => {
    const { home, manifest } = await project('none');
    await advised.byCommand(['run', join(home, 'twice.wasm'), ...GIVEN]);
    await succeeds(run(manifest, ...GIVEN));
  },
  'Take words that a run of this program read or wrote; no other words stand for its values': async (
    advised,
  ) => {
    await advised.by(() => CODEC.decodeOutputs([10n, 0n]));
    assert.deepEqual(CODEC.decodeOutputs(statement.publicOutputs), { y: 10n });
  },
  'Prove with the module that `wattest bind` wrote, under the same SRS': async (advised) => {
    await advised.by(() => CODEC.read({ programId: `0x${'22'.repeat(32)}`, statement }));
    assert.deepEqual(CODEC.read({ programId: ID, statement }).outputs, { y: 10n });
  },
  'Prove a run that returns: one that failed wrote no values': async (advised) => {
    await advised.by(() => CODEC.read({ programId: ID, statement: { ...statement, status: 1n } }));
    assert.deepEqual(CODEC.read({ programId: ID, statement }).inputs, { x: 5n });
  },
  'Give the manifest of a project': async (advised) => {
    const { home, manifest } = await project('large');
    const large = join(home, 'large.json');
    writeFileSync(large, ' '.repeat(2 ** 20 + 1));
    await advised.byCommand(['bind', '--manifest', large]);
    await succeeds(['bind', '--manifest', manifest]);
  },
  'Give fewer values: no run reads so many': {
    because: 'takes a text of more than 256 MiB',
  },
};
