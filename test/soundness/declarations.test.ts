/**
 * What the key and the deployed contract compute is what the chips declare. The reference evaluates the declared expressions one by one,
 * and the bus by its definition: it shares nothing with layout, flat programs and generator but the choice of which interactions
 * stand in which helper.
 */
import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import { G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { G2_GENERATOR, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import { evaluateProgram, type Ring } from '../../sdk/src/expr/evaluate.ts';
import { ADD, type FlatProgram, MUL, SUB } from '../../sdk/src/expr/program.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import type { Column, Expr } from '../../sdk/src/plonk/declare/declare.ts';
import { type ChipLayout, layout } from '../../sdk/src/plonk/declare/layout.ts';
import { machineDigest, programId, sealKey, type VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { callData, connectChain, outcome, type TestChain } from '../chain/fixture.ts';
import { type Combine, forge } from '../chain/forger.ts';
import { figure } from './lib/report.ts';

const { chips, shape } = layout(machineSystem());
const TAU = 0x1234_5678_9abc_def1n;

let state = 1n;
const random = (): bigint => {
  state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 64n);
  return Fr.from(state ** 5n);
};
const EDGES = [0n, 1n, Fr.neg(1n)];
const edge = (): bigint => EDGES[Number(random() % 3n)]!;
/** Anything; each at some edge; all at one. */
const SOURCES: readonly (() => bigint)[] = [random, edge, random, edge, () => 0n, () => 1n, () => Fr.neg(1n)];

interface Declared {
  readonly name: string;
  readonly value: bigint;
}

/** The value of every constraint of a chip at one row: its own by name, then `h·Π D_i − Σ ±m_i·Π_{k≠i} D_k` of each helper. */
function declared(
  { chip, columns, helpers }: ChipLayout,
  cells: readonly bigint[],
  { alpha, beta }: { readonly alpha: bigint; readonly beta: bigint },
): Declared[] {
  const cell = new Map<Column, bigint>(columns.map((column, i) => [column, cells[i]!]));
  const known = new Map<Expr, bigint>();
  const evaluate = (e: Expr): bigint => {
    const before = known.get(e);
    if (before !== undefined) return before;
    const value = ((): bigint => {
      switch (e.op) {
        case 'constant':
          return Fr.from(e.value);
        case 'column':
          return cell.get(e.column)!;
        case 'challenge':
          throw new RangeError('a declaration has no challenges');
        default:
          return Fr[e.op](evaluate(e.left), evaluate(e.right));
      }
    })();
    known.set(e, value);
    return value;
  };
  const standing = helpers.flatMap(({ interactions }) => interactions);
  assert.deepEqual(new Set(standing), new Set(chip.interactions), `${chip.name}: every interaction`);
  assert.equal(standing.length, chip.interactions.length, `${chip.name}: every interaction once`);
  return [
    ...chip.constraints.map(({ name, expression }) => ({ name, value: evaluate(expression) })),
    ...helpers.map(({ column, interactions }) => {
      const D = interactions.map(({ tuple }) =>
        tuple.reduce((sum, t, i) => Fr.sub(sum, Fr.mul(Fr.pow(beta, BigInt(i)), evaluate(t))), alpha),
      );
      const product = (without?: number): bigint =>
        D.reduce((all, d, k) => (k === without ? all : Fr.mul(all, d)), 1n);
      const sum = interactions.reduce((all, { sign, multiplicity }, i) => {
        const term = Fr.mul(evaluate(multiplicity), product(i));
        return sign === 1 ? Fr.add(all, term) : Fr.sub(all, term);
      }, 0n);
      return { name: column.name, value: Fr.sub(Fr.mul(cell.get(column)!, product()), sum) };
    }),
  ];
}

/** `Σ y^i·c_i` of the declarations. */
const combine: Combine = (j, cells, { alpha, beta, y }) =>
  declared(chips[j]!, cells, { alpha, beta }).reduceRight(
    (sum, { value }) => Fr.add(Fr.mul(sum, y), value),
    0n,
  );

/** Polynomials in y, so that a program's output falls apart into its constraints. */
const IN_Y: Ring<readonly bigint[]> = {
  add: (a, b) =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => Fr.add(a[i] ?? 0n, b[i] ?? 0n)),
  sub: (a, b) =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => Fr.sub(a[i] ?? 0n, b[i] ?? 0n)),
  mul: (a, b) => {
    const product = new Array<bigint>(Math.max(0, a.length + b.length - 1)).fill(0n);
    for (const [i, x] of a.entries()) {
      if (x === 0n) continue;
      for (const [k, y] of b.entries()) product[i + k] = Fr.add(product[i + k]!, Fr.mul(x, y));
    }
    return product;
  },
  constant: (value) => [value],
};

/** Names of the constraints in which a program is not what its chip declares, at a point from each source. */
function differences(chip: ChipLayout, program: FlatProgram, sources = SOURCES): string[] {
  const names = new Set<string>();
  for (const source of sources) {
    const cells = chip.columns.map(source);
    const [alpha, beta] = [source(), source()];
    const expected = declared(chip, cells, { alpha, beta });
    const challenges = program.challenges.map((name): readonly bigint[] => {
      if (name === 'y') return [0n, 1n];
      return [name === 'alpha' ? alpha : Fr.pow(beta, BigInt(name.slice('beta'.length)))];
    });
    const columns = cells.map((value) => [value]);
    const [output] = evaluateProgram<readonly bigint[]>(program, IN_Y, columns, challenges);
    expected.forEach(({ name, value }, i) => {
      if ((output![i] ?? 0n) !== value) names.add(`${chip.chip.name}/${name}`);
    });
    if (output!.slice(expected.length).some((value) => value !== 0n))
      names.add(`${chip.chip.name}: more than it declares`);
  }
  return [...names];
}

