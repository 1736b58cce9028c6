/**
 * Private words are nowhere but in the prover's memory: not in proofs, documents, results, progress, warnings, errors, the output
 * of the command or a file that it leaves; and proofs of two witnesses have nothing in common.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { bytesOf, writeProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import {
  check,
  openSession,
  type ProofDocument,
  prove,
  run,
  type Session,
  verify,
} from '../../sdk/src/index.ts';
import { cacheDirectory } from '../../sdk/src/platform/node-storage.ts';
import { type Code, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { wattestProcess } from '../cli/lib/wattest.ts';
import { figure } from './lib/report.ts';

const INPUT: Code = [
  ['i32.const', 0],
  ['call', 0],
];
/** What `main(mode)` does with three private words a, b, c: it writes whether a ^ b = c, unless the mode makes it fail. */
const MODES = [
  'returns',
  'unreachable',
  'memory',
  'division',
  'require',
  'table',
  'missing',
  'endless',
] as const;
type Mode = (typeof MODES)[number];
/** How a run ends: the text of its status, or the code of the error where it has none. */
const ENDS: Readonly<Record<Mode, string>> = {
  returns: 'returned',
  unreachable: 'trapped: unreachable',
  memory: 'trapped: out of bounds memory access',
  division: 'trapped: integer divide by zero',
  require: 'trapped: require failed',
  table: 'trapped: undefined element',
  missing: 'INPUT_MISSING',
  endless: 'RUN_TOO_LONG',
};
const FAILURES: Readonly<Record<Exclude<Mode, 'returns' | 'missing' | 'endless'>, Code>> = {
  unreachable: ['unreachable'],
  memory: [['local.get', 1], 'i32.wrap_i64', ['i32.const', -65536], 'i32.or', ['i32.load', 2, 0], 'drop'],
  division: [['local.get', 1], ['i64.const', 0], 'i64.div_u', 'drop'],
  require: [
    ['i32.const', 0],
    ['call', 2],
  ],
  table: [
    ['i32.const', 3],
    ['local.get', 1],
    'i32.wrap_i64',
    ['i32.const', 256],
    'i32.or',
    ['call_indirect', 3, 0],
    'drop',
  ],
};
const when = (mode: Mode, code: Code): Code => [
  'block',
  ['local.get', 0],
  ['i32.const', MODES.indexOf(mode)],
  'i32.ne',
  ['br_if', 0],
  ...code,
  'end',
];
const wasm = moduleBytes({
  types: ['i32 -> i64', 'i64 ->', 'i32 ->', 'i32 -> i32'],
  imports: [
    ['env', 'wasm_input', { kind: 'func', type: 0 }],
    ['env', 'wasm_output', { kind: 'func', type: 1 }],
    ['env', 'require', { kind: 'func', type: 2 }],
  ],
  functions: [
    {
      type: 3,
      locals: ['i64', 'i64', 'i64'],
      code: [
        ...INPUT,
        ['local.set', 1],
        ...INPUT,
        ['local.set', 2],
        ...INPUT,
        ['local.set', 3],
        // In the memory as well, over a cell's border.
        ['i32.const', 6],
        ['local.get', 1],
        ['i64.store', 0, 0],
        ...Object.entries(FAILURES).flatMap(([mode, code]) => when(mode as Mode, code)),
        ...when('missing', [...INPUT, 'drop']),
        ...when('endless', ['loop', ['br', 0], 'end']),
        ['i32.const', 6],
        ['i64.load', 0, 0],
        ['local.get', 2],
        'i64.xor',
        ['local.get', 3],
        'i64.eq',
        'i64.extend_i32_u',
        ['call', 1],
        ['i32.const', 0],
      ],
    },
  ],
  tables: [{ type: 'funcref', limits: { min: 1, max: 1 } }],
  memories: [{ min: 1, max: 1 }],
  exports: [['main', 'func', 3]],
});

/** Words whose traces cannot be there by chance. */
function secrets(): bigint[] {
  const word = (): bigint => randomBytes(8).readBigUInt64LE() | (1n << 63n) | (1n << 31n);
  const [a, b] = [word(), word()];
  return [a, b, a ^ b];
}

/** Everything that was shown or left, and where. */
class Shown {
  readonly #texts: [where: string, text: string][] = [];
  readonly #files: [where: string, bytes: Uint8Array][] = [];

