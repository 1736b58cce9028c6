/** Reads values that come from outside, strictly: what is not what it should be is an error with its place. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { type ErrorCode, fail } from '../errors/index.ts';

/** The error that a malformed value is. */
export interface ReaderErrors {
  readonly code: ErrorCode;
  readonly fix: string;
  /** What is wrong with a malformed part, in place of what it is not. */
  readonly problem?: string;
}

/** Far deeper than anything that is read here: each level takes an engine a hundred bytes for one. */
const MOST_LEVELS = 64;

/** Of JSON that is not nested without end. @throws SyntaxError */
export function parseJson(text: string): unknown {
  let [level, quoted] = [0, false];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        quoted = !quoted;
        break;
      case 0x5c: // a backslash; outside of quotes it is refused anyway
        i++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (!quoted && ++level > MOST_LEVELS) throw new SyntaxError(`nested more than ${MOST_LEVELS} deep`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (!quoted) level--;
        break;
    }
  }
  return JSON.parse(text);
}

/** A value and its place: `proof.json: programKey.commitments[3]`. */
export class Reader {
  readonly value: unknown;
  readonly #where: string;
  readonly #path: string;
  readonly #errors: ReaderErrors;

  /** @param where the file or call that the value is from */
  constructor(value: unknown, where: string, errors: ReaderErrors, path = '') {
    this.value = value;
    this.#where = where;
    this.#errors = errors;
    this.#path = path;
  }

  /** Of the text of a JSON file. */
  static parse(text: string, where: string, errors: ReaderErrors): Reader {
    try {
      return new Reader(parseJson(text), where, errors);
    } catch (cause) {
      return fail(errors.code, 'not JSON', { where, fix: errors.fix, cause });
    }
  }

  /** A member of an object, which may be missing: its value is undefined then. What is inherited is none. */
  at(name: string): Reader {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.invalid('is not an object');
    const member = Object.hasOwn(value, name)
      ? (value as Readonly<Record<string, unknown>>)[name]
      : undefined;
    return this.#child(member, this.#path === '' ? name : `${this.#path}.${name}`);
  }

  /** Item by item, by index, so that a hole is one too. */
  list<T>(read: (item: Reader) => T, most: number = Number.MAX_SAFE_INTEGER): T[] {
    const items = this.value;
    if (!Array.isArray(items)) this.invalid('is not a list');
    const { length } = items;
    if (length > most) this.invalid(`has more than ${most} entries`);
    const list: T[] = [];
    for (let i = 0; i < length; i++) list.push(read(this.#child(items[i], `${this.#path}[${i}]`)));
    return list;
  }

  text(): string {
    return this.take((value) => typeof value === 'string', 'is not a text');
  }

  boolean(): boolean {
    return this.take((value) => typeof value === 'boolean', 'is not true or false');
  }

  oneOf<const T extends string>(choices: readonly T[]): T {
    return this.take((value) => choices.includes(value as T), `is not one of ${choices.join(', ')}`);
  }

  /** An integer in `[0, most]`. */
  integer(most: number = Number.MAX_SAFE_INTEGER): number {
    return this.take(
      (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most,
      `is not an integer up to ${most}`,
    );
  }

  /** A number below `limit`, hexadecimal with 0x. */
  number(limit: bigint): bigint {
    const text = this.take<string>(
      (value) => typeof value === 'string' && /^0x[0-9a-f]{1,64}$/.test(value) && BigInt(value) < limit,
      'is not a hexadecimal number in range',
    );
    return BigInt(text);
  }

  /** An integer in `[0, bound)` in canonical decimal digits, or as a small JSON number. */
  decimal(bound: bigint): bigint {
    const { value } = this;
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    const digits = typeof text === 'string' && text.length <= 80 && /^(?:0|[1-9]\d*)$/.test(text);
    if (!digits || BigInt(text) >= bound) this.invalid(`is not a decimal integer below ${bound}`);
    return BigInt(text as string);
  }

  /** `0x` and whole bytes in lower case; so many where that is given. */
  hex(bytes?: number): `0x${string}` {
    return this.take(
      (value) =>
        typeof value === 'string' &&
        /^0x(?:[\da-f]{2})*$/.test(value) &&
        (bytes === undefined || value.length === 2 + 2 * bytes),
      `is not ${bytes ?? 'a number of'} bytes in lower-case hexadecimal`,
    );
  }

  /** The bytes of {@link hex}. */
  bytes(count?: number): Uint8Array {
    return hexToBytes(this.hex(count).slice(2));
  }

  /** Any value that `is` takes. */
  take<T>(is: (value: unknown) => boolean, problem = 'is malformed'): T {
    if (!is(this.value)) this.invalid(problem);
    return this.value as T;
  }

  invalid(problem: string): never {
    const { code, fix, problem: always = problem } = this.#errors;
    const what = this.value === undefined && this.#errors.problem === undefined ? 'is missing' : always;
    fail(code, `${this.#path === '' ? 'the whole' : this.#path} ${what}`, { where: this.#where, fix });
  }

  #child(value: unknown, path: string): Reader {
    return new Reader(value, this.#where, this.#errors, path);
  }
}
