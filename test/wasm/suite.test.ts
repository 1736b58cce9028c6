import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { decodeModule, validateModule } from '../../sdk/src/wasm/index.ts';
import { openSuite } from '../machine/lib/suite-files.ts';

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

const suite = openSuite();

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
  if (suite.missing !== undefined) {
    it.skip(`SKIPPED: ${suite.missing}`);
    return;
  }

  it('decode and validate every module, and refuse every malformed (binary) and invalid one by the right code', async () => {
    const counts: Record<string, number> = {};
    let since = 0;
    const wrong: string[] = [];
    for (const file of suite.files) {
      await suite.convert(file, async (commands, bytes) => {
        for (const command of commands) {
          const { type, line, filename, module_type, text } = command;
          if (filename === undefined) continue;
          // Malformed text is for a text parser, which wattest does not have.
          const key = module_type === 'text' ? `${type} of text, not applicable` : type;
          counts[key] = (counts[key] ?? 0) + 1;
          if (module_type === 'text') continue;
          const { verdict, message } = judge(bytes(command));
          const excluded = MALFORMED_AS_ENCODED.has(`${file}:${line}`) && message.includes(MALFORMED_MESSAGE);
          if (verdict === EXPECTED[type] || excluded) continue;
          if (suite.since.has(`${file} ${text}`)) since++;
          else wrong.push(`${file}:${line} ${type} "${text}": ${verdict} ${message}`);
        }
      });
    }
    assert.deepEqual(wrong, []);
    assert.equal(since, 50);
    assert.deepEqual(counts, {
      module: 1083,
      assert_invalid: 1463,
      assert_malformed: 736,
      'assert_malformed of text, not applicable': 546,
      assert_unlinkable: 83,
      assert_uninstantiable: 34,
    });
  });
});
