/** Runs that are interrupted go on where they were, with what is kept of them; nothing else is made of what is kept. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inThisProcess, type OpenEngine } from '../../sdk/src/attest/jobs/engine.ts';
import { wordsWithGiven, writeKept } from '../../sdk/src/attest/jobs/kept.ts';
import {
  openSession,
  type ProofDocument,
  type ProveParameters,
  type ProveResult,
  prove,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import type { AskedWord } from '../../sdk/src/machine/execute/execute.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';
import { get, i32, lines, set } from '../machine/lib/programs.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';
import { edited, type Json, MemoryFile } from './lib/memory-file.ts';
import { proveInShards, rounds, SECRET } from './lib/shards.ts';

/** A run of three proofs with this session. */
/** So little that few rows take several proofs. */
const FEW = { maxMemoryBytes: 331 * 2 ** 20 } as const;
const LONG: ProveParameters = { wasm: ROUNDS, args: [4_200], privateInputs: [SECRET], ...FEW };

describe('resuming', () => {
  let session: Session;
  /** A run of a few shards with every text that stood in its file. */
  let whole: { readonly document: ProofDocument; readonly texts: readonly string[] };
  before(async () => {
    session = await openSession({ maxLog: 14, onWarning: () => {} });
    const file = new MemoryFile();
    const { document } = await proveInShards(session, rounds(8), {}, file);
    assert.ok(file.text === undefined, 'removed');
    whole = { document, texts: file.texts };
  });
  after(() => session.dispose());

  /** Goes on from a text; how many jobs that took. */
  async function goOn(
    text: string,
    more: Parameters<typeof proveInShards>[2] = {},
  ): Promise<{ document: ProofDocument; commits: number; proofs: number; file: MemoryFile }> {
    let [commits, proofs] = [0, 0];
    const engine: OpenEngine = async (run) => {
      const here = await inThisProcess(run);
      return {
        ...here,
        commit: (...job) => {
          commits++;
          return here.commit(...job);
        },
        prove: (...job) => {
          proofs++;
          return here.prove(...job);
        },
      };
    };
    const file = new MemoryFile(text);
    const { document } = await proveInShards(session, rounds(8), { engine, ...more }, file);
    return { document, commits, proofs, file };
  }

  it('goes on behind every step, to the same bytes, and does nothing twice', async () => {
    const { shards, proof } = whole.document;
    // A commitment each, the root, a proof each.
    assert.equal(whole.texts.length, 2 * shards + 1);
    for (const [i, text] of whole.texts.entries()) {
      const { document, commits, proofs, file } = await goOn(text);
      assert.equal(document.proof, proof, `after write ${i}`);
      assert.equal(commits, Math.max(0, shards - 1 - i), `commitments after write ${i}`);
      assert.equal(proofs, Math.min(shards, 2 * shards - i), `proofs after write ${i}`);
      assert.ok(file.text === undefined);
    }
  });

  it('writes the root down before anything is proven', () => {
    const { shards } = whole.document;
    const kept = whole.texts.map((text): Json => JSON.parse(text.split('\n')[0]!));
    const rooted = kept.findIndex(({ root }) => root !== null);
    assert.equal(rooted, shards);
    assert.ok(kept[rooted].proofs.every((proof: unknown) => proof === null));
    assert.ok(
      kept.slice(rooted).every(({ root, heads }) => root === kept[rooted].root && !heads.includes(null)),
    );
    assert.equal(new Set(kept.map(({ seed }) => seed)).size, 1);
  });

  it('keeps no private input', () => {
    for (const text of whole.texts) {
      assert.doesNotMatch(text, new RegExp(String(SECRET)));
      assert.doesNotMatch(text, new RegExp(SECRET.toString(16)));
    }
  });

  it('a proof that does not convince is made again, a second root is refused by name', async () => {
    const last = whole.texts.at(-1)!;
    const bent = edited(last, (kept) => {
      kept.proofs[1] = kept.proofs[1]!.replace(/.$/, (digit: string) => (digit === '0' ? '1' : '0'));
    });
    const { document, proofs } = await goOn(bent);
    assert.equal(document.proof, whole.document.proof);
    assert.equal(proofs, 1);
    const twice = edited(last, (kept) => {
      kept.heads[0] = kept.heads[1];
    });
    await assert.rejects(goOn(twice), { code: 'SEED_SPENT', message: /commitments are others/ });
  });

  it('a commitment of other rows ends the run, which begins anew under another seed', async () => {
    const before = edited(whole.texts[whole.document.shards - 1]!, (kept) => {
      kept.heads[0] = kept.heads[1];
    });
    const { document, commits, file } = await goOn(before);
    await verify(session, { document, wasm: ROUNDS });
    assert.equal(commits, document.shards);
    const seeds = new Set(file.texts.map((text) => JSON.parse(text.split('\n')[0]!).seed));
    assert.equal(seeds.size, 2);
  });

  it('keeps what a clock and chance gave, and of a private stream nothing', () => {
    const kept: Json = JSON.parse(whole.texts[0]!.split('\n')[0]!);
    const words: AskedWord[] = [
      { source: 'stream', which: 0, word: 777_777n },
      { source: 'clock', which: 0, word: 1234n },
      { source: 'stream', which: 0, word: undefined },
      { source: 'random', which: 0, word: 5n },
    ];
    const { terms, inputs, plan, shards } = kept;
    const none = { heads: [], uses: undefined, root: undefined, proofs: [], parts: [] };
    const run = { terms, inputs, plan, shards, words, seed: new Uint8Array(32), ...none };
    const text = writeKept(run);
    assert.doesNotMatch(text, /777777/);
    const written: Json = JSON.parse(text.split('\n')[0]!);
    assert.deepEqual(
      written.words.map(({ word }) => word),
      [null, '1234', null, '5'],
    );
    const stream = [777_777n].values();
    assert.deepEqual(
      wordsWithGiven(run, (source, which) => {
        assert.deepEqual([source, which], ['stream', 0]);
        return stream.next().value;
      }).map(({ word }) => word),
      [777_777n, 1234n, undefined, 5n],
    );
  });

  it('a damaged file is refused by name', async () => {
    const text = whole.texts[2]!;
    const malformed = (changed: string): Promise<void> =>
      assert.rejects(goOn(changed), { code: 'RESUME_MALFORMED', message: /^a file in memory: / });
    await malformed('');
    await malformed('{}');
    await malformed(text.slice(0, -1));
    await malformed(text.slice(0, text.length / 2));
    await malformed(text.replace('"seed":"0x', '"seed":"0x1'));
    await malformed(edited(text, (kept) => delete kept.seed));
    await malformed(edited(text, (kept) => kept.heads.pop()));
    await malformed(edited(text, (kept) => (kept.uses = '0x1234')));
    await malformed(edited(text, (kept) => (kept.format = 'other')));
  });

  it('a run with other limits is refused by name', async () => {
    const heights = { alu: 5, mem: 5, memx: 5, wide: 5, ctl: 5, boundary: 4 };
    const other = { ...rounds(8), limits: { heights, cells: Number.POSITIVE_INFINITY } };
    const file = new MemoryFile(whole.texts[3]!);
    await assert.rejects(proveInShards(session, other, {}, file), {
      code: 'RUN_MISMATCH',
      message: /^a file in memory: .*other limits/,
    });
  });

  describe('by prove', () => {
    let folder: string;
    let path: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'wattest-resume-'));
      path = join(folder, 'run');
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** Interrupted when this shard is begun to be proven. */
    async function interrupted(shard: number, parameters: ProveParameters = LONG): Promise<Error> {
      const stop = new AbortController();
      const promise = prove(session, {
        ...parameters,
        resume: path,
        signal: stop.signal,
        onProgress: ({ phase }) => {
          if (phase.startsWith(`shard ${shard + 1} `) && phase.endsWith('opening')) stop.abort();
        },
      });
      return promise.then(
        () => assert.fail('it was not interrupted'),
        (error: Error) => error,
      );
    }

    it('says where what is done is kept, for this user alone, and goes on there', async () => {
      const error = await interrupted(1);
      assert.match(error.message, /what is done is kept/);
      assert.match((error as { fix?: string }).fix ?? '', /as secret as the private inputs/);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const result: ProveResult = await prove(session, { ...LONG, resume: path });
      assert.deepEqual(result.resumed, { commitments: 3, proofs: 1, joins: 0 });
      assert.ok(!existsSync(path));
      await verify(session, { document: result.document, wasm: ROUNDS });
    });

    it('takes nothing of another run: each difference by name', async () => {
      await interrupted(0);
      const text = readFileSync(path, 'utf8');
      const refused = async (
        change: Partial<ProveParameters>,
        message: RegExp,
        other = session,
      ): Promise<void> => {
        await assert.rejects(prove(other, { ...LONG, ...change, resume: path }), {
          code: 'RUN_MISMATCH',
          message,
        });
        assert.equal(readFileSync(path, 'utf8'), text, 'nothing is lost');
      };
      await refused({ args: [4_201] }, /other inputs/);
      await refused({ privateInputs: [SECRET + 1n] }, /other inputs/);
      await refused({ publicInputs: [1] }, /other inputs/);
      await refused({ wasm: Uint8Array.from([...ROUNDS, 0, 2, 1, 120]) }, /another module/);
      await refused({ shape: { wide: 6 } }, /least heights/);
      const taller = await openSession({ maxLog: 15, onWarning: () => {} });
      try {
        await refused({}, /other keys/, taller);
      } finally {
        await taller.dispose();
      }
      for (const [change, message] of [
        [(kept: Json) => (kept.terms.system = '3'), /another version/],
        [(kept: Json) => (kept.terms.entry = 'g'), /another export/],
        [(kept: Json) => (kept.terms.imports = '{}'), /other imports/],
        [(kept: Json) => (kept.formatVersion = 0), /another release/],
      ] as const) {
        writeFileSync(path, edited(text, change), { mode: 0o600 });
        await assert.rejects(prove(session, { ...LONG, resume: path }), { code: 'RUN_MISMATCH', message });
      }
      rmSync(path);
    });

    it('reads nothing that somebody else could have written', async () => {
      // Windows has no such permissions.
      if (process.getuid === undefined) return;
      writeFileSync(path, whole.texts[0]!);
      chmodSync(path, 0o622);
      await assert.rejects(prove(session, { ...LONG, resume: path }), {
        code: 'FILE_UNREADABLE',
        message: /shared with other users/,
      });
      rmSync(path);
    });

    it('a run of one proof keeps nothing, and what is kept of a longer one is not for it', async () => {
      const short = { ...LONG, args: [5], resume: path };
      const { document, resumed } = await prove(session, short);
      assert.equal(document.shards, 1);
      assert.equal(resumed, undefined);
      assert.ok(!existsSync(path));
    });

    it('private words that nobody can give again are those of the first time', async () => {
      const file = new MemoryFile();
      let asked = 0;
      const random = (): bigint => {
        asked++;
        return 0x1234_5678_9abc_def0n;
      };
      const stop = new AbortController();
      file.onWrite = () => stop.abort();
      const run = { wasm: RANDOM, invoke: 'f', args: [4_200], ...FEW };
      await assert.rejects(prove(session, { ...run, random, resume: file, signal: stop.signal }), {
        code: 'ABORTED',
      });
      assert.equal(asked, 1);
      const other = (): bigint => assert.fail('asked again');
      const { document, resumed, outputs } = await prove(session, { ...run, random: other, resume: file });
      assert.deepEqual(resumed, { commitments: 1, proofs: 0, joins: 0 });
      assert.deepEqual(outputs, []);
      await verify(session, { document, wasm: RANDOM });
    });
  });
});

/** Takes a random word, counts `n` rounds, returns the word's low half plus the rounds. */
const RANDOM: Uint8Array = moduleBytes({
  types: ['i32 -> i32', 'i32 i32 -> i32'],
  imports: [['wasi_snapshot_preview1', 'random_get', { kind: 'func', type: 1 }]],
  functions: [
    {
      type: 0,
      locals: ['i32'],
      code: lines(
        [i32(64), i32(8), ['call', 0], 'drop'],
        ['loop', get(1), i32(1), 'i32.add', set(1)],
        [i32(8), i32(8), ['i32.load', 2, 0], i32(3), 'i32.add', ['i32.store', 2, 0]],
        [get(1), get(0), 'i32.lt_u', ['br_if', 0], 'end'],
        [i32(64), ['i32.load', 2, 0], get(1), 'i32.add'],
      ),
    },
  ],
  memories: [{ min: 1, max: 1 }],
  exports: [
    ['f', 'func', 1],
    ['memory', 'memory', 0],
  ],
});
