/** A proof document as plain data: what is checked, awaited and returned is one and the same, whatever object was given. */
import { fail } from '../errors/index.ts';
import type { Statement } from '../plonk/declare.ts';
import { type Hex, MAX_COMMITMENTS, type ProgramKey } from '../plonk/key.ts';
import { isHex, type ProofDocument } from './document.ts';

/**
 * Every part is read once. Here only the form is checked, so that the program id can be computed; what the parts say is for whoever uses them.
 * @throws PROOF_MALFORMED for anything that `readProofDocument` would not return
 */
export function copyDocument(given: ProofDocument, where: string): ProofDocument {
  const top = new Part(given, '', where);
  const hex = (name: string): Hex => top.take(name, isHex);
  const isText = (value: unknown): value is string => typeof value === 'string';
  return {
    system: top.take('system', isText),
    verifyingKey: hex('verifyingKey'),
    insecure: top.take('insecure', (value) => typeof value === 'boolean'),
    programId: hex('programId'),
    programKey: copyProgramKey(top.part('programKey')),
    entry: top.take('entry', isText),
    statement: copyStatement(top.part('statement')),
    proof: hex('proof'),
  };
}

function copyProgramKey(key: Part): ProgramKey {
  return {
    log: key.take(
      'log',
      (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256,
    ),
    entry: key.take('entry', below(1n << 64n)),
    commitments: key.list('commitments', MAX_COMMITMENTS, (point) => {
      if (point.value === null) return null;
      const [x, y] = [point.take('x', below(1n << 256n)), point.take('y', below(1n << 256n))];
      // Infinity is null.
      return x === 0n && y === 0n ? point.malformed() : { x, y };
    }),
  };
}

/** Words of any size: `checkStatement` refuses those that are too wide, by their own name. */
function copyStatement(statement: Part): Statement {
  const isWord = (value: unknown): value is bigint => typeof value === 'bigint';
  const words = (name: string): bigint[] =>
    statement.list(name, undefined, (item) => (isWord(item.value) ? item.value : item.malformed()));
  return {
    publicInputs: words('publicInputs'),
    publicOutputs: words('publicOutputs'),
    status: statement.take('status', isWord),
  };
}

function below(bound: bigint): (value: unknown) => value is bigint {
  return (value): value is bigint => typeof value === 'bigint' && value >= 0n && value < bound;
}

/** A value and its path. */
class Part {
  readonly value: unknown;
  readonly #path: string;
  readonly #where: string;

  constructor(value: unknown, path: string, where: string) {
    this.value = value;
    this.#path = path;
    this.#where = where;
  }

  part(name: string): Part {
    const { value } = this;
    if (typeof value !== 'object' || value === null) this.malformed();
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new Part((value as Record<string, unknown>)[name], path, this.#where);
  }

  take<T>(name: string, is: (value: unknown) => value is T): T;
  take<T>(name: string, is: (value: unknown) => boolean): T;
  take<T>(name: string, is: (value: unknown) => boolean): T {
    const part = this.part(name);
    if (!is(part.value)) part.malformed();
    return part.value as T;
  }

  /** By index, so that a hole is an item too. */
  list<T>(name: string, most: number | undefined, read: (item: Part) => T): T[] {
    const part = this.part(name);
    const items = part.value;
    if (!Array.isArray(items) || (most !== undefined && items.length > most)) return part.malformed();
    const list: T[] = [];
    for (let i = 0; i < items.length; i++)
      list.push(read(new Part(items[i], `${part.#path}[${i}]`, this.#where)));
    return list;
  }

  malformed(): never {
    fail(
      'PROOF_MALFORMED',
      `${this.#path === '' ? 'the document' : this.#path} is not what readProofDocument returns`,
      {
        where: this.#where,
        fix: 'Read the text of the file with readProofDocument, not with JSON.parse',
      },
    );
  }
}