  text(where: string, value: unknown): void {
    // Hidden properties, causes and stacks too.
    const long = { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null } as const;
    this.#texts.push([where, typeof value === 'string' ? value : inspect(value, long)]);
  }

  bytes(where: string, bytes: Uint8Array): void {
    this.#files.push([where, bytes]);
    this.#texts.push([where, Buffer.from(bytes).toString('latin1')]);
  }

  /** Places where a word stands: in decimal, hexadecimal or bytes, whole or (in text) one of its halves. */
  placesOf(words: readonly bigint[]): string[] {
    const places = new Set<string>();
    for (const word of words) {
      const big = Buffer.alloc(8);
      big.writeBigUInt64BE(word);
      const little = Buffer.from(big).reverse();
      const halves = [word & 0xffff_ffffn, word >> 32n];
      const forms = [word, ...halves].flatMap((v) => [`${v}`, v.toString(16)]);
      forms.push(`${BigInt.asIntN(64, word)}`, ...halves.map((v) => `${BigInt.asIntN(32, v)}`));
      forms.push(little.toString('hex'), [...big].join(), [...little].join());
      for (const [where, text] of this.#texts) {
        const lower = text.toLowerCase().replaceAll('_', '');
        if (forms.some((form) => lower.includes(form))) places.add(where);
      }
      for (const [where, bytes] of this.#files) {
        const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        if (buffer.includes(big) || buffer.includes(little)) places.add(where);
      }
    }
    return [...places];
  }

  get count(): number {
    return this.#texts.length;
  }
}

/** Keeps what is written to the console while something runs. */
async function overheard<T>(shown: Shown, where: string, work: () => Promise<T> | T): Promise<T> {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  streams.forEach((stream, i) => {
    stream.write = ((...args: Parameters<typeof stream.write>) => {
      shown.text(`${where}: console`, String(args[0]));
      return writes[i]!.apply(stream, args);
    }) as typeof stream.write;
  });
  try {
    return await work();
  } finally {
    streams.forEach((stream, i) => {
      stream.write = writes[i]!;
    });
  }
}

