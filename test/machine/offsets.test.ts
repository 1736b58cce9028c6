/** Static offsets beyond every memory never become rows: such an access could name a cell that every image has. */
import assert from 'node:assert/strict';
import { execute } from '../../sdk/src/machine/execute/execute.ts';
import { CHAIN_END, MAX_OFFSET, MEMORY } from '../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../sdk/src/machine/program.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import { verifyImage } from '../../sdk/src/machine/verify-image/verify-image.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';
import { decodeModule } from '../../sdk/src/wasm/decode.ts';
import { validateModule } from '../../sdk/src/wasm/validate.ts';

function loadAt(offset: number): Program {
  const module = decodeModule(
    moduleBytes({
      types: ['i32 -> i32'],
      functions: [
        {
          type: 0,
          code: [
            ['local.get', 0],
            ['i32.load', 2, offset],
          ],
        },
      ],
      memories: [{ min: 1, max: undefined }],
      exports: [['f', 'func', 0]],
    }),
  );
  validateModule(module);
  return translate(module, { entry: 'f' });
}

describe('machine: offsets', () => {
  it('no effective address reaches the cell that ends the chain of keys', () => {
    const highest = 2 ** 32 - 1 + MAX_OFFSET - 1 + 8;
    assert.ok(MEMORY + Math.floor(highest / 4) + 1 < CHAIN_END);
  });

  for (const offset of [MAX_OFFSET, 0xffff_fffc, 0xffff_ffff]) {
    it(`a load at offset 0x${offset.toString(16)} traps without a row of memory`, () => {
      const program = loadAt(offset);
      for (const address of [0n, 0xffff_fffdn]) {
        assert.equal(execute(program, { args: [address] }).trap?.name, 'memoryOutOfBounds');
      }
      assert.ok(!program.code.c.subarray(0, program.code.length).includes(offset));
    });
  }

  it('the image refuses an offset that the translator would not emit', () => {
    const { code, ...rest } = loadAt(8);
    const c = code.c.slice();
    c[c.indexOf(8)] = MAX_OFFSET;
    assert.throws(() => verifyImage({ ...rest, code: { ...code, c } }), { code: 'IMAGE_INVALID' });
  });
});
