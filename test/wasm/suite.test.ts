import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { decodeModule, validateModule } from '../../sdk/src/wasm/index.ts';

/** The official test suite, which is not part of this repository, and the converter of Debian's package wabt. */
const SUITE = join(import.meta.dirname, '../../../shared/wasm-testsuite');

interface Command {
  readonly type: string;
  readonly line: number;
  readonly filename?: string;
  readonly module_type?: 'binary' | 'text';
  readonly text?: string;
}

/** What each command that carries a module asks of decoder and validator. */
const EXPECTED: Readonly<Record<string, string>> = {
  module: 'valid',
  assert_unlinkable: 'valid',
  assert_uninstantiable: 'valid',
  assert_malformed: 'MODULE_MALFORMED',
  assert_invalid: 'MODULE_INVALID',
};

/**
 * Modules written as text that wast2json encodes without the data count section which `memory.init` and `data.drop`
 * need: the bytes are malformed before they are invalid, and the message below is right about them.
 */
const MALFORMED_AS_ENCODED: ReadonlySet<string> = new Set(['memory_init.wast:190', 'memory_init.wast:227']);
const MALFORMED_MESSAGE = 'data count section required';

/** What the suite of 2.0 has as malformed or invalid and WebAssembly 3.0, or a proposal behind it, gives a meaning. */
const SINCE: ReadonlySet<string> = new Set([
  'binary.wast unknown binary version',
  'binary.wast malformed section id',
  'binary.wast zero byte expected',
  'binary.wast illegal opcode',
  'binary.wast malformed import kind',
  'binary.wast integer too large',
  'global.wast malformed mutability',
  'imports.wast multiple memories',
  'memory.wast multiple memories',
]);

function unavailable(): string | undefined {
  if (!existsSync(SUITE)) return 'SKIPPED: ../shared/wasm-testsuite does not exist';
  try {
    execFileSync('wast2json', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'SKIPPED: wast2json (Debian package wabt) is not installed';
  }
}

function judge(bytes: Uint8Array): { verdict: string; message: string } {
  try {
    const module = decodeModule(bytes);
    validateModule(module);
    return { verdict: 'valid', message: '' };
  } catch (error) {
    if (!isWattestError(error)) throw error;
    return { verdict: error.code, message: error.message };
  }
}

describe('wasm decoder and validator on the official test suite', () => {
  const reason = unavailable();
  if (reason !== undefined) {
    it.skip(reason);
    return;
  }

  it('decode and validate every module, and refuse every malformed (binary) and invalid one by the right code', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-suite-'));
    try {
      const counts: Record<string, number> = {};
      let since = 0;
      const wrong: string[] = [];
      for (const file of readdirSync(SUITE).filter((name) => name.endsWith('.wast'))) {
        const output = join(folder, `${file}.json`);
        // The default features are WebAssembly 2.0; with --enable-all this converter types references beyond it.
        execFileSync('wast2json', [join(SUITE, file), '-o', output]);
        const { commands } = JSON.parse(readFileSync(output, 'utf8')) as { commands: Command[] };
        for (const { type, line, filename, module_type, text } of commands) {
          if (filename === undefined) continue;
          // Malformed text is for a text parser, which wattest does not have.
          const key = module_type === 'text' ? `${type} of text, not applicable` : type;
          counts[key] = (counts[key] ?? 0) + 1;
          if (module_type === 'text') continue;
          const { verdict, message } = judge(readFileSync(join(folder, filename)));
          const excluded = MALFORMED_AS_ENCODED.has(`${file}:${line}`) && message.includes(MALFORMED_MESSAGE);
          if (verdict === EXPECTED[type] || excluded) continue;
          if (SINCE.has(`${file} ${text}`)) since++;
          else wrong.push(`${file}:${line} ${type} "${text}": ${verdict} ${message}`);
        }
      }
      assert.deepEqual(wrong, []);
      assert.equal(since, 26);
      assert.deepEqual(counts, {
        module: 1083,
        assert_invalid: 1463,
        assert_malformed: 736,
        'assert_malformed of text, not applicable': 546,
        assert_unlinkable: 83,
        assert_uninstantiable: 34,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
