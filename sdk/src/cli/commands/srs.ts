import { Argument, type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_MAX_LOG } from '../../attest/session/session.ts';
import { fail } from '../../errors/index.ts';
import { createEngine } from '../../kernels/index.ts';
import { approximateBytes, CEREMONY_FILES, ceremonyFileFor, powersOf } from '../../kzg/ceremony-files.ts';
import { countPowers, importPtau } from '../../kzg/srs-ptau.ts';
import { TABLES_LOG } from '../../machine/chips/tables.ts';
import { MAX_CHIP_LOG } from '../../machine/program.ts';
import { powersFor } from '../../machine/system.ts';
import { openFile } from '../../platform/files.ts';
import { blake2bOf, download } from '../download.ts';
import { requireWritable } from '../files.ts';
import { interruptible, printJson, printTable, wholeNumber } from '../options.ts';
import { ProgressBar } from '../progress.ts';
import { grouped } from '../tables.ts';

interface Flags {
  readonly maxLog?: number;
  readonly url?: string;
  readonly blake2b?: string;
  readonly json?: boolean;
}

/** `wattest srs`: which ceremony file, from where, and whether it is one. */
export function registerSrs(program: Command): void {
  program
    .command('srs')
    .addArgument(
      new Argument(
        '<action>',
        'list: the published files of the Perpetual Powers of Tau; fetch: download the smallest that a key takes and compare its hash; check: hash, points and ratios of a file',
      ).choices(['list', 'fetch', 'check']),
    )
    .argument('[file]', 'what is checked, or written; default of fetch: its published name, here')
    .option(
      '--max-log <k>',
      `of the key that it is for, ${TABLES_LOG} to ${MAX_CHIP_LOG}; small proofs (--wrap) take 17 or more (default ${DEFAULT_MAX_LOG})`,
      wholeNumber,
    )
    .option('--url <url>', 'another place to fetch it from; the hash is the published one all the same')
    .option(
      '--blake2b <hash>',
      'for check: the hash that the file must have, of another ceremony; default: a published one',
      hashOf,
    )
    .option('--json', 'one JSON object on standard output')
    .action(srsCommand);
}

/** @throws InvalidArgumentError */
function hashOf(text: string): string {
  if (!/^[\da-f]{128}$/i.test(text)) throw new InvalidArgumentError('It is not 128 hexadecimal digits');
  return text.toLowerCase();
}

async function srsCommand(
  action: 'list' | 'fetch' | 'check',
  file: string | undefined,
  flags: Flags,
): Promise<void> {
  if (action === 'fetch') return fetchCommand(file, flags);
  if (action === 'check') {
    if (file !== undefined) return checkCommand(file, flags);
    fail('USAGE', 'there is no file to check', { fix: 'Name it: wattest srs check FILE' });
  }
  listCommand(flags);
}

/** log2 of the tallest key that so many powers are enough for; undefined where it is none. */
function largestLog(powers: number): number | undefined {
  for (let log = MAX_CHIP_LOG; log >= TABLES_LOG; log--) if (powersFor(log) <= powers) return log;
  return undefined;
}

function listCommand({ json }: Flags): void {
  const files = CEREMONY_FILES.map((file) => ({
    ...file,
    maxLog: largestLog(powersOf(file)),
    approximateBytes: approximateBytes(file.power),
  }));
  if (json === true) {
    printJson(files);
    return;
  }
  printTable(
    files.map(({ name, maxLog, approximateBytes: bytes, blake2b }) => [
      name,
      [`--max-log ${maxLog}, ${size(bytes)}`, `BLAKE2b ${blake2b}`],
    ]),
  );
}

const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;

async function fetchCommand(path: string | undefined, flags: Flags): Promise<void> {
  const file = ceremonyFileFor(powersFor(maxLogOf(flags)))!;
  const output = path ?? file.name;
  const { url = file.url } = flags;
  await requireWritable(output);
  const { signal, release } = interruptible();
  const bar = new ProgressBar();
  process.stderr.write(`${file.name}, about ${size(approximateBytes(file.power))}\n`);
  try {
    const onProgress = (done: number, total = approximateBytes(file.power)): void =>
      bar.update({ phase: `${size(done)} of ${size(total)}`, fraction: Math.min(1, done / total) });
    await download({ url, path: output, blake2b: file.blake2b, signal, onProgress });
  } finally {
    bar.done();
    release();
  }
  if (flags.json === true) {
    printJson({ path: output, ...file });
    return;
  }
  printTable([
    ['written', output],
    ['BLAKE2b', `${file.blake2b}, as published`],
  ]);
}

async function checkCommand(path: string, flags: Flags): Promise<void> {
  const { signal, release } = interruptible();
  const bar = new ProgressBar();
  try {
    const source = await openFile(path);
    try {
      const powers = await countPowers(source);
      const served = largestLog(powers);
      const maxLog =
        flags.maxLog === undefined ? Math.min(served ?? TABLES_LOG, DEFAULT_MAX_LOG) : maxLogOf(flags);
      bar.say(`hashing ${size(source.size)}`);
      const blake2b = await blake2bOf(path, signal);
      const published = CEREMONY_FILES.find((file) => file.blake2b === blake2b);
      // Points that fit together may be of a τ that their maker kept: only where the file comes from says that nobody did.
      if (flags.blake2b === undefined ? published === undefined : blake2b !== flags.blake2b) {
        fail('HASH_MISMATCH', `its BLAKE2b is ${blake2b}, which is none that was asked for or published`, {
          where: path,
          fix: 'Fetch a published file (wattest srs fetch), or give the hash that the makers of this one publish (--blake2b)',
        });
      }
      bar.say(`checking ${grouped(powersFor(maxLog))} powers`);
      const engine = await createEngine();
      try {
        // Without a store: what is asked is the file.
        await importPtau(source, engine, { size: powersFor(maxLog) });
      } finally {
        await engine.dispose();
      }
      bar.done();
      if (flags.json === true) {
        printJson({
          ok: true,
          powers,
          checkedPowers: powersFor(maxLog),
          maxLog: served,
          blake2b,
          published: published?.name,
        });
        return;
      }
      printTable([
        ['file', published === undefined ? path : `${path}, which is ${published.name}`],
        ['powers', `${grouped(powers)}, enough for --max-log ${served}`],
        [
          'checked',
          `${grouped(powersFor(maxLog))} of them (--max-log ${maxLog}): points of the curve, one ratio, no τ that everybody knows`,
        ],
        ['BLAKE2b', blake2b],
      ]);
    } finally {
      await source.close();
    }
  } finally {
    bar.done();
    release();
  }
}

function maxLogOf({ maxLog = DEFAULT_MAX_LOG }: Flags): number {
  if (maxLog >= TABLES_LOG && maxLog <= MAX_CHIP_LOG) return maxLog;
  fail('USAGE', `--max-log ${maxLog} is none of a key`, {
    fix: `Give a number from ${TABLES_LOG} to ${MAX_CHIP_LOG}`,
  });
}
