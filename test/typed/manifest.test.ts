/** The reader of manifests: what it takes, and the place of what it refuses. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { interfaceOf, MANIFEST_MEMBERS, readManifest } from '../../sdk/src/typed/manifest.ts';
import { mangledName, rangeOfFields, solidityName } from '../../sdk/src/typed/types.ts';
import { readSource } from '../structure/sources.ts';

const PROGRAM = {
  source: 'a.c',
  entry: 'run',
  structs: { Leg: [{ name: 'to', type: 'address' }] },
  inputs: [{ name: 'legs', type: 'Leg[2][]', max: 3 }],
  outputs: [{ name: 'texts', type: 'string[]', max: [4, 9] }],
};
const manifest = (program: object, rest: object = {}): string =>
  JSON.stringify({ programs: { Trip: { ...PROGRAM, ...program } }, ...rest });

/** Code and message of what `readManifest` throws. */
function refusal(text: string): string {
  try {
    readManifest(text, 'wattest.json');
  } catch (error) {
    assert.ok(isWattestError(error, 'MANIFEST_INVALID'), String(error));
    return error.message.replace('wattest.json: ', '');
  }
  return 'taken';
}

const field = (type: string, max?: unknown): string =>
  refusal(manifest({ inputs: [{ name: 'a', type, ...(max === undefined ? {} : { max }) }] }));

