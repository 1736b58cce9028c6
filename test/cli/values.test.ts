/** Values of options as people write them. */
import assert from 'node:assert/strict';
import { millisecondsOf, secondsOf } from '../../sdk/src/cli/values.ts';

describe('times on the command line', () => {
  it('a count and its unit; a bare number is of the unit of the option', () => {
    for (const [text, seconds] of [
      ['1', 1],
      ['3600', 3600],
      ['45s', 45],
      ['30m', 1800],
      ['12h', 43_200],
      ['7d', 604_800],
      ['2000ms', 2],
      ['36500d', 3_153_600_000],
    ] as const)
      assert.equal(secondsOf(text), seconds, text);
    assert.deepEqual(['0', '250', '3s', '1m'].map(millisecondsOf), [0, 250, 3000, 60_000]);
  });

  it('what is none, nothing, a part of a second or longer than anybody waits is refused', () => {
    const refuses = (parse: (text: string) => number, text: string, problem: RegExp): void =>
      assert.throws(() => parse(text), { code: 'commander.invalidArgument', message: problem }, text);
    for (const parse of [secondsOf, millisecondsOf]) {
      for (const text of [
        '',
        ' ',
        'd',
        '1w',
        '1.5h',
        '-1',
        '+1',
        '1 d',
        '1d12h',
        '1D',
        '0x10',
        '1e3',
        '1s\n',
      ])
        refuses(parse, text, /is not a time/);
      for (const text of ['36501d', '999999999d', '876001h']) refuses(parse, text, /hundred years/);
    }
    refuses(secondsOf, '999999999999999', /hundred years/);
    for (const text of ['0', '0d']) refuses(secondsOf, text, /no time at all/);
    refuses(secondsOf, '1500ms', /not whole seconds/);
  });
});
