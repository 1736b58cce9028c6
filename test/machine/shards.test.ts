/** The rows of runs that take several proofs: all shards and the public terms balance together, whatever the cut. */
import assert from 'node:assert/strict';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Engine, IntColumn, Vector } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { RunUses } from '../../sdk/src/machine/chips/fill.ts';
import { TABLES_LOG, tableColumns } from '../../sdk/src/machine/chips/tables.ts';
import { askedOnce, execute } from '../../sdk/src/machine/execute/execute.ts';
import {
  planRun,
  type RunPlan,
  type ShardLimits,
  traceShards,
} from '../../sdk/src/machine/execute/segments.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { fillShard } from '../../sdk/src/machine/witness.ts';
import { FixedTable } from '../../sdk/src/plonk/columns/fixed.ts';
import { Scratch } from '../../sdk/src/plonk/columns/scratch.ts';
import { challengeValues } from '../../sdk/src/plonk/declare/challenges.ts';
import { type Layout, layout } from '../../sdk/src/plonk/declare/layout.ts';
import { accumulator, addToIncrements, helperColumns } from '../../sdk/src/plonk/prove/helpers.ts';
import { publicFraction } from '../../sdk/src/plonk/verify/public-terms.ts';
import { ROUNDS } from './lib/rounds.ts';

const ALPHA = Fr.from(3n ** 157n);
const BETA = Fr.from(5n ** 111n);

describe('rows of runs that take several proofs', () => {
  let engine: Engine;
  const layouts = {
    body: layout(machineSystem({ kind: 'body' })),
    closing: layout(machineSystem({ kind: 'closing' })),
  };
  before(async () => {
    engine = await createEngine({});
  });
  after(() => engine.dispose());

  /** The sum of a shard's interactions. */
  async function sumOf(
    { chips, challenges }: Layout,
    witness: readonly { readonly columns: readonly (IntColumn | Vector)[]; readonly log: number }[],
    tables: Readonly<Record<string, FixedTable>>,
  ): Promise<bigint> {
    const scratch = new Scratch(engine);
    const leaves = challengeValues(challenges, { alpha: ALPHA, beta: BETA, y: 0n }, Fr.mul);
    const increments = scratch.vector(2 ** Math.max(...witness.map(({ log }) => log)));
    for (const chip of chips) {
      const { log, columns } = witness[chip.index]!;
      const main: Vector[] = [];
      for (const column of columns) {
        const vector = scratch.vector(2 ** log);
        if (column.kind === 'ints') await engine.toField(vector, column);
        else await engine.copy(vector, column);
        main.push(vector);
      }
      const fixed = (await tables[chip.chip.name]?.vectors(engine, (length) => scratch.vector(length))) ?? [];
      const helpers = await helperColumns(engine, scratch, chip, [...main, ...fixed], leaves);
      await addToIncrements(engine, scratch, increments, helpers!);
    }
    const { sum } = await accumulator(engine, scratch, increments, undefined);
    scratch.release();
    return sum;
  }

  /** What is left on the bus of a run that is cut so. */
  async function balance(rounds: number, limits: ShardLimits): Promise<{ left: bigint; plan: RunPlan }> {
    const { program } = loadProgram(ROUNDS);
    const again = askedOnce(parseInputs({ args: [rounds], privateInputs: [99n] }, program));
    const plan = await planRun(program, again, limits);
    const image = imageColumns(program);
    const tables = {
      tables: new FixedTable(TABLES_LOG, tableColumns(), 'tables'),
      image: new FixedTable(image.log, image.columns, 'image'),
    };
    const uses = new RunUses(2 ** image.log, plan.grown);
    const count = plan.shards.length + 1;
    const masks = (k: number): { own: bigint; before: bigint } => ({
      own: BigInt(k + 1) ** 99n,
      before: BigInt(((k + count - 1) % count) + 1) ** 99n,
    });
    let total = 0n;
    let k = 0;
    const add = async (kind: 'body' | 'closing', witness: ReturnType<typeof fillShard>): Promise<void> => {
      total = Fr.add(total, await sumOf(layouts[kind], witness, tables));
      for (const { columns } of witness) engine.free(...columns);
    };
    for await (const trace of traceShards(program, again, plan)) {
      const own = uses.shard();
      const witness = fillShard(engine, layouts.body.system, program, {
        trace,
        uses: own,
        masks: masks(k++),
      });
      uses.add(own);
      await add('body', witness);
    }
    const closing = { trace: undefined, uses: uses.sum(), masks: masks(k) };
    await add('closing', fillShard(engine, layouts.closing.system, program, closing));
    for (const table of Object.values(tables)) await table.release(engine);
    const { publicInputs, publicOutputs, execution } = plan;
    const { num, den } = publicFraction(layouts.body.shape.publicTerms, {
      program: { entry: BigInt(program.entry) },
      statement: { publicInputs, publicOutputs, status: execution.status },
      alpha: ALPHA,
      beta: BETA,
    });
    const { results } = execute(program, again());
    assert.deepEqual(execution.results, results);
    return { left: Fr.add(total, Fr.mul(num, Fr.inv(den))), plan };
  }

  const heights = (log: number, boundary: number): ShardLimits => ({
    heights: { alu: log, mem: log, memx: log, wide: log, ctl: log, boundary },
    cells: Number.POSITIVE_INFINITY,
  });

  it('balance, cut finely, with pages that grow and touched cells in shards of their own', async () => {
    for (const log of [4, 6, 9]) {
      const { left, plan } = await balance(50, heights(log, 3));
      assert.equal(left, 0n, `height 2^${log}: ${plan.shards.length} bodies`);
    }
  });

  it('balance where cells are refreshed, also in shards that are not of their time', async () => {
    // More than 2^16 units of time pass before the private word and the number of pages are looked at again.
    const { left, plan } = await balance(9000, heights(11, 3));
    assert.equal(left, 0n);
    assert.ok(plan.shards.reduce((sum, { refreshes }) => sum + refreshes, 0) >= 1);
    assert.ok(plan.shards.length > 5);
  });

  it('are cut where the cells of a shard are as many as are allowed', async () => {
    const { program } = loadProgram(ROUNDS);
    const again = askedOnce(parseInputs({ args: [5000], privateInputs: [99n] }, program));
    const shards = async (cells: number): Promise<number> =>
      (await planRun(program, again, { ...heights(14, 10), cells })).shards.length;
    assert.ok((await shards(2 ** 18)) > (await shards(2 ** 20)));
    assert.ok((await shards(2 ** 20)) >= (await shards(Number.POSITIVE_INFINITY)));
  });

  it('count what all shards look up, and refuse more than a column holds', () => {
    const uses = new RunUses(8, new Map());
    const shard = uses.shard();
    shard.range16[7] = 2 ** 31;
    uses.add(shard);
    assert.equal(uses.sum().range16[7], 2 ** 31);
    uses.add(shard);
    assert.throws(() => uses.sum(), { code: 'RUN_TOO_LONG', message: /range16 more than 2\^32 times/ });
  });
});
