/**
 * The bus of a run of several proofs, tuple by tuple: what leaves one shard arrives in others, for every tag of the machine; and a prover who forges one of these
 * tuples, whatever its tag, is refused.
 */
import assert from 'node:assert/strict';
import type { FilledShard } from '../../sdk/src/attest/jobs/open.ts';
import type { Expression } from '../../sdk/src/expr/expression.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { openSession, type ProofDocument, type Session, verify } from '../../sdk/src/index.ts';
import { tableColumns, tables } from '../../sdk/src/machine/chips/tables.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { TAGS } from '../../sdk/src/machine/tags.ts';
import { type ColumnValues, valueAt } from '../../sdk/src/plonk/columns/fixed.ts';
import type { Chip, Column } from '../../sdk/src/plonk/declare/declare.ts';
import { publicTuples } from '../../sdk/src/plonk/verify/public-terms.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';
import { asyncVerdictOf, type Verdict } from '../lib/verdict.ts';
import { get, i32, i64, lines, set } from '../machine/lib/programs.ts';
import { plannedRun, proveInShards, type RunOf } from './lib/shards.ts';

/** Uses everything: calls through a table, a page that grows, data, bytes, conjunctions, powers of two, words in and out. */
const ALL: Uint8Array = moduleBytes({
  types: ['i32 -> i64', ' -> i64', 'i64 -> ', 'i32 -> i32'],
  imports: [
    ['env', 'wasm_input', { kind: 'func', type: 0 }],
    ['env', 'wasm_output', { kind: 'func', type: 2 }],
  ],
  functions: [
    {
      type: 0,
      locals: ['i32', 'i64'],
      code: lines(
        [i32(1), ['memory.grow'], 'drop', i32(70_000), i32(0), ['call', 0], ['i64.store', 3, 0]],
        ['loop', i32(8), i32(8), ['i32.load', 2, 0], i32(0), i32(0), ['call_indirect', 3, 0]],
        ['i32.add', ['i32.store', 2, 0], i32(13), get(1), ['i32.store8', 0, 0]],
        [
          get(2),
          i32(13),
          ['i64.load8_u', 0, 0],
          get(2),
          i64(3n),
          'i64.shl',
          'i64.xor',
          'i64.or',
          i64(0xff0fn),
          'i64.and',
          set(2),
        ],
        [get(1), i32(1), 'i32.add', set(1), get(1), get(0), 'i32.lt_u', ['br_if', 0], 'end'],
        [get(2), ['call', 1], i32(70_000), ['i64.load', 3, 0]],
      ),
    },
    { type: 3, code: [get(0), i32(7), 'i32.add'] },
  ],
  tables: [{ type: 'funcref', limits: { min: 1, max: 1 } }],
  memories: [{ min: 1, max: 3 }],
  exports: [['f', 'func', 2]],
  elements: [{ offset: [i32(0)], functions: [3] }],
  datas: [{ offset: [i32(8)], bytes: [1, 2, 3, 4] }],
});

const RUN: RunOf = { wasm: ALL, entry: 'f', args: [6n], privateInputs: [77n] };
/** A proof of a run in shards takes some seconds, so usually lies of a few tags are proven; `WATTEST_SOUNDNESS=full` proves them all. */
const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';
const PROVEN = ['MEM', 'CHAIN', 'INSTR', 'MASK'];

interface Party {
  readonly shard: number;
  readonly chip: string;
  readonly row: number;
  /** Main column that a field of the tuple reads. */
  readonly column: Column;
}

/** Tuples as text, with what each shard sends of it more than it receives; some row of the tuple by shard. */
type Balances = Map<string, { readonly of: Map<number, bigint>; readonly parties: Map<number, Party> }>;

const evaluate = (expression: Expression<Column>, cell: (column: Column) => bigint): bigint => {
  switch (expression.op) {
    case 'constant':
      return Fr.from(expression.value);
    case 'column':
      return cell(expression.column);
    case 'challenge':
      throw new RangeError('a tuple has no challenge');
    default: {
      const [a, b] = [evaluate(expression.left, cell), evaluate(expression.right, cell)];
      return expression.op === 'add' ? Fr.add(a, b) : expression.op === 'sub' ? Fr.sub(a, b) : Fr.mul(a, b);
    }
  }
};

function columnsIn(expression: Expression<Column>): Column[] {
  if (expression.op === 'column') return [expression.column];
  return 'left' in expression ? [...columnsIn(expression.left), ...columnsIn(expression.right)] : [];
}

/** Fields that are zero at the end mean nothing. */
const textOf = (tuple: readonly bigint[]): string => tuple.join(' ').replace(/( 0)+$/, '');

