/** docs/security.md and soundness.md: their references lead somewhere, and what the former promises of identities holds. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { proofPath } from '../../scripts/lib/fixtures.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { DEFAULT_MAX_LOG, openSession, type ProofDocument, verify } from '../../sdk/src/index.ts';
import { TABLES_LOG } from '../../sdk/src/machine/chips/tables.ts';
import { machineSystem, powersFor } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { maxLog } from '../../sdk/src/plonk/declare/shape.ts';
import { asyncVerdictOf, type Verdict } from '../lib/verdict.ts';
import { figure } from './lib/report.ts';
import { allCases, describeCase } from './smt/cases.ts';

const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

/** Titles of the tests that a file runs: of `it` or, where the tests are a table, of its `name`. Nothing may be skipped. */
function testsIn(source: string): Set<string> {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  assert.doesNotMatch(code, /\b(?:it|describe|context)\.(?:skip|only)\b|\bx(?:it|describe)\(|\.skip\(\)/);
  const titles = code.matchAll(/(?:\bit\(\s*|\bname: )(?:'((?:[^'\\\n]|\\.)+)'|"([^"\n]+)")/g);
  return new Set([...titles].map(([, single, double]) => double ?? single!.replaceAll("\\'", "'")));
}

/** How many titles of tests a row names by file; all of them exist. */
function titlesIn(row: string): number {
  const references = [...row.matchAll(/`(test\/[^`]+)`((?:(?:: |, )"[^"]+")*)/g)];
  assert.ok(references.length > 0, row);
  let titles = 0;
  for (const [, file, quoted] of references) {
    assert.ok(existsSync(join(ROOT, file!)), file);
    const tests = testsIn(readFileSync(join(ROOT, file!), 'utf8'));
    const named = [...quoted!.matchAll(/"([^"]+)"/g)].map(([, title]) => title!);
    assert.ok(named.length > 0, `${file} without a title: ${row}`);
    for (const title of named) assert.ok(tests.has(title), `${file} has no test "${title}"`);
    titles += named.length;
  }
  return titles;
}

describe('docs/soundness.md', () => {
  const chain = readFileSync(join(ROOT, 'docs/soundness.md'), 'utf8');
  const rows = chain.split('\n').filter((line) => /^\| [A-Z]\d \|/.test(line));
  const listed = (row: string, kind: RegExp): string[] =>
    [...row.matchAll(kind)].flatMap(([, list]) => [...list!.matchAll(/"([^"]+)"/g)].map(([, name]) => name!));

  it('each lemma follows from lemmas before it, and all lead to the last', () => {
    const used = new Set<string>();
    const known: string[] = [];
    for (const row of rows) {
      const [, lemma, , from] = row.split('|').map((cell) => cell.trim());
      for (const name of from === '–' ? [] : from!.split(', ')) {
        assert.ok(known.includes(name), `${lemma} from ${name}`);
        used.add(name);
      }
      known.push(lemma!);
    }
    assert.equal(new Set(known).size, known.length);
    // The row checker is who judges in tests, and no step of the chain.
    assert.deepEqual(
      known.filter((lemma) => !used.has(lemma)),
      ['P4', 'E3'],
    );
  });

  it('names tests, cases and rules that exist', () => {
    let titles = 0;
    for (const row of rows) if (row.includes('`test/')) titles += titlesIn(row);
    const cases = new Set(allCases().map(describeCase));
    const named = rows.flatMap((row) => listed(row, /smt ("[^"]+"(?:, "[^"]+")*)/g));
    for (const name of named) assert.ok(cases.has(name), `no SMT case "${name}"`);
    const source = readFileSync(join(ROOT, 'sdk/src/machine/verify-image/rules.ts'), 'utf8');
    const rules = [...source.matchAll(/^ {2}\| '([^']+)'/gm)].map(([, rule]) => rule!);
    const carried = rows.flatMap((row) => listed(row, /rules? ("[^"]+"(?:, "[^"]+")*)/g));
    assert.deepEqual(carried.toSorted(), rules.toSorted());
    figure(
      `${rows.length} lemmas, with ${titles} tests, ${named.length} SMT cases and ${rules.length} rules by name`,
    );
    assert.ok(titles > 40 && named.length > 10);
  });
});

