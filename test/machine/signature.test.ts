/** Texts of typed entries: proof files have them, so whoever writes one must not be able to keep a reader busy. */
import assert from 'node:assert/strict';
import { formatEntry, parseEntry } from '../../sdk/src/machine/signature.ts';
import { createRandom } from '../kernels/random.ts';
import { processorTime } from '../lib/processor-time.ts';

/** The same in one expression, which takes the cube of a text's length. */
function partsOf(text: string): readonly (string | undefined)[] | undefined {
  return /^\s*(.*?)\s*\(([^()]*)\)\s*(?:->\s*(.*?)\s*)?(?:\bvia\s+([^\s()]+)\s*)?$/s.exec(text)?.slice(1);
}

describe('texts of typed entries', () => {
  it('mean what one expression says', () => {
    const random = createRandom('texts of typed entries');
    const words = [
      'f',
      '(',
      ')',
      '()',
      '(i32)',
      ' ',
      '  ',
      '\n',
      '->',
      'via',
      ' via x',
      'i32',
      'private i32',
      ',',
    ];
    let entries = 0;
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: 1 + random.below(9) }, () => words[random.below(words.length)]!).join(
        '',
      );
      const parsed = parseEntry(text);
      const parts = partsOf(text);
      assert.equal(parsed === undefined, parts === undefined, JSON.stringify(text));
      if (typeof parsed !== 'object') continue;
      entries++;
      const [name, list, result, allocator] = parts!;
      assert.equal(parsed.name, name, JSON.stringify(text));
      assert.equal(parsed.signature.allocator, allocator, JSON.stringify(text));
      assert.equal(parsed.signature.result, result, JSON.stringify(text));
      const types = parsed.signature.parameters.map(
        ({ type, isPrivate }) => `${isPrivate ? 'private ' : ''}${type}`,
      );
      assert.equal(
        types.join(),
        list!
          .split(',')
          .map((item) => item.trim())
          .join(),
        JSON.stringify(text),
      );
      // A name that ends like an allocator's is another entry's text.
      if (!/[()]/.test(parsed.name)) assert.deepEqual(parseEntry(formatEntry(parsed)), parsed);
    }
    assert.ok(entries > 500, `${entries}`);
  });

  it('take time that grows with their length, whatever stands in them', () => {
    const spaces = ' '.repeat(500_000);
    for (const text of [
      `${spaces}x`,
      `f${spaces}x`,
      `f(x${spaces}x)`,
      `f(private${spaces}x)`,
      `f() -> ${spaces}x${spaces}(`,
      `f() -> tuple${spaces}x`,
      `f() -> tuple<i32${spaces}x>`,
      'f() via '.repeat(100_000),
      `f() -> ${'via '.repeat(100_000)}`,
      `f() via${spaces}x x`,
      '()'.repeat(500_000),
      '('.repeat(500_000),
    ]) {
      const ms = processorTime(() => parseEntry(text));
      assert.ok(ms < 5000, text.replaceAll(/\s+/g, ' ').slice(0, 40));
    }
  });
});
