import assert from 'node:assert/strict';
import { Reader } from '../../sdk/src/json/reader.ts';

const ERRORS = { code: 'KEY_INVALID', fix: 'Give another' } as const;
const of = (value: unknown): Reader => new Reader(value, 'x.json', ERRORS);
const refused = (read: () => unknown, message: string): void =>
  assert.throws(read, { code: 'KEY_INVALID', message: `x.json: ${message}` });

describe('the reader of values from outside', () => {
  it('names file and place of what is malformed', () => {
    const json = of({ a: { b: [{ c: 1 }] } });
    assert.deepEqual(
      json
        .at('a')
        .at('b')
        .list((item) => item.at('c').integer()),
      [1],
    );
    refused(
      () =>
        json
          .at('a')
          .at('b')
          .list((item) => item.at('c').text()),
      'a.b[0].c is not a text',
    );
    refused(() => json.at('a').at('c').text(), 'a.c is missing');
    refused(() => json.at('a').at('b').at('0'), 'a.b is not an object');
    refused(() => of(null).at('a'), 'the whole is not an object');
    refused(() => of([]).at('length'), 'the whole is not an object');
    assert.throws(() => Reader.parse('[', 'x.json', ERRORS), { message: 'x.json: not JSON' });
  });

  it('refuses what is nested without end before the engine takes memory for it, and counts no brackets in texts', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    assert.ok(Array.isArray(Reader.parse(nested(64), 'x.json', ERRORS).value));
    for (const text of [nested(65), '{"a":'.repeat(65), '['.repeat(2 ** 20)])
      assert.throws(() => Reader.parse(text, 'x.json', ERRORS), { message: 'x.json: not JSON' });
    const text = `${'['.repeat(100)}\\"${'{'.repeat(100)}`;
    assert.deepEqual(Reader.parse(JSON.stringify({ text }), 'x.json', ERRORS).value, { text });
  });

  it('says what it is told to say in place of what is wrong', () => {
    const reader = new Reader({ a: 1 }, 'f', { ...ERRORS, problem: 'is bad' });
    assert.throws(() => reader.at('a').text(), { message: 'f: a is bad' });
    assert.throws(() => reader.at('b').text(), { message: 'f: b is bad' });
  });

  it('takes members of the object alone, whatever they are called', () => {
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty'])
      assert.equal(of({}).at(name).value, undefined);
    const parsed = Reader.parse('{"__proto__":{"format":"f"}}', 'x', ERRORS);
    assert.equal(parsed.at('format').value, undefined);
    assert.deepEqual(parsed.at('__proto__').value, { format: 'f' });
    assert.equal(of(Object.create({ format: 'f' })).at('format').value, undefined);
  });

  it('reads lists by index, holes too, up to a length', () => {
    refused(() => of(new Array(2)).list((item) => item.text()), '[0] is missing');
    refused(() => of([1, 2]).list((item) => item.integer(), 1), 'the whole has more than 1 entries');
    refused(() => of({ length: 0 }).list((item) => item.value), 'the whole is not a list');
  });

  const numbers: readonly (readonly [string, (reader: Reader) => unknown, unknown[], unknown[]])[] = [
    ['integers', (r) => r.integer(5), [0, 5, -0], [6, -1, 1.5, NaN, Infinity, '1', 1n, null, undefined]],
    [
      'hexadecimal numbers',
      (r) => r.number(256n),
      ['0x0', '0xff'],
      ['0x100', '0xFF', '0x', '255', 1, `0x${'0'.repeat(65)}`],
    ],
    [
      'decimal numbers',
      (r) => r.decimal(100n),
      ['0', '99', 7],
      ['100', '00', '01', '-1', '+1', ' 1', '1.0', '', 1.5, -1, '9'.repeat(1e6)],
    ],
    ['bytes', (r) => r.hex(2), ['0x00ff'], ['0x00', '0x00FF', '0x00f', '00ff', '0x00ff00', 1]],
    ['truth values', (r) => r.boolean(), [true, false], ['true', 1, 0, null, undefined]],
    ['choices', (r) => r.oneOf(['a', 'b']), ['a'], ['c', '', 0, ['a']]],
  ];
  for (const [what, read, good, bad] of numbers) {
    it(`takes ${what} in one spelling and one range`, () => {
      for (const value of good) assert.doesNotThrow(() => read(of(value)), String(value));
      for (const value of bad)
        assert.throws(() => read(of(value)), { code: 'KEY_INVALID' }, String(value).slice(0, 20));
    });
  }

  it('the same bytes of any length', () => {
    assert.equal(of('0x').hex(), '0x');
    refused(() => of('0x1').hex(), 'the whole is not a number of bytes in lower-case hexadecimal');
  });
});