describe('tuples between shards', () => {
  let session: Session;
  let balances: Balances;
  let shards = 0;
  before(async () => {
    session = await openSession({ maxLog: 14, onWarning: () => {} });
    balances = new Map();
    const { known } = await plannedRun(session, RUN);
    const image = imageColumns(known.program).columns;
    // Witnesses as the prover fills them; the proof itself is not looked at.
    const seen = new Set<number>();
    const { document } = await proveInShards(session, RUN, {
      dishonest: (shard, witness) => {
        if (seen.has(shard)) return;
        seen.add(shard);
        add(shard, witness, image);
      },
    });
    ({ shards } = document);
    assert.equal(await answer(document), 'accepted');
    const program = known.identity.proving.key;
    for (const { sign, tuple } of publicTuples(session.verifyingKey.shape.publicTerms, {
      program,
      statement: document.statement,
    }))
      count(textOf(tuple), -1, BigInt(sign), undefined);
  });
  after(() => session.dispose());

  const answer = (document: ProofDocument): Promise<Verdict> =>
    asyncVerdictOf(verify(session, { document, wasm: ALL }));

  /** @param shard −1 stands for the statement */
  function count(text: string, shard: number, by: bigint, party: Party | undefined): void {
    const entry = balances.get(text) ?? { of: new Map(), parties: new Map() };
    balances.set(text, entry);
    entry.of.set(shard, (entry.of.get(shard) ?? 0n) + by);
    if (party !== undefined) entry.parties.set(shard, party);
  }

  function add(shard: number, witness: FilledShard, image: readonly ColumnValues[]): void {
    const { engine } = session;
    const chips = new Map(
      (['body', 'closing'] as const).flatMap((kind) =>
        machineSystem({ kind }).chips.map((chip): [string, Chip] => [chip.name, chip]),
      ),
    );
    for (const { name, log, columns } of witness) {
      const chip = chips.get(name)!;
      const fixed: readonly ColumnValues[] =
        name === tables.chip.name ? tableColumns() : name === 'image' ? image : [];
      const values = columns.map((column) => {
        if (column.kind !== 'ints') return engine.read(column, 0, 2 ** log);
        return { words: column.words as 1 | 2, data: engine.words(column).slice() };
      });
      for (let row = 0; row < 2 ** log; row++) {
        const cell = ({ stage, index }: Column): bigint =>
          valueAt((stage === 'main' ? values : fixed)[index]!, row);
        for (const { multiplicity, sign, tuple } of chip.interactions) {
          const m = evaluate(multiplicity, cell);
          if (m === 0n) continue;
          const column = tuple
            .slice(1)
            .flatMap(columnsIn)
            .find(({ stage }) => stage === 'main');
          const party = column && { shard, chip: name, row, column };
          const parts = tuple.map((field) => evaluate(field, cell));
          count(textOf(parts), shard, BigInt(sign) * m, party);
        }
      }
    }
  }
  /** A tuple of this tag that a body takes or sends and another shard, or the statement, sends or takes. */
  function crossing(code: number): Party | undefined {
    for (const [text, { of, parties }] of balances) {
      if (Number(text.split(' ')[0]) !== code) continue;
      for (const [shard, net] of of) {
        const party = parties.get(shard);
        if (net !== 0n && shard < shards - 1 && party !== undefined) return party;
      }
    }
    return undefined;
  }

  it('each balances over all shards and the statement, exactly', () => {
    assert.ok(shards >= 4, `${shards} shards`);
    const off = [...balances].filter(([, { of }]) => [...of.values()].reduce((a, b) => a + b, 0n) !== 0n);
    assert.deepEqual(off.map(([text]) => text).slice(0, 5), []);
  });

  for (const { name, code } of TAGS) {
    it(`${name} crosses a cut${FULL || PROVEN.includes(name) ? ', and a forged one is refused' : ''}`, async () => {
      const party = crossing(code);
      assert.ok(party !== undefined, `no tuple of ${name} leaves its shard`);
      if (!FULL && !PROVEN.includes(name)) return;
      const { document } = await proveInShards(session, RUN, {
        dishonest: (shard, witness) => {
          if (shard !== party.shard) return;
          const column = witness.find((chip) => chip.name === party.chip)!.columns[party.column.index]!;
          const { engine } = session;
          if (column.kind === 'ints') engine.words(column)[party.row * column.words]! += 1;
          else engine.write(column, party.row, [Fr.add(engine.read(column, party.row, 1)[0]!, 1n)]);
        },
      });
      assert.match(await answer(document), /^PROOF_(SUM|IDENTITY)$/);
    });
  }
});
