/** A proof document as plain data: what is checked, awaited and returned is one and the same, whatever object was given. */
import { fail } from '../errors/index.ts';
import type { Statement } from '../plonk/declare.ts';
import { type Hex, MAX_COMMITMENTS, type ProgramKey } from '../plonk/key.ts';
import type { ProofDocument } from './document.ts';

/**
 * Every part is read once. Here only the form is checked, so that the program id can be computed; what the parts say is for whoever uses them.
 * @throws PROOF_MALFORMED for anything that `readProofDocument` would not return
 */
export function copyDocument(given: ProofDocument, where: string): ProofDocument {
  const top = new Part(given, '', where);
  const hex = (name: string): Hex =>
    top.take(name, (value): value is Hex => typeof value === 'string' && /^0x(?:[\da-f]{2})*$/.test(value));
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
    log: key.take('log', (value) => Number.isInteger(value) && (value as number) >= 0),
    entry: key.take('entry', below(1n << 64n)),
    commitments: key.list('commitments', MAX_COMMITMENTS).map((point) => {
      if (point.value === null) return null;
      return { x: point.take('x', below(1n << 256n)), y: point.take('y', below(1n << 256n)) };
    }),
  };
}

/** Words of any size: `checkStatement` refuses those that are too wide, by their own name. */
function copyStatement(statement: Part): Statement {
  const isWord = (value: unknown): value is bigint => typeof value === 'bigint';
  const words = (name: string): bigint[] =>
    statement.list(name).map((item) => (isWord(item.value) ? item.value : item.malformed()));
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
  list(name: string, most: number = Number.MAX_SAFE_INTEGER): Part[] {
    const part = this.part(name);
    const items = part.value;
    if (!Array.isArray(items) || items.length > most) return part.malformed();
    return Array.from(
      { length: items.length },
      (_, i) => new Part(items[i], `${part.#path}[${i}]`, this.#where),
    );
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
