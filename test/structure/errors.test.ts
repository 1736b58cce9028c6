import assert from 'node:assert/strict';
import { ERROR_CODES, fail, formatError, isWattestError, WattestError } from '../../sdk/src/errors/index.ts';
import { REFUSALS, TRAPS } from '../../sdk/src/machine/program.ts';
import { listSources, readSource } from './sources.ts';

const sources = listSources('sdk/src/**/*.ts').filter((path) => !path.startsWith('sdk/src/errors/'));
/** A code stands as a string of capitals in `fail('CODE'`, `new WattestError('CODE'` or a table of codes. */
const quoted = (code: string): string => `'${code}'`;

describe('structure: error codes', () => {
  it('every code thrown is declared', () => {
    const undeclared = sources.flatMap((path) =>
      [...readSource(path).matchAll(/\b(?:fail|new WattestError)\(\s*'([^']*)'/g)]
        .map((match) => match[1]!)
        .filter((code) => !(code in ERROR_CODES))
        .map((code) => `${path}: ${code}`),
    );
    assert.deepEqual(undeclared, []);
  });

  it('every code declared is thrown somewhere', () => {
    const text = sources.map(readSource).join('\n');
    assert.deepEqual(
      Object.keys(ERROR_CODES).filter((code) => code !== 'INTERNAL' && !text.includes(quoted(code))),
      [],
    );
  });

  it('every code has its heading in docs/errors.md', () => {
    const headings = [...readSource('docs/errors.md').matchAll(/^#+ (.*)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s+/g, '-'),
    );
    const without = Object.entries(ERROR_CODES).filter(([, { docs }]) => !headings.includes(docs));
    assert.deepEqual(without, []);
  });
});

describe('structure: traps and refusals', () => {
  /** The rows `| code | trap | … |` of the table under a heading; `2, 3` and two names may share one. */
  const documented = (path: string, heading: string): Record<string, string> => {
    const [, section] = readSource(path).split(new RegExp(`^## ${heading}$`, 'm'));
    const rows = section!.split(/^## /m)[0]!.matchAll(/^\| ([\d, ]+) \| ([^|]+) \|/gm);
    return Object.fromEntries(
      [...rows].flatMap(([, codes, names]) => {
        const texts = names!.replace(/ \(.*\)$/, '').split(', ');
        return codes!.split(', ').map((code, i) => [code, texts[i]]);
      }),
    );
  };

  for (const path of ['docs/errors.md', 'docs/machine.md']) {
    for (const [heading, all] of [
      ['Traps', TRAPS],
      ['Refusals', REFUSALS],
    ] as const) {
      it(`${path} has all ${heading}, with their codes`, () => {
        const expected = Object.values(all).map(({ code, text }) => [code, text]);
        assert.deepEqual(documented(path, heading), Object.fromEntries(expected));
      });
    }
  }
});

describe('errors: WattestError', () => {
  const thrown = (): unknown => {
    try {
      fail('MODULE_MALFORMED', 'unexpected end', {
        where: 'a.wasm+0x1f',
        fix: 'Compile it again',
        cause: 'hidden',
      });
    } catch (error) {
      return error;
    }
  };

  it('carries code, place, remedy, documentation and exit code', () => {
    const error = thrown();
    assert.ok(error instanceof WattestError);
    assert.equal(error.message, 'a.wasm+0x1f: unexpected end');
    assert.equal(error.code, 'MODULE_MALFORMED');
    assert.equal(error.where, 'a.wasm+0x1f');
    assert.equal(error.fix, 'Compile it again');
    assert.equal(error.docs, 'wattest/docs/errors.md#modules');
    assert.equal(error.exitCode, 2);
    assert.equal(error.cause, 'hidden');
    assert.ok(isWattestError(error, 'MODULE_MALFORMED'));
    assert.ok(!isWattestError(error, 'USAGE'));
    assert.ok(!isWattestError(new Error('other')));
  });

  it('prints as one line without its cause', () => {
    const line = formatError(thrown());
    assert.equal(line, 'wattest: [MODULE_MALFORMED] a.wasm+0x1f: unexpected end. Compile it again.');
  });

  it('keeps control characters of file names out of the line', () => {
    const error = new WattestError('FILE_UNREADABLE', 'cannot be read', {
      where: 'a\n\u001b[31mb\u202e',
      fix: 'Name\ta file',
    });
    assert.equal(
      formatError(error),
      'wattest: [FILE_UNREADABLE] a \ufffd[31mb\ufffd: cannot be read. Name a file.',
    );
  });

  it('ends its sentences once, whatever a library ends its messages with', () => {
    const error = new WattestError('CHAIN_CALL_FAILED', 'RPC Request failed.', { fix: 'Try again.' });
    assert.equal(formatError(error), 'wattest: [CHAIN_CALL_FAILED] RPC Request failed. Try again.');
    assert.match(formatError(new Error('Out of luck.')), /\] Out of luck\. This is/);
  });

  it('prints a fault of its own as one line', () => {
    assert.match(formatError(new TypeError('x\ny')), /^wattest: \[INTERNAL\] x y\. [^\n]*$/);
  });
});
