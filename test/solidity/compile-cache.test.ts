import assert from 'node:assert/strict';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { COMPILED_FILE, compileCached } from '../../sdk/src/solidity/compile-cache.ts';
import { MemoryStore } from '../kzg/support.ts';

const contract = (value: number): { name: string; source: string } => ({
  name: 'C',
  source: `pragma solidity 0.8.37; contract C { uint constant public x = ${value}; }`,
});

describe('solidity: the last compiled contract', () => {
  it('is what the compiler gives, and is kept', async () => {
    const store = new MemoryStore();
    const made = await compileCached(contract(1), store);
    assert.deepEqual(made, await compileVerifier(contract(1)));
    assert.deepEqual(await compileCached(contract(1), store), made);
    assert.equal(store.writes, 1);
  });

  it('is compiled anew from another source, and where the file is damaged', async () => {
    const store = new MemoryStore();
    const one = await compileCached(contract(1), store);
    const two = await compileCached(contract(2), store);
    assert.notEqual(one.bytecode, two.bytecode);
    store.change(COMPILED_FILE, (bytes) => {
      const text = new TextDecoder().decode(bytes);
      return new TextEncoder().encode(text.replace(two.deployedBytecode, one.deployedBytecode));
    });
    assert.deepEqual(await compileCached(contract(2), store), two);
    assert.equal(store.writes, 3);
    store.change(COMPILED_FILE, (bytes) => bytes.slice(0, 100));
    assert.deepEqual(await compileCached(contract(2), store), two);
    assert.equal(store.writes, 4);
  });
});