/** Paths of all files in a folder and in those within it. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const argsOf = (mode: Mode): number[] => [MODES.indexOf(mode)];

describe('private words', () => {
  let session: Session;
  const shown = new Shown();
  const words = [secrets(), secrets()] as const;
  const documents: ProofDocument[] = [];
  const started = Date.now();
  before(async () => {
    session = await openSession({
      onWarning: (message) => shown.text('warning', message),
      onProgress: (progress) => shown.text('session progress', progress),
    });
  });
  after(() => session.dispose());

  it('two witnesses of one statement, and one of them again: all proofs are accepted', async () => {
    for (const privateInputs of [words[0], words[0], words[1]]) {
      const result = await overheard(shown, 'prove', () =>
        prove(session, {
          wasm,
          invoke: 'main',
          args: argsOf('returns'),
          privateInputs,
          onProgress: (progress) => shown.text('progress', progress),
        }),
      );
      shown.text('result', result);
      shown.text('document', writeProofDocument(result.document));
      shown.bytes('proof', bytesOf(result.document.proof));
      const accepted = await verify(session, { document: result.document, wasm });
      shown.text('accepted', accepted);
      documents.push(result.document);
    }
    for (const { statement } of documents) {
      assert.deepEqual(statement, { publicInputs: [0n], publicOutputs: [1n, 0n], status: 0n });
    }
    assert.deepEqual(documents[0]!.programKey, documents[2]!.programKey);
  });

  it('their proofs have no point and no scalar in common, be it of the same run or of another witness', () => {
    const items = documents.map(({ proof }) => {
      const bytes = bytesOf(proof).subarray(36);
      return Array.from({ length: bytes.length / 32 }, (_, i) =>
        Buffer.from(bytes.subarray(32 * i, 32 * i + 32)).toString('hex'),
      );
    });
    const all = items.flat();
    assert.equal(new Set(all).size, all.length, 'not even within one proof');
    // Selector and heights are all that is equal.
    const heads = documents.map(({ proof }) => Buffer.from(bytesOf(proof).subarray(0, 36)).toString('hex'));
    assert.equal(new Set(heads).size, 1);
    figure(`${all.length} points and scalars in 3 proofs of 2 witnesses, all different`);
  });

  it('runs that fail say why, not on what', async () => {
    type Ended = { readonly status: { readonly text: string } };
    const ends = async (
      where: string,
      expected: string,
      work: () => Promise<Ended> | Ended,
    ): Promise<void> => {
      let ended: string;
      try {
        const result = await overheard(shown, where, work);
        shown.text(where, result);
        ended = result.status.text;
      } catch (error) {
        assert.ok(isWattestError(error), String(error));
        shown.text(where, error);
        ended = error.code;
      }
      assert.equal(ended, expected, where);
    };
    for (const mode of MODES) {
      const parameters = { wasm, invoke: 'main', args: argsOf(mode), privateInputs: words[0] };
      const expected = ENDS[mode];
      await ends(`run: ${mode}`, expected, () => run({ ...parameters, maxInstructions: 10_000 }));
      if (mode === 'endless') continue;
      await ends(`check: ${mode}`, expected, () => check(parameters));
      const refused = expected.startsWith('trapped') ? 'RUN_TRAPPED' : expected;
      await ends(`prove: ${mode}`, refused, () => prove(session, parameters));
    }
    const own = { wasm, invoke: 'main', args: argsOf('unreachable') };
    await ends('prove a trap', ENDS.unreachable, () =>
      prove(session, { ...own, privateInputs: words[0], allowFailure: true }),
    );
    // Not words at all.
    const [a] = words[0];
    for (const bad of [`${a}${a}`, `0x${a!.toString(16)}ff`, `${a}.5`, `-${a}`]) {
      await ends('a malformed word', 'INPUT_INVALID', () => run({ ...own, privateInputs: [bad] }));
    }
    const controller = new AbortController();
    await ends('aborted', 'ABORTED', () =>
      prove(session, {
        ...own,
        args: argsOf('returns'),
        privateInputs: words[0],
        signal: controller.signal,
        onProgress: ({ fraction }) => fraction > 0.3 && controller.abort(),
      }),
    );
  });

  it('the command writes none, to no stream and no file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-secrets-'));
    try {
      const [module, proof, temporary] = ['p.wasm', 'proof.json', 'tmp'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      writeFileSync(module, wasm);
      const secret = ['--private', words[1].join()];
      const commands = [
        ['prove', module, '--invoke', 'main', '--args', '0', ...secret, '-o', proof],
        ['prove', module, '--invoke', 'main', '--args', '1', ...secret, '-o', `${proof}.trap`, '--json'],
        ['run', module, '--invoke', 'main', '--args', '2', ...secret],
        ['run', module, '--invoke', 'main', '--args', '6', ...secret, '--json'],
        ['check', module, '--invoke', 'main', '--args', '0', ...secret],
      ];
      for (const command of commands) {
        const { code, out, err } = await wattestProcess(command, { TMPDIR: temporary.replace(/tmp$/, '') });
        const what = `${command[0]} ${command[5]}`;
        assert.ok(code === 0 || code === 1 || code === 2, `${what}: ${err}`);
        assert.equal(code === 0, command[5] === '0', `${what}: ${code} ${err}`);
        shown.text(what, out + err);
      }
      assert.deepEqual(filesOf(folder).sort(), [module, proof]);
      shown.bytes('proof file', readFileSync(proof));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    // What the cache got meanwhile.
    for (const path of filesOf(cacheDirectory())) {
      // Another process may have renamed its temporary file.
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (changed !== undefined && changed >= started) shown.bytes(path, readFileSync(path));
    }
  });

  it('none of it shows a private word', () => {
    assert.deepEqual(shown.placesOf(words.flat()), []);
    figure(`${shown.count} texts and files searched for ${words.flat().length} private words: none found`);
    assert.ok(shown.count > 60, `${shown.count}`);
    // The search would see one.
    const careless = new Shown();
    const [a] = words[0] as [bigint];
    const bytes = Buffer.alloc(32, 7);
    bytes.writeBigUInt64LE(a, 9);
    careless.bytes('bytes', bytes);
    careless.text('hidden', Object.assign(new Error('x'), { cause: { words: [1n, a] } }));
    careless.text('half', `low ${a & 0xffff_ffffn}`);
    assert.deepEqual(careless.placesOf([a]).sort(), ['bytes', 'half', 'hidden']);
  });
});
