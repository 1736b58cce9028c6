/** What `verify` makes of objects that are no documents, or that change while it reads them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { proofPath } from '../../scripts/lib/fixtures.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { bytesOf } from '../../sdk/src/attest/proof/document.ts';
import { privateWords } from '../../sdk/src/attest/run/streams.ts';
import {
  decodeStdout,
  openSession,
  type ProofDocument,
  readProofDocument,
  type Session,
  type SessionOptions,
  verify,
} from '../../sdk/src/index.ts';
import { programId as idOf } from '../../sdk/src/plonk/keys/key.ts';

const fixture = (name: string): string => readFileSync(proofPath(name), 'utf8');

describe('verify, given any object', () => {
  let session: Session;
  let document: ProofDocument;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    document = readProofDocument(fixture('fibonacci'), 'fibonacci');
  });
  after(() => session.dispose());

  it('reads a status once: one that changes is what was verified, or refused', async () => {
    const { programId } = document;
    const exit = (1n << 32n) + 5n;
    for (let honest = 0; honest < 8; honest++) {
      let reads = 0;
      const statement = {
        ...document.statement,
        get status() {
          return reads++ < honest ? 0n : exit;
        },
      };
      const accepted = await verify(session, {
        document: { ...document, statement },
        programId,
        expect: 'any',
      }).catch(({ code }: { code: string }) => code);
      assert.equal(reads, 1);
      if (honest === 0) assert.equal(accepted, 'PROOF_IDENTITY');
      else {
        assert.ok(typeof accepted === 'object');
        assert.deepEqual([accepted.statement.status, accepted.status.kind], [0n, 'returned']);
      }
    }
  });

  it('verifies the program key that it was given, not one that is put in its place meanwhile', async () => {
    const other = readProofDocument(fixture('wordfreq'), 'wordfreq');
    const wasm = new Uint8Array(readFileSync(join(ROOT, 'examples/wordfreq/wordfreq.wasm')));
    assert.equal((await verify(session, { document: other, wasm })).programId, other.programId);
    const programKey = { ...other.programKey };
    const lie: ProofDocument = { ...document, programKey, programId: other.programId, entry: other.entry };
    const pending = verify(session, { document: lie, wasm });
    Object.assign(programKey, document.programKey);
    await assert.rejects(pending, { code: 'PROOF_IDENTITY' });
  });

  it('returns a statement that nobody else holds', async () => {
    const statement = { ...document.statement, publicOutputs: [...document.statement.publicOutputs] };
    const { programId } = document;
    const accepted = await verify(session, { document: { ...document, statement }, programId });
    statement.publicOutputs[0] = 424242n;
    assert.deepEqual(accepted.statement, document.statement);
  });

  it('names the part that is none', async () => {
    const { programKey: key, statement } = document;
    const point = key.commitments[0]!;
    const cases: readonly (readonly [object | undefined, string])[] = [
      [undefined, 'the whole'],
      [{ programKey: { ...key, commitments: undefined } }, 'programKey.commitments'],
      [{ programKey: { ...key, commitments: ['a'] } }, 'programKey.commitments[0]'],
      [{ programKey: { ...key, commitments: [{ x: point.x }] } }, 'programKey.commitments[0].y'],
      [{ programKey: { ...key, commitments: new Array(1e6).fill(null) } }, 'programKey.commitments'],
      [{ programKey: { ...key, log: Number.NaN } }, 'programKey.log'],
      [{ programKey: { ...key, log: -1 } }, 'programKey.log'],
      [{ programKey: { ...key, entry: -1n } }, 'programKey.entry'],
      [{ programKey: undefined }, 'programKey'],
      [{ statement: { ...statement, publicInputs: [1] } }, 'statement.publicInputs[0]'],
      [{ statement: { ...statement, publicInputs: new Array(1) } }, 'statement.publicInputs[0]'],
      [{ statement: { ...statement, publicOutputs: undefined } }, 'statement.publicOutputs'],
      [{ statement: { ...statement, status: 0 } }, 'statement.status'],
      [{ proof: undefined }, 'proof'],
      [{ proof: '0xzz' }, 'proof'],
      [{ proof: `00${document.proof.slice(2)}` }, 'proof'],
      [{ insecure: 'true' }, 'insecure'],
    ];
    for (const [change, part] of cases) {
      const bent = (change === undefined ? change : { ...document, ...change }) as ProofDocument;
      await assert.rejects(verify(session, { document: bent, programId: document.programId }), {
        code: 'PROOF_MALFORMED',
        message: `verify: ${part} is not what readProofDocument returns`,
      });
    }
  });

  it('refuses texts that are made to be slow to read as soon as others', async () => {
    const wasm = new Uint8Array(readFileSync(join(ROOT, 'examples/wordfreq/wordfreq.wasm')));
    const { programId } = document;
    const started = process.cpuUsage();
    // Each of them kept a reader busy for hours.
    const system = `${'.'.repeat(1_000_000)}x`;
    await assert.rejects(verify(session, { document: { ...document, system }, programId }), {
      code: 'PROOF_FOREIGN_KEY',
    });
    const entry = `${' '.repeat(1_000_000)}x`;
    const other = { ...readProofDocument(fixture('wordfreq'), 'wordfreq'), entry };
    await assert.rejects(verify(session, { document: other, wasm }), { code: 'PROOF_PROGRAM' });
    assert.ok(process.cpuUsage(started).user < 20_000_000);
  });

  it('reads a proof file with many commitments, or infinity in another spelling, by name', () => {
    const bent = (change: (key: { commitments: unknown[] }) => void): string => {
      const json = JSON.parse(fixture('fibonacci')) as { programKey: { commitments: unknown[] } };
      change(json.programKey);
      return JSON.stringify(json);
    };
    const many = bent((key) => {
      key.commitments = new Array(200_000).fill(null);
    });
    const expected = (message: RegExp): object => ({ code: 'PROOF_MALFORMED', message });
    assert.throws(() => readProofDocument(many, 'p'), expected(/commitments has more than 1024 entries/));
    // The id is that of infinity written null: only the spelling is refused.
    const zeros = `0x${'00'.repeat(32)}`;
    const programId = idOf(document.machine, { ...document.programKey, commitments: [null] });
    const as = (point: unknown): string =>
      bent((key) => {
        key.commitments = [point];
      }).replace(document.programId, programId);
    assert.equal(readProofDocument(as(null), 'p').programId, programId);
    assert.throws(
      () => readProofDocument(as({ x: zeros, y: zeros }), 'p'),
      expected(/commitments\[0\] is infinity, which is written null/),
    );
  });
});

describe('other values from outside', () => {
  it('bytesOf takes 0x and whole bytes', () => {
    assert.deepEqual(bytesOf('0x00ff'), Uint8Array.of(0, 255));
    for (const text of ['0x1', '0xzz', '0xFF', '0000', '', undefined]) {
      assert.throws(() => bytesOf(text as '0x'), { code: 'PROOF_MALFORMED' });
    }
  });

  it('decodeStdout takes words of 64 bits', () => {
    assert.deepEqual(decodeStdout([5n, 8n]), Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0));
    for (const word of [(1n << 64n) + 5n, -1n, 5 as unknown as bigint]) {
      assert.throws(() => decodeStdout([word, 8n]), {
        code: 'INPUT_INVALID',
        message: /output word 0 is not in \[0, 2\^64\)/,
      });
    }
  });

  it('a clock or generator that gives no bigint is named, what it gave is not', () => {
    for (const source of ['clock', 'random'] as const) {
      const next = privateWords({ [source]: () => 'secret987' as unknown as bigint });
      assert.throws(() => next(source), {
        code: 'INPUT_INVALID',
        message: `${source}: ${source} gave no bigint`,
      });
    }
  });

  it('openSession takes files and stores', async () => {
    for (const options of [
      { ceremony: 5 },
      { ceremony: '' },
      { ceremony: null },
      { cache: 5 },
      { cache: {} },
    ]) {
      await assert.rejects(openSession(options as unknown as SessionOptions), { code: 'INPUT_INVALID' });
    }
  });
});
