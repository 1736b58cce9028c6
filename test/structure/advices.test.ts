/** Every advice of `sdk/src` stands in a table of test/advice: followed by a test there or elsewhere, or with the reason why it cannot be. */
import assert from 'node:assert/strict';
import { listAdvices } from '../advice/lib/advices.ts';
import { TABLES } from '../advice/tables.ts';
import { readSource } from './sources.ts';

describe('structure: advices of errors', () => {
  const advices = listAdvices();
  const entries = Object.values(TABLES).flatMap((table) => Object.entries(table));

  it('each has a test that follows it, or a reason why none can', () => {
    const known = new Set(entries.map(([text]) => text));
    const without = advices.filter(({ text }) => !known.has(text));
    assert.deepEqual(
      without.map(({ text, places }) => `${places[0]}: ${text}`),
      [],
      'say in a table of test/advice what somebody does who follows it',
    );
  });

  it('no test is of an advice that nothing gives, or stands twice', () => {
    const given = new Set(advices.map(({ text }) => text));
    assert.deepEqual(
      entries.map(([text]) => text).filter((text) => !given.has(text)),
      [],
    );
    assert.equal(new Set(entries.map(([text]) => text)).size, entries.length);
  });

  it('tests elsewhere that follow one are there', () => {
    for (const [text, entry] of entries) {
      if (typeof entry === 'function' || !('test' in entry)) continue;
      assert.ok(
        readSource(entry.test).includes(entry.title),
        `${text}: ${entry.test} has no "${entry.title}"`,
      );
    }
  });

  it('finds them in every way in which the sources give them', () => {
    const text = (part: string): string[] =>
      advices.filter((each) => each.text.includes(part)).map((each) => each.text);
    // An argument, a default, a conditional, a constant of another file, a template, a table.
    assert.equal(text('Use it as it is').length, 1);
    assert.equal(text('The file is damaged or cut off').length, 1);
    assert.equal(text('Give a Uint8Array').length, 1);
    assert.ok(
      advices.find(
        (each) => each.text === 'The proof is forged, corrupt, or for another program or statement',
      )!.places.length > 5,
    );
    assert.ok(text('Allow more with --max-log …').length === 1);
    assert.equal(text('Compile without stringref').length, 1);
    assert.ok(advices.length > 200);
  });
});