describe('docs/security.md', () => {
  it('has all 31 lines and the 15 of composition, each with a test that exists under its title', () => {
    const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
    assert.deepEqual(
      rows.map((row) => Number(/^\| (\d+)/.exec(row)![1])),
      Array.from({ length: 46 }, (_, i) => i + 1),
    );
    const titles = rows.reduce((sum, row) => sum + titlesIn(row), 0);
    figure(`${titles} tests named in ${rows.length} lines of docs/security.md exist and are run`);
    assert.ok(titles >= 40, `${titles}`);
  });

  it('knows a test from a mention of it and from one that is skipped', () => {
    const source = [
      "it('is run', () => {});",
      'it(\n  "another\'s", () => {});',
      "  // it('is a comment', () => {});",
      "const text = 'is a text';",
      "{ name: 'is told', tell },",
    ].join('\n');
    assert.deepEqual([...testsIn(source)], ['is run', "another's", 'is told']);
    // In two parts, for this file is one of those that are read.
    for (const parts of [
      ['it', '.skip'],
      ['describe', '.skip'],
      ['x', 'it('],
      ['this.', 'skip()'],
      ['it', '.only'],
    ]) {
      assert.throws(() => testsIn(parts.join('')), assert.AssertionError, parts.join(''));
    }
  });

  it('counts interactions, constraints and claims as they are', () => {
    const { shape, chips } = layout(machineSystem());
    const free = chips.filter(({ chip }) => chip.name !== 'tables');
    const powers = powersFor(DEFAULT_MAX_LOG);
    assert.match(
      text,
      new RegExp(`\\(\`maxLog\` ${DEFAULT_MAX_LOG}, \`D = ${powers.toLocaleString('en')}\`\\)`),
    );
    for (const { index } of free) assert.equal(maxLog(shape, powers, index), 17);
    const interactions = free.reduce((sum, { chip }) => sum + chip.interactions.length, 0);
    assert.match(text, new RegExp(`I = ${interactions}·2\\^17 \\+ 3·2\\^16`));
    const [tables] = chips.filter(({ chip }) => chip.name === 'tables');
    assert.equal(tables!.chip.interactions.length * 2 ** TABLES_LOG, 3 * 2 ** 16);
    assert.match(text, new RegExp(`\`δ = 2\\^29/${Math.min(...shape.packs.map(({ t }) => t))}\``));
    const degrees = schedule(shape).moduli.reduce((sum, { t }) => sum + t, 0);
    assert.match(text, new RegExp(`\`2\\^29 \\+ ${degrees}\``));
    const constraints = shape.chips.reduce((sum, chip) => sum + chip.constraints, 0) + 1;
    assert.match(text, new RegExp(`${constraints} constraints with φ's`));
    assert.match(text, new RegExp(`a false value among ${schedule(shape).claims.length} `));
    assert.match(
      text,
      new RegExp(`tuples of \`s = ${Math.max(...shape.tags.map(({ fields }) => fields))}\``),
    );
  });

  it('bounds the soundness error from above, line by line and in all', () => {
    const { shape, chips } = layout(machineSystem());
    const { claims, moduli } = schedule(shape);
    const free = chips.filter(({ chip }) => chip.name !== 'tables');
    const interactions = free.reduce((sum, { chip }) => sum + chip.interactions.length, 0);
    const fields = Math.max(...shape.tags.map(({ fields: count }) => count));
    const onBus = (interactions * 2 ** 17 + 3 * 2 ** 16) * fields;
    const delta = 2 ** 29 / Math.min(...shape.packs.map(({ t }) => t));
    const hits: Readonly<Record<string, number>> = {
      'a zero denominator': onBus,
      'an unbalanced bus': onBus,
      'false constraints': shape.chips.reduce((sum, { constraints }) => sum + constraints, 0),
      'a false identity': 2 ** 17 + shape.maxDegree * delta,
      'a false value': claims.length - 1,
      'a false quotient': 2 ** 29 + moduli.reduce((sum, { t }) => sum + t, 0),
    };
    const bias = 6 / (2 ** 256 / Number(FR_MODULUS));
    let sum = 0;
    for (const [what, count] of Object.entries(hits)) {
      const [, listed] = new RegExp(`\\| ${what}[^\\n]*\\| \`2\\^-([\\d.]+)\` \\|\\n`).exec(text) ?? [];
      const actual = Math.log2(count * bias) - Math.log2(Number(FR_MODULUS));
      assert.ok(
        actual <= -Number(listed) && actual > -Number(listed) - 0.2,
        `${what}: 2^${actual}, ${listed}`,
      );
      sum += 2 ** actual;
    }
    const [, total] = /\| sum \| \*\*`2\^-(\d+)`\*\* \|/.exec(text) ?? [];
    assert.equal(Math.ceil(Math.log2(sum)), -Number(total));
  });

  it('ids and digests of zeros are refused', async () => {
    const zeros = `0x${'00'.repeat(32)}` as const;
    const document = readProofDocument(readFileSync(proofPath('fibonacci'), 'utf8'), 'fibonacci');
    const session = await openSession({ onWarning: () => {} });
    try {
      const refusal = (change: Partial<ProofDocument>, programId = document.programId): Promise<Verdict> =>
        asyncVerdictOf(verify(session, { document: { ...document, ...change }, programId }));
      assert.equal(await refusal({}), 'accepted');
      assert.equal(await refusal({ verifyingKey: zeros }), 'PROOF_FOREIGN_KEY');
      assert.equal(await refusal({ programId: zeros }), 'PROOF_PROGRAM');
      assert.equal(await refusal({ programId: zeros }, zeros), 'PROOF_PROGRAM');
    } finally {
      await session.dispose();
    }
  });
});
