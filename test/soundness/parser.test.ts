/** Whatever is read from outside, bent: always a named refusal, never a crash, never accepted. */
import assert from 'node:assert/strict';
import {
  bytesOf,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from '../../sdk/src/attest/proof/document.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';
import { openSession, prove, type Session, verify } from '../../sdk/src/index.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import {
  programKeyFromJson,
  programKeyToJson,
  verifyingKeyFromJson,
  verifyingKeyToJson,
} from '../../sdk/src/plonk/keys/key-json.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';
import { verdictOf } from '../lib/verdict.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy } from '../plonk/toy.ts';
import { bentEncodings, flipped } from './lib/corpus.ts';
import { figure } from './lib/report.ts';

interface Presented {
  readonly key: VerifyingKey;
  readonly program: ProgramKey;
  readonly statement: Statement;
  readonly proof: Uint8Array;
}

/** The code of the refusal, or `accepted`. Anything but a named refusal is thrown on. */
function answer(presented: Presented): string {
  return verdictOf(() => {
    verifyProof(presented);
  });
}

/** Every name in a key. */
function shapeNames(key: VerifyingKey): string[] {
  const names: string[] = [];
  JSON.stringify(key, (name, value: unknown) => {
    if (typeof value === 'string' && (name === 'name' || name === 'label')) names.push(value);
    return typeof value === 'bigint' ? `${value}` : value;
  });
  return names;
}

const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';

