/** The codec against words and bytes that are written out, and what it says of values that are none. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { decodeFields, encodeFields } from '../../sdk/src/typed/codec.ts';
import { interfaceOf } from '../../sdk/src/typed/manifest.ts';
import { typedProgram } from '../../sdk/src/typed.ts';
import { packed } from './lib/echo.ts';

const fieldsOf = (type: string, max?: number | readonly number[]) =>
  interfaceOf('Test', {
    entry: 'f',
    structs: {
      Pair: [
        { name: 'x', type: 'uint8' },
        { name: 'y', type: 'bool' },
      ],
    },
    inputs: [{ name: 'a', type, ...(max === undefined ? {} : { max }) }],
  }).inputs;

function thrown(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(isWattestError(error), String(error));
    return `${error.code} ${error.message}`;
  }
  return 'nothing';
}

const MAX = (1n << 64n) - 1n;

describe('typed: the codec', () => {
  const vectors: readonly (readonly [
    type: string,
    max: number | readonly number[] | undefined,
    value: unknown,
    words: readonly bigint[],
  ])[] = [
    ['bool', undefined, true, [1n]],
    ['uint8', undefined, 255n, [255n]],
    ['int8', undefined, -1n, [MAX]],
    ['uint128', undefined, 1n << 64n, [1n, 0n]],
    ['int72', undefined, -2n, [MAX, MAX - 1n]],
    ['uint256', undefined, 0x0102n, [0n, 0n, 0n, 0x0102n]],
    [
      'address',
      undefined,
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      [0x5aaeb605n, 0x3f3e94c9b9a09f33n, 0x669435e7ef1beaedn],
    ],
    ['bytes3', undefined, '0x010203', [0x030201n]],
    ['bytes9', undefined, '0x010203040506070809', [0x0807060504030201n, 9n]],
    ['bytes', 9, '0x', [0n]],
    ['bytes', 9, '0x010203040506070809', [9n, 0x0807060504030201n, 9n]],
    ['string', 9, 'aé', [3n, 0xa9c361n]],
    ['uint8[2]', undefined, [1n, 2n], [1n, 2n]],
    ['uint8[]', 3, [1n, 2n], [2n, 1n, 2n]],
    ['Pair', undefined, { x: 7n, y: false }, [7n, 0n]],
    [
      'uint8[2][]',
      2,
      [
        [1n, 2n],
        [3n, 4n],
      ],
      [2n, 1n, 2n, 3n, 4n],
    ],
    ['bytes[]', [2, 4], ['0x01', '0x'], [2n, 1n, 1n, 0n]],
  ];
  for (const [type, max, value, words] of vectors) {
    it(`${type} ${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))}`, () => {
      const fields = fieldsOf(type, max);
      assert.deepEqual(encodeFields(fields, { a: value }, 'values'), words);
      assert.deepEqual(decodeFields(fields, words, 'words'), { a: value });
    });
  }

  it("a number's bytes in a statement are the number, big-endian", () => {
    const words = encodeFields(
      fieldsOf('address'),
      { a: '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed' },
      'values',
    );
    assert.equal(packed(words), '0x000000005aaeb6053f3e94c9b9a09f33669435e7ef1beaed');
  });

  it('integers are also small numbers and texts', () => {
    const fields = fieldsOf('int16');
    for (const value of [-5, '-5', -5n])
      assert.deepEqual(encodeFields(fields, { a: value }, 'v'), [MAX - 4n]);
    assert.deepEqual(encodeFields(fields, { a: '0x10' }, 'v'), [16n]);
  });

  const secret = '987654321';
  const values: readonly (readonly [type: string, value: unknown, message: string])[] = [
    ['uint8', `${secret}`, 'v: a is not of type uint8'],
    ['uint8', -1, 'v: a is not of type uint8'],
    ['int8', 128, 'v: a is not of type int8'],
    ['uint8', 1.5, 'v: a is not of type uint8'],
    ['uint8', '01', 'v: a is not of type uint8'],
    ['uint256', (1n << 256n).toString(), 'v: a is not of type uint256'],
    ['bool', 1, 'v: a is not true or false'],
    ['address', '0x12', 'v: a is no address: 0x and 40 hexadecimal digits'],
    ['address', '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', 'v: a is an address whose checksum is wrong'],
    ['bytes3', '0x01', 'v: a is not 3 bytes'],
    ['bytes', '0x1', 'v: a is not 0x and whole bytes in hexadecimal'],
    ['bytes', '0x0102030405', 'v: a is more than 4 bytes'],
    ['string', 'ééé', 'v: a is more than 4 bytes of UTF-8'],
    ['string', '\ud800', 'v: a is no well-formed text'],
    ['uint8[2]', [1], 'v: a is not a list of 2'],
    ['uint8[]', [1, 2, 3, 4, 5], 'v: a has more than 4 entries'],
    ['uint8[]', secret, 'v: a is not a list'],
    ['uint8[]', [1, secret], 'v: a[1] is not of type uint8'],
    ['Pair', { x: 1 }, 'v: a.y is missing'],
    ['Pair', { x: 1, y: true, [secret]: 1 }, 'v: a has other fields than x, y'],
    ['Pair', secret, 'v: a is not an object'],
  ];
  for (const [type, value, message] of values) {
    it(`refuses ${type}: ${message.slice(3)}`, () => {
      const max = /^(bytes|string|.*\[\])$/.test(type) ? 4 : undefined;
      const said = thrown(() => encodeFields(fieldsOf(type, max), { a: value }, 'v'));
      assert.equal(said, `INPUT_INVALID ${message}`);
      assert.ok(!said.includes(secret));
    });
  }

  it('refuses surplus words, and lengths that lie, without making room for them', () => {
    const refused = (type: string, words: readonly bigint[], max = 2 ** 20 - 1): string =>
      thrown(() => decodeFields(fieldsOf(type, /\[\]|^bytes$/.test(type) ? max : undefined), words, 'w'));
    assert.equal(refused('bool', [1n, 0n]), 'ENCODING_INVALID w: 1 words are left over behind the values');
    assert.equal(refused('bool', [2n]), 'ENCODING_INVALID w: a is not of type bool');
    assert.equal(refused('bool', []), 'ENCODING_INVALID w: a ends behind the last word');
    assert.equal(refused('uint8[]', [MAX]), 'ENCODING_INVALID w: a has more than 1048575');
    assert.equal(refused('uint8[]', [1048575n]), 'ENCODING_INVALID w: a ends behind the last word');
    assert.equal(
      refused('bytes', [5n, 1n << 40n]),
      'ENCODING_INVALID w: a has something other than zeros behind its last byte',
    );
    assert.equal(refused('int72', [128n, 0n]), 'ENCODING_INVALID w: a is not of type int72');
  });

  it('a typed program reads statements of its own alone', () => {
    const id = `0x${'11'.repeat(32)}` as const;
    const program = typedProgram<{ a: bigint }, Record<string, never>, { b: boolean }>('Test', id, {
      entry: 'f',
      inputs: [{ name: 'a', type: 'uint8' }],
      outputs: [{ name: 'b', type: 'bool' }],
    });
    assert.deepEqual(program.encode({ inputs: { a: 5n }, privateInputs: {} }), {
      invoke: 'f',
      publicInputs: [5n],
      privateInputs: [],
    });
    const statement = { publicInputs: [5n], publicOutputs: [1n], status: 0n };
    assert.deepEqual(program.read({ programId: id, statement }), { inputs: { a: 5n }, outputs: { b: true } });
    assert.match(
      thrown(() => program.read({ programId: `0x${'22'.repeat(32)}`, statement })),
      /^PROOF_PROGRAM/,
    );
    assert.match(
      thrown(() => program.read({ programId: id, statement: { ...statement, status: 1n } })),
      /^PROOF_STATUS/,
    );
    assert.match(
      thrown(() => program.read({ programId: id, statement: { ...statement, publicInputs: [5n, 0n] } })),
      /^ENCODING_INVALID/,
    );
    assert.deepEqual(program.statement({ inputs: { a: 5n }, outputs: { b: true } }), statement);
    assert.match(
      thrown(() => program.statement({ inputs: { a: 256n }, outputs: { b: true } })),
      /^INPUT_INVALID inputs: a/,
    );
    assert.match(
      thrown(() => program.statement({ inputs: { a: 5n }, outputs: { b: 1n as unknown as boolean } })),
      /^INPUT_INVALID outputs: b/,
    );
  });
});