const withConstant = (program: FlatProgram, k: number): FlatProgram => ({
  ...program,
  constants: program.constants.map((value, i) => (i === k ? Fr.add(value, 1n) : value)),
});
/** The first operand becomes another leaf, or the sum a difference, the product a sum. */
const withOperation = (program: FlatProgram, k: number, what: 'operand' | 'operation'): FlatProgram => ({
  ...program,
  operations: program.operations.map(([op, a, b], i) => {
    if (i !== k) return [op, a, b] as const;
    if (what === 'operand') return [op, a === 0 ? 1 : 0, b] as const;
    return [op === ADD ? SUB : op === SUB ? MUL : ADD, a, b] as const;
  }),
});

describe('what is declared is what is computed', () => {
  it('by the programs of the key, at random and edge points', () => {
    for (const chip of chips) {
      assert.equal(shape.chips[chip.index]!.program, chip.program);
      assert.deepEqual(differences(chip, chip.program), []);
    }
  });

  it('a constant, an operand or an operation of a program changed is noticed by the name of a constraint', () => {
    let noticed = 0;
    for (const chip of chips) {
      const { constants, operations } = chip.program;
      const changed = [
        ...constants.map((_, k) => withConstant(chip.program, k)),
        ...operations.flatMap((_, k) =>
          k % 5 === 0
            ? [withOperation(chip.program, k, 'operand'), withOperation(chip.program, k, 'operation')]
            : [],
        ),
      ];
      const declaredNames = declared(chip, chip.columns.map(random), { alpha: 1n, beta: 2n }).map(
        ({ name }) => name,
      );
      for (const [i, program] of changed.entries()) {
        const [name] = differences(chip, program, [random]);
        assert.ok(name !== undefined, `${chip.chip.name}: change ${i} goes unnoticed`);
        assert.ok(
          declaredNames.some((one) => name === `${chip.chip.name}/${one}`),
          name,
        );
        noticed++;
      }
    }
    figure(
      `${noticed} changes of one constant, operand or operation of a chip's program, each noticed by a constraint's name`,
    );
  });

  describe('by the deployed contract', () => {
    let chain: TestChain;
    const statement = { publicInputs: [1n, 2n], publicOutputs: [3n], status: 0n };
    const program = { log: 5, entry: 7n, commitments: [multiplyG1(G1_GENERATOR, 11n)] };
    before(async () => {
      chain = await connectChain();
    });
    after(() => chain?.close());

    const keyOf = (
      change: (program: FlatProgram, chip: string) => FlatProgram = (same) => same,
    ): VerifyingKey =>
      sealKey({
        shape: {
          ...shape,
          chips: shape.chips.map((chip) => ({ ...chip, program: change(chip.program, chip.name) })),
        },
        powers: 15 * (2 ** 17 + 2),
        tau2: multiplyG2(G2_GENERATOR, TAU)!,
        insecure: true,
        commitments: [multiplyG1(G1_GENERATOR, 13n)],
      });
    async function deployed(key: VerifyingKey, edit = (source: string): string => source): Promise<Hex> {
      const generated = generateVerifier(key);
      const { bytecode } = await compileVerifier({ ...generated, source: edit(generated.source) });
      const hash = await chain.wallet.deployContract({ abi: [], bytecode });
      return (await chain.client.waitForTransactionReceipt({ hash })).contractAddress!;
    }
    /**
     * Values from a source, openings by τ, and the one value that the identity still needs computed from the declarations (or from the
     * key's programs): the contract accepts only if its code computes the same.
     */
    async function answer(
      address: Hex,
      key: VerifyingKey,
      { value = random, by }: { value?: () => bigint; by?: 'programs' } = {},
    ): Promise<string> {
      const declarations = by === undefined ? { combine } : {};
      const proof = forge({ key, program, statement, tau: TAU, value, ...declarations });
      return outcome(
        chain,
        address,
        callData({
          programId: programId(machineDigest(key), program),
          statement: encodeStatement(statement),
          proof: encodeCallProof(proof, program),
        }),
      );
    }

    it('at random and edge points', async () => {
      const key = keyOf();
      const address = await deployed(key);
      for (const value of SOURCES) assert.equal(await answer(address, key, { value }), 'accepted');
      figure(`the deployed contract agrees with the declarations at ${SOURCES.length} points of all columns`);
    });

    for (const [what, change] of [
      ['constant', (one: FlatProgram) => withConstant(one, 1)],
      ['operand', (one: FlatProgram) => withOperation(one, 20, 'operand')],
    ] as const) {
      it(`another ${what} in the key is refused: its own programs agree with it, the declarations do not`, async () => {
        const key = keyOf((one, chip) => (chip === 'mem' ? change(one) : one));
        const address = await deployed(key);
        assert.equal(await answer(address, key, { by: 'programs' }), 'accepted');
        assert.equal(await answer(address, key), 'IdentityFails');
      });
    }

    it('another constant in the source is refused', async () => {
      const key = keyOf();
      const address = await deployed(key, (source) => {
        const at = source.indexOf('mulmod(0x010000, ', source.indexOf('function chip_0_alu'));
        assert.ok(at > 0);
        return `${source.slice(0, at)}mulmod(0x010001, ${source.slice(at + 'mulmod(0x010000, '.length)}`;
      });
      assert.equal(await answer(address, key), 'IdentityFails');
    });
  });
});
