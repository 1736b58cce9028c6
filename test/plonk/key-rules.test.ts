/** What a key from a file may say beyond its digest: names are harmless, sizes bounded, the documented rules kept. */
import assert from 'node:assert/strict';
import type { PackShape } from '../../sdk/src/plonk/declare/declare.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import type { Shape } from '../../sdk/src/plonk/declare/shape.ts';
import { sealKey, type VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import {
  programKeyFromJson,
  programKeyToJson,
  verifyingKeyFromJson,
  verifyingKeyToJson,
} from '../../sdk/src/plonk/keys/key-json.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { singleLines } from '../../sdk/src/solidity/yul.ts';
import { ByteWriter } from '../../sdk/src/transcript/encode.ts';
import { makeToy, toySystem } from './toy.ts';

type Chip = Shape['chips'][number];

let key: VerifyingKey;
let shape: Shape;
before(async () => {
  ({ key } = (await makeToy()).key);
  ({ shape } = key);
});

/** A key of this shape under its own digest: nothing but rules can refuse it. */
const withShape = (change: Partial<Shape>, rest: Partial<VerifyingKey> = {}): VerifyingKey =>
  sealKey({ ...key, ...rest, shape: { ...shape, ...change } });
const withChip = (j: number, change: Partial<Chip>): VerifyingKey =>
  withShape({ chips: shape.chips.with(j, { ...shape.chips[j]!, ...change }) });

function refused(bent: VerifyingKey, message: RegExp): void {
  const expected = { code: 'KEY_INVALID', message };
  assert.throws(() => verifyingKeyFromJson(verifyingKeyToJson(bent)), expected);
  assert.throws(() => generateVerifier(bent), expected);
}

describe('names in a key', () => {
  const kinds: readonly (readonly [string, (name: string) => VerifyingKey, RegExp])[] = [
    ['the system', (name) => withShape({ name }), /shape breaks a rule: the name is/],
    ['the version', (version) => withShape({ version }), /shape breaks a rule: the version is/],
    ['a chip', (name) => withChip(1, { name }), /shape breaks a rule: the name of chip 1 is/],
    [
      'a tag',
      (name) => withShape({ tags: shape.tags.with(2, { ...shape.tags[2]!, name }) }),
      /shape breaks a rule: the name of tag 2 is/,
    ],
    [
      'a public term',
      (name) => withShape({ publicTerms: shape.publicTerms.with(0, { ...shape.publicTerms[0]!, name }) }),
      /shape breaks a rule: the name of public term 0 is/,
    ],
  ];
  const ends = [
    '\n',
    '\r',
    '\u0085',
    '\u2028',
    '\u2029',
    '\f',
    '\v',
    '"',
    "'",
    '`',
    '\\',
    '/',
    '*',
    '\u202e',
    '\0',
  ];
  for (const [kind, make, message] of kinds) {
    it(`${kind}: nothing that ends a line, a comment or a text, in a file or in the generator`, () => {
      assert.equal(generateVerifier(make('x1 a.b-c')).source.split('\n').length, sourceLines());
      for (const end of ends) {
        refused(make(`x${end}return(0x00, 0x00)`), message);
        refused(make(`x${end}`), message);
        refused(make(`${end}x`), message);
      }
      refused(make(''), message);
      refused(make('x'.repeat(41)), message);
    });
  }
  const sourceLines = (): number => generateVerifier(key).source.split('\n').length;

  it('are held to the same in declarations', () => {
    assert.throws(() => layout({ ...toySystem(), name: 'a\nb' }), { code: 'SYSTEM_INVALID' });
  });

  it('and a generated line that is two is never written', () => {
    assert.deepEqual(singleLines(['a // Σ y^i·c', '']), ['a // Σ y^i·c', '']);
    for (const end of ends.slice(0, 7)) assert.throws(() => singleLines(['a', `// b${end}c`]), RangeError);
  });
});

describe('rules of a key from a file', () => {
  it('are those of declarations', () => {
    const [proof, program] = [shape.chips[0]!, shape.chips[3]!];
    const term = shape.publicTerms[0]!;
    const terms = (change: Partial<typeof term>): VerifyingKey =>
      withShape({ publicTerms: [{ ...term, ...change }] });
    const { commitments } = key;
    refused(withShape({ maxDegree: 2 }), /maximal degree 2 is not in/);
    refused(withShape({ maxDegree: 3 }), /degree 4 is above 3/);
    refused(withShape({ tPhi: 0 }), /tPhi is 0/);
    refused(withShape({ tQuotient: 1 }), /tQuotient is 1/);
    refused(withShape({ chips: [] }, { commitments: [] }), /no chip/);
    refused(
      withShape(
        { chips: [...shape.chips, ...Array.from({ length: 6 }, (_, i) => ({ ...program, name: `p${i}` }))] },
        { commitments },
      ),
      /more than 6 chips have their heights from the program key/,
    );
    const many = Array.from({ length: 40 }, (_, i) => ({ ...proof, name: `c${i}` }));
    refused(withShape({ chips: many }), /more than 32 chips/);
    refused(withShape({ chips: shape.chips.with(1, proof) }), /chip name squares stands twice/);
    refused(withChip(0, { height: { from: 'proof', minLog: 2 } }), /least height is 8 rows/);
    refused(withChip(0, { height: { from: 'proof', minLog: 24 } }), /do not allow its least height, 2\^24/);
    refused(withChip(3, { height: { from: 'proof', minLog: 3 } }), /never from the proof/);
    refused(withChip(0, { constraints: 0 }), /0 constraints for 1 helpers/);
    refused(withShape({}, { powers: 0 }), /0 powers of τ do not allow/);
    refused(withShape({ tags: shape.tags.slice(0, -1) }), /no tag has the code 6/);
    refused(withShape({ tags: shape.tags.with(0, shape.tags[1]!) }), /tag code 2 stands twice/);
    refused(terms({ fields: [{ from: 'entry' }] }), /EXIT takes 2 fields/);
    refused(terms({ fields: [{ from: 'entry' }, { from: 'word' }] }), /index and word/);
  });

  it('put every column into one pack, of one stage and one source', () => {
    const { packs } = shape;
    const change = (g: number, with_: Partial<PackShape>): VerifyingKey =>
      withShape({ packs: packs.with(g, { ...packs[g]!, ...with_ }) });
    const find = (stage: PackShape['stage']): number => packs.findIndex((pack) => pack.stage === stage);
    const [main, fixed, helper] = [find('main'), find('fixed'), find('helper')];
    const { columns } = packs[main]!;
    refused(change(main, { t: 0 }), /pack 0: t is 0/);
    refused(change(main, { t: columns.length - 1 }), /pack 0: 2 columns at t = 1/);
    refused(change(main, { columns: [] }), /pack 0: has no columns/);
    refused(change(main, { columns: [columns[0]!, columns[0]!] }), /main column 0 of table stands twice/);
    refused(change(main, { columns: columns.slice(1) }), /main column 0 of table is in no pack/);
    refused(change(main, { columns: [columns[0]!, [0, 99]] }), /there is no main column 99 of chip 0/);
    refused(change(main, { columns: [columns[0]!, [99, 0]] }), /there is no main column 0 of chip 99/);
    refused(withShape({ packs: packs.slice(1) }), /is in no pack/);
    refused(withShape({ packs: [...packs, packs[main]!] }), /main columns behind helper ones/);
    refused(withShape({ packs: packs.toReversed() }), /columns behind/);
    // The stage is the pack's: what looks like a main column becomes a helper one, in the wrong place or once too often.
    refused(change(main, { stage: 'helper' }), /columns behind/);
    refused(change(helper, { stage: 'fixed' }), /there is no fixed column|stands twice/);
    // Columns of the verifying key and of the program key.
    const both = packs.filter(({ stage }) => stage === 'fixed').flatMap((pack) => pack.columns);
    refused(
      withShape({
        packs: [...packs.slice(0, fixed), { stage: 'fixed', t: 8, columns: both }, ...packs.slice(helper)],
      }),
      /fixed columns of table and image come from different keys/,
    );
    // A pack is as long as its tallest column: the factor bounds every chip that is in it.
    refused(change(main, { t: 300 }), /600 powers of τ do not allow its least height, 2\^3, at t = 300/);
  });

  it('hold its degrees too, however they are reached', () => {
    const { program } = shape.chips[0]!;
    let last = program.columns + program.challenges.length + program.constants.length;
    last += program.operations.length - 1;
    const operations = [...program.operations];
    for (let i = 0; i < 64; i++, last++) operations.push([2, last, last]);
    refused(withChip(0, { program: { ...program, operations, outputs: [last] } }), /is above 4/);
  });
});

describe('long lists in key files', () => {
  const long = new Array<null>(200_000).fill(null);
  it('are refused by name', () => {
    const bent = (change: (json: { shape: Shape; commitments: unknown[] }) => void): string => {
      const json = JSON.parse(verifyingKeyToJson(key)) as { shape: Shape; commitments: unknown[] };
      change(json);
      return JSON.stringify(json);
    };
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        bent(({ shape: { chips } }) => {
          const { operations } = chips[0]!.program as unknown as { operations: unknown[] };
          for (let i = 0; i < 100_000; i++) operations.push([0, 0, 0]);
        }),
        /operations has more than 65536 entries/,
      ],
      [bent((json) => Object.assign(json, { commitments: long })), /commitments has more than 1024 entries/],
      [bent((json) => Object.assign(json.shape, { tags: long })), /tags has more than 256 entries/],
    ];
    for (const [text, message] of cases) {
      assert.throws(() => verifyingKeyFromJson(text), { code: 'KEY_INVALID', message });
    }
    const program = programKeyToJson({ log: 7, entry: 0n, commitments: long });
    assert.throws(() => programKeyFromJson(program), {
      code: 'KEY_INVALID',
      message: /more than 1024 entries/,
    });
  });

  it('and could be written', () => {
    const out = new ByteWriter();
    for (let i = 0; i < 200_000; i++) out.bytes(Uint8Array.of(i & 255));
    const bytes = out.done();
    assert.equal(bytes.length, 200_000);
    assert.equal(bytes[199_999], 199_999 & 255);
  });
});
