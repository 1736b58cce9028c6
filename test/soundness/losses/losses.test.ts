/** Each constraint and each interaction of each chip, left out, is noticed: by what docs/losses.md says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SYSTEM } from '../../machine/chips/harness.ts';
import { figure } from '../lib/report.ts';
import { Bench, KINDS } from './evidence.ts';
import { LOSSES, textOf } from './losses.ts';
import { LOSSES_PAGE, printPage, readPage } from './page.ts';

describe('the machine without one of its constraints or interactions', () => {
  const text = readFileSync(LOSSES_PAGE, 'utf8');
  const recorded = readPage(text);
  let bench: Bench;
  before(async () => {
    bench = await Bench.start();
  });
  after(() => bench[Symbol.asyncDispose]());

  it('docs/losses.md says of each what notices it; `npm run test:soundness -- --losses` writes it', () => {
    const silent = LOSSES.map(textOf).filter((loss) => !recorded.has(loss));
    assert.deepEqual(silent, []);
    assert.equal(text, printPage(recorded));
    const counts = Object.entries(KINDS).map(([kind, words]) => {
      return `${LOSSES.filter((loss) => recorded.get(textOf(loss))!.kind === kind).length} ${words}`;
    });
    figure(`${LOSSES.length} constraints and interactions: ${counts.join(', ')}`);
  });

  for (const { name } of SYSTEM.chips) {
    it(`${name}: each of its constraints and interactions is noticed by what is recorded`, async () => {
      const unnoticed: string[] = [];
      for (const loss of LOSSES.filter(({ chip }) => chip === name)) {
        const evidence = recorded.get(textOf(loss))!;
        if (!(await bench.holds(loss, evidence))) unnoticed.push(`${textOf(loss)} by ${evidence.name}`);
      }
      assert.deepEqual(unnoticed, []);
    });
  }

  it('is not noticed by what has nothing to do with it', async () => {
    const [loss, other] = ['immediate y', 'next pc'].map(
      (name) => LOSSES.find((one) => one.chip === 'alu' && one.name === name)!,
    ) as [(typeof LOSSES)[number], (typeof LOSSES)[number]];
    assert.equal(await bench.holds(loss, recorded.get(textOf(other))!), false);
    assert.equal(await bench.holds(loss, { kind: 'honest', name: 'control' }), false);
    assert.equal(await bench.holds(loss, { kind: 'ghost', name: 'a row of minus one' }), false);
    assert.equal(await bench.holds(loss, { kind: 'implied', name: 'one flow of states' }), false);
    assert.equal(await bench.holds(loss, { kind: 'smt', name: 'mem get [get] full' }), false);
  });
});
