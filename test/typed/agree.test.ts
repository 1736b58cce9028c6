/** One encoding: guests, TypeScript and Solidity take the same words for the same values, and refuse the same others. */
import assert from 'node:assert/strict';
import { findRustc } from '../../sdk/src/cli/compile/rust.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import type { Program } from '../../sdk/src/machine/program.ts';
import { decodeFields, encodeFields, type TypedValue } from '../../sdk/src/typed/codec.ts';
import { interfaceOf } from '../../sdk/src/typed/manifest.ts';
import type { GuestLanguage, InterfaceDeclaration, TypedInterface } from '../../sdk/src/typed/program.ts';
import { type Field, solidityName, type Type } from '../../sdk/src/typed/types.ts';
import { type EchoContract, echoContract, echoed, echoGuest, packed } from './lib/echo.ts';
import {
  changedWords,
  EVERY_TYPE,
  type Random,
  randomDeclaration,
  randomRecord,
  seeded,
} from './lib/values.ts';

const ROUNDS = 40;
const HOSTILE = 150;
const SCHEMAS = [11, 12, 13];

/** Components of an ABI. */
function components(fields: readonly Field[]): readonly object[] {
  return fields.map(({ name, type }) => {
    let inner: Type = type;
    while (inner.kind === 'array' || inner.kind === 'list') inner = inner.item;
    if (inner.kind !== 'struct') return { name, type: solidityName(type) };
    const brackets = solidityName(type).slice(inner.name.length);
    return { name, type: `tuple${brackets}`, components: components(inner.fields) };
  });
}

/** Client libraries have small integers as numbers, and may leave case to taste. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'string' && /^0x[\da-fA-F]{40}$/.test(value)) return value.toLowerCase();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

/** The values of words, or undefined where they are none. */
function decoded(program: TypedInterface, words: readonly bigint[]): TypedValue | undefined {
  try {
    return decodeFields(program.inputs, words, 'words');
  } catch (error) {
    assert.ok(isWattestError(error, 'ENCODING_INVALID'), String(error));
    return undefined;
  }
}

interface Sides {
  readonly program: TypedInterface;
  readonly guests: readonly Program[];
  readonly contract: EchoContract;
}

async function sides(declaration: InterfaceDeclaration, languages: readonly GuestLanguage[]): Promise<Sides> {
  const program = interfaceOf('Echo', declaration);
  const guests: Program[] = [];
  for (const language of languages) guests.push(await echoGuest(language, program));
  return { program, guests, contract: await echoContract(program, components(program.inputs)) };
}

async function agreeOnValues({ program, guests, contract }: Sides, random: Random): Promise<void> {
  for (let i = 0; i < ROUNDS; i++) {
    const values = randomRecord(program.inputs, random);
    const words = encodeFields(program.inputs, values, 'values');
    assert.deepEqual(plain(decoded(program, words)), plain(values));
    for (const guest of guests)
      assert.deepEqual(echoed(guest, words), { outputs: words, used: words.length });
    assert.equal(await contract.echo(words), packed(words));
    assert.deepEqual(plain(await contract.values(words)), plain(values));
  }
}

/** A guest never sees what stands behind the words that it reads, so there it may go on where the others refuse. */
async function agreeOnWords({ program, guests, contract }: Sides, random: Random): Promise<void> {
  let [taken, refused] = [0, 0];
  for (let i = 0; i < HOSTILE; i++) {
    const words = changedWords(
      encodeFields(program.inputs, randomRecord(program.inputs, random), 'values'),
      random,
    );
    const values = decoded(program, words);
    if (values === undefined) refused++;
    else taken++;
    const shown = words.join(', ');
    for (const guest of guests) {
      const echo = echoed(guest, words);
      assert.equal(echo?.used === words.length, values !== undefined, shown);
      if (echo === undefined) continue;
      assert.deepEqual(echo.outputs, words.slice(0, echo.used), shown);
      assert.ok(decoded(program, echo.outputs) !== undefined, shown);
    }
    assert.equal(await contract.echo(words), values === undefined ? undefined : packed(words), shown);
    if (values !== undefined) assert.deepEqual(encodeFields(program.inputs, values, 'values'), words, shown);
  }
  assert.ok(taken > 0 && refused > taken, `${taken} taken, ${refused} refused`);
}

describe('typed: one encoding', () => {
  describe('every type, by C, AssemblyScript, TypeScript and Solidity', () => {
    let all: Sides;
    before(async () => {
      all = await sides(EVERY_TYPE, ['c', 'assemblyscript']);
    });
    after(() => all?.contract.close());

    it('all take the same words for the same values', () => agreeOnValues(all, seeded(1)));
    it('all refuse the same words', () => agreeOnWords(all, seeded(2)));
    it('a library of every type leaves room for a contract', () => {
      assert.ok(all.contract.codeBytes < 20_000, `${all.contract.codeBytes} bytes`);
    });

    it('Rust too (skipped where no rustc has wasm32-unknown-unknown)', async function () {
      if ((await findRustc(false)) === undefined) this.skip();
      const rust = { ...all, guests: [await echoGuest('rust', all.program)] };
      await agreeOnValues(rust, seeded(3));
      await agreeOnWords(rust, seeded(4));
    });

    it('private inputs are read by the same rules', async () => {
      const { inputs, ...rest } = EVERY_TYPE;
      const program = interfaceOf('Echo', { ...rest, privateInputs: inputs! });
      const random = seeded(5);
      for (const language of ['c', 'assemblyscript'] as const) {
        const guest = await echoGuest(language, program, true);
        for (let i = 0; i < HOSTILE; i++) {
          const right = encodeFields(
            program.privateInputs,
            randomRecord(program.privateInputs, random),
            'values',
          );
          const words = i % 2 === 0 ? right : changedWords(right, random);
          const isRight = decoded({ ...program, inputs: program.privateInputs }, words) !== undefined;
          assert.equal(echoed(guest, words, true)?.used === words.length, isRight, words.join(', '));
        }
      }
    });
  });

  for (const seed of SCHEMAS) {
    it(`types of seed ${seed}`, async () => {
      const random = seeded(seed);
      const languages = seed % 2 === 0 ? (['assemblyscript'] as const) : (['c'] as const);
      const some = await sides(randomDeclaration(random), languages);
      try {
        await agreeOnValues(some, random);
        await agreeOnWords(some, random);
      } finally {
        await some.contract.close();
      }
    });
  }
});