describe('typed: manifests', () => {
  it('reads types, bounds and structs', () => {
    const [program] = readManifest(manifest({}), 'wattest.json').programs;
    const [legs] = program!.inputs;
    assert.equal(solidityName(legs!.type), 'Leg[2][]');
    assert.equal(mangledName(legs!.type), 'Leg_x2_max3');
    // A count, and three times two addresses of three words.
    assert.deepEqual(rangeOfFields(program!.inputs), { least: 1, most: 1 + 3 * 2 * 3 });
    assert.equal(mangledName(program!.outputs[0]!.type), 'string_max9_max4');
    assert.deepEqual(program!.privateInputs, []);
    assert.deepEqual(interfaceOf('Trip', program!.declaration).inputs, program!.inputs);
  });

  it('structs may stand in any order', () => {
    const structs = { A: [{ name: 'b', type: 'B' }], B: [{ name: 'x', type: 'uint8' }] };
    assert.equal(refusal(manifest({ structs, inputs: [{ name: 'a', type: 'A' }] })), 'taken');
  });

  const at = 'programs.Trip';
  const refusals: readonly (readonly [what: string, refusal: () => string, message: RegExp | string])[] = [
    ['what is no JSON', () => refusal('{'), 'not JSON'],
    [
      'a member that is unknown',
      () => refusal(manifest({ input: [] })),
      new RegExp(`^${at}.input is unknown`),
    ],
    [
      'a member that is there twice, in whatever spelling',
      () => refusal(manifest({}).replace('"entry":', '"entr\\u0079":"other","entry":')),
      'the whole has an object with two members "entry"',
    ],
    ['one at the top', () => refusal(manifest({}, { program: {} })), /^program is unknown/],
    ['no program', () => refusal('{"programs":{}}'), 'programs names no program'],
    [
      'source and module',
      () => refusal(manifest({ module: 'a.wasm' })),
      `${at} needs either "source" or "module"`,
    ],
    [
      'a path that leads elsewhere',
      () => refusal(manifest({ source: '../a.c' })),
      new RegExp(`^${at}.source is no path below`),
    ],
    [
      'a path from the root',
      () => refusal(manifest({}, { out: { solidity: '/etc' } })),
      /^out.solidity is no path below/,
    ],
    ...['run */ int evil; /*', 'run\nevil()', 'run\u2028evil()', 'r\u00fcn'].map(
      (entry) =>
        [
          `an entry that is no single line of a comment: ${JSON.stringify(entry)}`,
          () => refusal(manifest({ entry })),
          `${at}.entry is no name of an export`,
        ] as const,
    ),
    ['an entry that is none', () => refusal(manifest({ entry: '' })), `${at}.entry is no name of an export`],
    [
      'a reserved word',
      () => refusal(manifest({ inputs: [{ name: 'mapping', type: 'bool' }] })),
      new RegExp(`^${at}.inputs\\[0\\].name is a reserved word`),
    ],
    [
      'a name of another form',
      () => refusal(manifest({ inputs: [{ name: 'A', type: 'bool' }] })),
      /name is no name such as/,
    ],
    [
      'a name twice',
      () =>
        refusal(
          manifest({
            inputs: [
              { name: 'a', type: 'bool' },
              { name: 'a', type: 'bool' },
            ],
          }),
        ),
      `${at}.inputs[1].name is there twice`,
    ],
    [
      'a struct that has itself',
      () => refusal(manifest({ structs: { Leg: [{ name: 'a', type: 'Leg[]', max: 1 }] } })),
      `${at}.structs.Leg has itself among its fields`,
    ],
    [
      'structs that have each other',
      () =>
        refusal(
          manifest({
            structs: { A: [{ name: 'b', type: 'B' }], B: [{ name: 'a', type: 'A' }] },
            inputs: [],
            outputs: [],
          }),
        ),
      `${at}.structs.A has itself among its fields`,
    ],
    [
      'a struct without fields',
      () => refusal(manifest({ structs: { Leg: [] } })),
      `${at}.structs.Leg has no fields`,
    ],
    [
      'a struct that is called like what is generated',
      () => refusal(manifest({ structs: { Inputs: [] } })),
      /is a name that the generated files have/,
    ],
    [
      'a struct that is called like the program',
      () => refusal(manifest({ structs: { Trip: [] } })),
      /is called like the program/,
    ],
    ['a type that is none', () => field('uint7'), /type is no type of Solidity and none of "structs"$/],
    ['a type of more than its brackets', () => field('uint8[2'), /type is no type of Solidity$/],
    ['a short form', () => field('uint'), /type is uint256: write it so$/],
    ['no bound', () => field('bytes[]', 3), /type has no bound/],
    ['a bound too many', () => field('uint8', 3), /type has a "max" too many/],
    ['a bound of zero', () => field('bytes', 0), /max is zero$/],
    ['a length of zero', () => field('uint8[0]'), /type has a length that is not 1 to/],
    ['a bound that is no number', () => field('bytes', '3'), /max is not an integer/],
    ['more than the limit', () => field('uint8[1048576][2]'), /inputs can take 2097152 words/],
    [
      'more than the limit in a struct',
      () => refusal(manifest({ structs: { Leg: [{ name: 'a', type: 'bytes32[1000000]' }] } })),
      /structs.Leg can take 4000000 words/,
    ],
    [
      'programs whose files have the same names',
      () => refusal(JSON.stringify({ programs: { AB: PROGRAM, Ab: PROGRAM } })),
      'programs.Ab has the same file names as "AB"',
    ],
  ];
  for (const [what, refused, message] of refusals) {
    it(`refuses ${what}`, () => {
      if (typeof message === 'string') assert.equal(refused(), message);
      else assert.match(refused(), message);
    });
  }

  it('the schema for editors knows the same members', () => {
    const { properties, definitions } = JSON.parse(readSource('sdk/include/manifest.schema.json')) as {
      properties: Record<string, { properties?: object }>;
      definitions: Record<string, { properties?: object }>;
    };
    const members = (of: object | undefined): readonly string[] => Object.keys(of ?? {}).sort();
    const { manifest: top, out, interface: typed, program, field: fields } = MANIFEST_MEMBERS;
    assert.deepEqual(members(properties), [...top].sort());
    assert.deepEqual(members(properties['out']?.properties), [...out].sort());
    assert.deepEqual(members(definitions['program']?.properties), [...program, ...typed].sort());
    assert.deepEqual(members(definitions['field']?.properties), [...fields].sort());
  });
});
