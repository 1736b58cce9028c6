import assert from 'node:assert/strict';
import { network } from 'hardhat';
import { concatHex, type Hex, hexToBigInt, numberToHex, slice } from 'viem';
import { evaluateProgram, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { ADD, type FlatProgram, MUL, type Op, SUB } from '../../sdk/src/expr/program.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { lower } from '../../sdk/src/solidity/lower.ts';
import { printProgram } from '../../sdk/src/solidity/program.ts';
import { hexNumber, yulFunction } from '../../sdk/src/solidity/yul.ts';
import { toySystem } from '../plonk/toy.ts';

/** The lowered program in integers that neither wrap nor are negative, or a RangeError. */
function inIntegers(program: FlatProgram, columns: readonly bigint[], challenges: readonly bigint[]): bigint {
  const { leaves, operations, output } = lower(program);
  const values = leaves.map((leaf) => {
    if (leaf.kind === 'constant') return leaf.value;
    if (leaf.kind === 'multiple') return leaf.times * FR_MODULUS + leaf.plus;
    return (leaf.kind === 'column' ? columns : challenges)[leaf.index]!;
  });
  for (const { op, a, b } of operations) {
    const [x, y] = [values[a]!, values[b]!];
    const value =
      op === 'add' ? x + y : op === 'sub' ? x - y : (op === 'mulmod' ? x * y : x + y) % FR_MODULUS;
    if (value < 0n || value >> 256n !== 0n) throw new RangeError(`${op} gives ${value}`);
    values.push(value);
  }
  return values[output]!;
}

/** A deterministic source of field elements that likes the edges. */
function source(seed: number): () => bigint {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 64n);
    const wide = (state * state * state * state * state) % FR_MODULUS;
    return [0n, 1n, FR_MODULUS - 1n, wide, wide, wide, wide, wide][Number(state >> 61n)]!;
  };
}

describe('constraint programs printed as Yul', () => {
  let connection: Awaited<ReturnType<typeof network.connect>>;
  before(async () => {
    connection = await network.connect();
  });
  after(() => connection.close());

  /** Runs a program on the EVM: its calldata are columns, then challenges. */
  async function onEvm(program: FlatProgram): Promise<(inputs: readonly bigint[]) => Promise<bigint>> {
    const read = (i: number): string => `calldataload(${hexNumber(32 * i)})`;
    const { lines } = printProgram(program, {
      column: read,
      challenge: (i) => read(program.columns + i),
      scratch: 0xa0,
    });
    const source = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;
contract Program {
    uint256 private constant R = ${FR_MODULUS};
    fallback() external {
        assembly {
            mstore(0x80, program())
            return(0x80, 0x20)
            ${yulFunction('program() -> c', lines).join('\n            ')}
        }
    }
}`;
    const { bytecode } = await compileVerifier({ name: 'Program', source });
    const client = await connection.viem.getPublicClient();
    const [wallet] = await connection.viem.getWalletClients();
    const hash = await wallet!.deployContract({ abi: [], bytecode });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    return async (inputs) => {
      const data = concatHex(inputs.map((value) => numberToHex(value, { size: 32 })));
      const { data: returned } = await client.call({ to: contractAddress as Hex, data });
      return hexToBigInt(slice(returned!, 0, 32));
    };
  }

  async function compare(name: string, program: FlatProgram, points = 3): Promise<void> {
    const run = await onEvm(program);
    const next = source(name.length + 1);
    for (let k = 0; k < points; k++) {
      const columns = Array.from({ length: program.columns }, next);
      const challenges = program.challenges.map(next);
      const [expected] = evaluateProgram(program, scalarRing, columns, challenges);
      assert.equal(await run([...columns, ...challenges]), expected, `${name}, point ${k}`);
    }
  }

  for (const system of [toySystem(), machineSystem()]) {
    for (const chip of layout(system).shape.chips) {
      it(`${system.name}: ${chip.name}, at random points`, () => compare(chip.name, chip.program));
    }
  }

  const EDGES = [0n, 1n, FR_MODULUS - 1n];

  it('sums and differences that are not reduced never wrap, at the edges and at random points', () => {
    const programs = [...layout(machineSystem()).shape.chips, ...layout(toySystem()).shape.chips];
    const all = [...programs.map(({ program }) => program), ...randomPrograms(60)];
    for (const [i, program] of all.entries()) {
      const next = source(i + 1);
      for (let k = 0; k < 20; k++) {
        // All at one edge, each at some edge, anything.
        const value = (): bigint => (k < 3 ? EDGES[k]! : k < 12 ? EDGES[Number(next() % 3n)]! : next());
        const columns = Array.from({ length: program.columns }, value);
        const challenges = program.challenges.map(value);
        const [expected] = evaluateProgram(program, scalarRing, columns, challenges);
        assert.equal(inIntegers(program, columns, challenges), expected, `program ${i}, point ${k}`);
      }
    }
  });

  it('random programs, deep and shared', async () => {
    for (const [i, program] of randomPrograms(12).entries()) await compare(`program ${i}`, program, 2);
  });

  /** Programs of 60 operations. */
  function randomPrograms(count: number): FlatProgram[] {
    return Array.from({ length: count }, (_, k) => {
      const seed = k + 1;
      const next = source(seed);
      const below = (n: number): number => Number(((next() % BigInt(n)) * 7919n + BigInt(seed)) % BigInt(n));
      const [columns, constants] = [5, [0n, 1n, 5n, FR_MODULUS - 3n, Fr.from(1n << 200n)]];
      const leaves = columns + 2 + constants.length;
      const operations: [Op, number, number][] = [];
      for (let i = 0; i < 60; i++) {
        const nodes = leaves + i;
        // Mostly chains, so that expressions get deep.
        const last = i > 0 && seed % 3 !== 0 ? nodes - 1 : below(nodes);
        const other = below(nodes);
        const op: Op = ([ADD, SUB, MUL, SUB] as const)[below(4)]!;
        operations.push(seed % 2 === 0 ? [op, last, other] : [op, other, last]);
      }
      return { columns, challenges: ['a', 'y'], constants, operations, outputs: [leaves + 59] };
    });
  }

  it('the largest values everywhere do not overflow the lazy sums', async () => {
    // ((c0 + c0) + (c0 + c0)) + c0 …, minus c0 each time: bounds are reached with r − 1.
    const operations: [Op, number, number][] = [[ADD, 0, 0]];
    for (let i = 1; i < 40; i++) operations.push([i % 3 === 0 ? SUB : ADD, i, i % 2 === 0 ? 0 : i]);
    const program = { columns: 1, challenges: [], constants: [], operations, outputs: [40] };
    const run = await onEvm(program);
    for (const value of [0n, 1n, FR_MODULUS - 1n]) {
      assert.equal(await run([value]), evaluateProgram(program, scalarRing, [value], [])[0]);
    }
  });

  it('an output that is a leaf', () =>
    compare('leaf', { columns: 2, challenges: [], constants: [], operations: [], outputs: [1] }));
});
