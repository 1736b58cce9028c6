/** Least heights: proofs of runs of different lengths that cannot be told apart by their heights. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type LeastHeights,
  openSession,
  type ProofDocument,
  type ProveResult,
  prove,
  readProofDocument,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';
import { wattest } from '../cli/lib/wattest.ts';

/** Counts down from its argument. */
const WASM = moduleBytes({
  types: ['i32 -> i32'],
  functions: [
    {
      type: 0,
      code: [
        ['loop'],
        ['local.get', 0],
        ['i32.const', 1],
        'i32.sub',
        ['local.tee', 0],
        ['br_if', 0],
        'end',
        ['local.get', 0],
      ],
    },
  ],
  exports: [['f', 'func', 0]],
});
const SHAPE: LeastHeights = { alu: 9, mem: 9, memx: 4, wide: 4, ctl: 9, boundary: 5 };

/** The word of the proof that holds the heights, behind the selector. */
const heightsOf = ({ proof }: ProofDocument): string => proof.slice(10, 10 + 64);

describe('shape', () => {
  let session: Session;
  const proveFor = (rounds: number, shape?: LeastHeights): Promise<ProveResult> =>
    prove(session, { wasm: WASM, args: [rounds], ...(shape === undefined ? {} : { shape }) });
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  after(() => session.dispose());

  it('makes the heights of a short and a long run equal', async () => {
    const [short, long, plain] = [await proveFor(1, SHAPE), await proveFor(100, SHAPE), await proveFor(1)];
    assert.notDeepEqual(short.rows, long.rows);
    assert.deepEqual(short.heights, { ...SHAPE, image: short.heights['image'], tables: 14 });
    assert.equal(heightsOf(short.document), heightsOf(long.document));
    assert.notEqual(heightsOf(short.document), heightsOf(plain.document));
    assert.deepEqual([short.warnings, long.warnings], [[], []]);
    for (const { document } of [short, long]) await verify(session, { document, wasm: WASM });
  });

  it('a chip that is usually short may be the tallest, of a pack and of the proof', async () => {
    for (const shape of [
      { wide: 15, boundary: 4 },
      { boundary: 13, ctl: 12, alu: 8 },
    ]) {
      const { document, heights } = await proveFor(1, shape);
      for (const [name, log] of Object.entries(shape)) assert.equal(heights[name], log, name);
      await verify(session, { document, wasm: WASM });
    }
  });

  it('warns where a run does not fit', async () => {
    const { warnings, heights } = await proveFor(100, { alu: 4, memx: 4 });
    assert.ok(heights['alu']! > 4);
    assert.deepEqual(warnings, [
      `alu takes 2^${heights['alu']} rows, more than 2^4: the proof shows that this run is longer`,
    ]);
  });

  it('refuses other chips and heights by name, before anything else', async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ alu: 18 }, /height of alu is not a whole number from 4 to 17/],
      [{ alu: 2 }, /height of alu/],
      [{ mem: 4.5 }, /height of mem/],
      [{ mem: '4' }, /height of mem/],
      [{ tables: 14 }, /no chip "tables" has its height from the run/],
      [{ image: 5 }, /no chip "image"/],
      [{ constructor: 5 }, /no chip "constructor"/],
    ];
    for (const [shape, message] of cases) {
      await assert.rejects(prove(session, { wasm: new Uint8Array(), shape: shape as LeastHeights }), {
        code: 'INPUT_INVALID',
        message,
      });
    }
  });

  it('stands on the command line too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-shape-'));
    try {
      const [wasm, proof] = [join(folder, 'f.wasm'), join(folder, 'f.json')];
      writeFileSync(wasm, WASM);
      const proveBy = (text: string): ReturnType<typeof wattest> =>
        wattest(['prove', wasm, '--args', '1', '-o', proof, '--shape', text]);
      for (const text of ['alu', 'alu=', 'alu=1,alu=2', 'alu=123', '', 'alu=4,']) {
        const { code, err } = await proveBy(text);
        assert.deepEqual([code, /^wattest: \[USAGE\] .*--shape/.test(err)], [2, true], `${text}: ${err}`);
      }
      const { err: unknown } = await proveBy('tables=14');
      assert.match(
        unknown,
        /\[INPUT_INVALID\] shape: no chip "tables".*Name one of alu, mem, memx, wide, ctl/,
      );
      assert.ok(!existsSync(proof));
      const list = Object.entries(SHAPE).map(([name, log]) => `${name}=${log}`);
      const { code, err } = await proveBy(list.join());
      assert.equal(code, 0, err);
      const document = readProofDocument(readFileSync(proof, 'utf8'), proof);
      assert.equal(heightsOf(document).slice(0, 12), '090904040905');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