describe('bent proofs', function () {
  if (FULL) this.timeout(0);
  let session: Session;
  let toy: Presented;
  /** The same where a circuit verifies: the other hash. */
  let circuit: Presented;
  let real: Presented;
  let document: ProofDocument;
  const wasm = moduleBytes({
    types: ['i32 -> i32'],
    functions: [{ type: 0, code: [['local.get', 0], ['i32.const', 41], 'i32.add'] }],
    exports: [['main', 'func', 0]],
  });

  before(async () => {
    const made = await makeToy();
    const { proof } = await proveToy(made);
    toy = { key: made.key.key, program: made.program.key, statement: DEFAULT_RUN.statement, proof };
    const other = await makeToy({ ...DEFAULT_SHAPE, transcript: 'poseidon2' });
    circuit = { ...toy, key: other.key.key, proof: (await proveToy(other)).proof };
    session = await openSession({ onWarning: () => {} });
    ({ document } = await prove(session, { wasm, invoke: 'main', args: [1] }));
    real = {
      key: session.verifyingKey,
      program: document.programKey,
      statement: document.statement,
      proof: bytesOf(document.proof),
    };
  });
  after(() => session.dispose());

  it('all are accepted as they are', () => {
    for (const presented of [toy, circuit, real]) assert.equal(answer(presented), 'accepted');
  });

  it('lengths, scalars + r, coordinates + p, points off the curve and at infinity, in every place', () => {
    let count = 0;
    for (const presented of [toy, circuit, real]) {
      for (const { name, proof, code } of bentEncodings(presented.proof, schedule(presented.key.shape))) {
        assert.equal(answer({ ...presented, proof }), code, name);
        count++;
      }
    }
    figure(`${count} bent encodings refused by name`);
    assert.ok(count > 800);
  });

  it(`every byte of the small proof, and ${FULL ? 'every one' : 'every 61st'} of the real one, with a bit flipped`, () => {
    const codes = new Map<string, number>();
    const flip = (presented: Presented, step: number): void => {
      for (let at = 0; at < presented.proof.length; at += step) {
        const code = answer({ ...presented, proof: flipped(presented.proof, at) });
        assert.match(code, /^PROOF_(SELECTOR|HEIGHTS|POINT|SCALAR|IDENTITY|INVERSE|PAIRING)$/, `byte ${at}`);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    };
    flip(toy, 1);
    flip(circuit, 1);
    flip(real, FULL ? 1 : 61);
    figure(`bytes flipped: ${[...codes].map(([code, n]) => `${n} ${code}`).join(', ')}`);
    for (const code of [
      'PROOF_SELECTOR',
      'PROOF_HEIGHTS',
      'PROOF_POINT',
      'PROOF_SCALAR',
      'PROOF_IDENTITY',
      'PROOF_INVERSE',
    ]) {
      assert.ok(codes.has(code), code);
    }
  });

  it('proofs of every length below the real one, and none at all', () => {
    for (let length = 0; length < toy.proof.length; length++) {
      assert.equal(answer({ ...toy, proof: toy.proof.subarray(0, length) }), 'PROOF_LENGTH');
    }
  });

  it('the statement: every word one more, plus r, negative, too large, left out or added; lists cut into each other', () => {
    for (const presented of [toy, circuit, real]) {
      const { statement } = presented;
      const refused = (change: Partial<Statement>, code: string): void => {
        assert.equal(answer({ ...presented, statement: { ...statement, ...change } }), code);
      };
      for (const list of ['publicInputs', 'publicOutputs'] as const) {
        const words = statement[list];
        words.forEach((word, i) => {
          refused({ [list]: words.with(i, word + 1n) }, 'PROOF_IDENTITY');
          refused({ [list]: words.with(i, word ^ (1n << 63n)) }, 'PROOF_IDENTITY');
          for (const value of [word + FR_MODULUS, word + (1n << 64n), -1n]) {
            refused({ [list]: words.with(i, value) }, 'STATEMENT_INVALID');
          }
          refused({ [list]: words.toSpliced(i, 1) }, 'PROOF_IDENTITY');
          refused({ [list]: words.toSpliced(i, 0, word) }, 'PROOF_IDENTITY');
        });
        refused({ [list]: [...words, 0n] }, 'PROOF_IDENTITY');
        refused({ [list]: [0n, ...words] }, 'PROOF_IDENTITY');
      }
      refused({ status: statement.status + 1n }, 'PROOF_IDENTITY');
      for (const value of [statement.status + FR_MODULUS, 1n << 64n, -1n]) {
        refused({ status: value }, 'STATEMENT_INVALID');
      }
      const all = [...statement.publicInputs, ...statement.publicOutputs];
      for (let cut = 0; cut <= all.length; cut++) {
        if (cut === statement.publicInputs.length) continue;
        refused({ publicInputs: all.slice(0, cut), publicOutputs: all.slice(cut) }, 'PROOF_IDENTITY');
      }
    }
  });

  it('the program key: height, entry, number of commitments, every coordinate + p, off the curve, infinity', () => {
    for (const presented of [toy, circuit, real]) {
      const { program } = presented;
      const code = (change: Partial<ProgramKey>): string =>
        answer({ ...presented, program: { ...program, ...change } });
      for (const log of [-1, 0, 2, 25, 1 << 20, Number.NaN, program.log + 0.5]) {
        assert.equal(code({ log }), 'KEY_INVALID', `log ${log}`);
      }
      assert.equal(code({ log: program.log + 1 }), 'PROOF_IDENTITY');
      for (const entry of [-1n, 1n << 64n, program.entry + FR_MODULUS]) {
        assert.equal(code({ entry }), 'KEY_INVALID');
      }
      assert.equal(code({ entry: program.entry + 1n }), 'PROOF_IDENTITY');
      const { commitments } = program;
      assert.equal(code({ commitments: commitments.slice(1) }), 'KEY_INVALID');
      assert.equal(code({ commitments: [...commitments, null] }), 'KEY_INVALID');
      commitments.forEach((point, i) => {
        const { x, y } = point!;
        const other = (changed: ProgramKey['commitments'][number]): string =>
          code({ commitments: commitments.with(i, changed) });
        for (const bent of [
          { x: x + FQ_MODULUS, y },
          { x, y: y + FQ_MODULUS },
          { x: -x, y },
          { x, y: y + 1n },
          { x: 0n, y: 0n },
        ]) {
          assert.equal(other(bent), 'KEY_INVALID');
        }
        // Infinity is a commitment like another: that of columns of zeros.
        assert.equal(other(null), 'PROOF_IDENTITY');
        assert.equal(other({ x, y: FQ_MODULUS - y }), 'PROOF_IDENTITY');
      });
    }
  });

  it('a verifying key file with characters replaced or cut off: never loaded, but as it is', () => {
    const text = verifyingKeyToJson(toy.key);
    assert.deepEqual(verifyingKeyFromJson(text), toy.key);
    const names = new Set(shapeNames(toy.key));
    let count = 0;
    for (let at = 0; at < text.length; at += FULL ? 1 : 23) {
      const bent = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1);
      const code = verdictOf(() => {
        const key = verifyingKeyFromJson(bent);
        // Names of constraints and terms are for people: the same key otherwise.
        assert.equal(key.digest, toy.key.digest, bent.slice(at - 20, at + 20));
        assert.notDeepEqual(new Set(shapeNames(key)), names, bent.slice(at - 20, at + 20));
      });
      assert.match(code, /^(KEY_INVALID|accepted)$/);
      if (code === 'KEY_INVALID') count++;
    }
    for (let length = 0; length < text.length; length += 101) {
      assert.equal(
        verdictOf(() => void verifyingKeyFromJson(text.slice(0, length))),
        'KEY_INVALID',
      );
    }
    figure(`verifying key file: ${count} characters replaced and refused`);
  });

  it('every character of a program key file replaced', () => {
    const text = programKeyToJson(real.program);
    let loaded = 0;
    for (let at = 0; at < text.length; at++) {
      for (const character of ['0', '"', ',', 'f']) {
        if (text[at] === character) continue;
        const bent = text.slice(0, at) + character + text.slice(at + 1);
        const code = verdictOf(() => {
          const program = programKeyFromJson(bent);
          loaded++;
          verifyProof({ ...real, program });
        });
        assert.match(code, /^(KEY_INVALID|PROOF_IDENTITY)$/, bent);
      }
    }
    // Few survive the parser: digits of the entry and the height.
    assert.ok(loaded > 0 && loaded < 20, `${loaded}`);
  });

  it('a proof file with a character replaced or a part cut off: refused, or it says the same', async () => {
    const text = writeProofDocument(document);
    const [from, to] = [text.indexOf('"proof"'), text.length - 40];
    const free = new Set<string>();
    let count = 0;
    for (let at = 0; at < text.length; at++) {
      // The proof's own digits have their test above.
      if (at > from + 40 && at < to) continue;
      const character = text[at] === '1' ? '2' : '1';
      const bent = text.slice(0, at) + character + text.slice(at + 1);
      let read: ProofDocument;
      try {
        read = readProofDocument(bent, 'proof.json');
        await verify(session, { document: read, programId: document.programId });
      } catch (error) {
        if (!isWattestError(error)) throw error;
        assert.match(error.code, /^PROOF_/);
        count++;
        continue;
      }
      // What was verified is what was proven; the rest of the file is for people.
      assert.deepEqual(
        [read.statement, read.programKey, read.proof],
        [document.statement, document.programKey, document.proof],
        bent.slice(at - 20, at + 20),
      );
      for (const field of ['system', 'entry', 'insecure'] as const) {
        if (read[field] !== document[field]) free.add(field);
      }
    }
    figure(
      `proof file: ${count} characters replaced and refused; fields for people: ${[...free].join(', ')}`,
    );
    assert.deepEqual([...free], ['entry']);
    for (let length = 0; length < text.length - 1; length += 97) {
      assert.equal(
        verdictOf(() => void readProofDocument(text.slice(0, length), 'proof.json')),
        'PROOF_MALFORMED',
      );
    }
  });
});
