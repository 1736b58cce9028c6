/** `wattest srs`: the published ceremony files, downloads that are resumed and compared, files that are checked. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download, partOf } from '../../sdk/src/cli/download.ts';
import { approximateBytes, CEREMONY_FILES, ceremonyFileFor } from '../../sdk/src/kzg/ceremony-files.ts';
import { powersFor } from '../../sdk/src/machine/system.ts';
import { encodePtau, honestPtau } from '../kzg/support.ts';
import { until } from '../lib/until.ts';
import { refused } from '../lib/verdict.ts';
import { ROOT } from '../structure/sources.ts';
import { wattest } from './lib/wattest.ts';

describe('ceremony files', () => {
  let folder: string;
  let server: Server;
  let url: string;
  /** What the server answers; by default the file, by ranges. */
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const ranges: (string | undefined)[] = [];
  const bytes = randomBytes(300_000);
  const blake2b = createHash('blake2b512').update(bytes).digest('hex');
  const path = (name: string): string => join(folder, name);

  const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);
  const byRanges = (most = bytes.length, whole = false): typeof answer => {
    return ({ headers: { range } }, response) => {
      const from = whole || range === undefined ? 0 : Number(/^bytes=(\d+)-$/.exec(range)![1]);
      if (from >= bytes.length) {
        response.writeHead(416).end();
        return;
      }
      response.writeHead(from === 0 ? 200 : 206, { 'content-length': bytes.length - from });
      response.write(bytes.subarray(from, from + most));
      if (from + most >= bytes.length) response.end();
      // Not before what came is written: what a connection holds when it breaks is lost.
      else void until(() => sizeOf(partOf(path('cut'))) >= from + most).then(() => response.destroy());
    };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-srs-'));
    server = createServer((request, response) => {
      ranges.push(request.headers.range);
      answer(request, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.ptau`;
  });
  beforeEach(() => {
    ranges.length = 0;
    answer = byRanges();
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    rmSync(folder, { recursive: true, force: true });
  });

  it('are those that snarkjs lists, with their hashes', () => {
    const readme = readFileSync(join(ROOT, 'node_modules/snarkjs/README.md'), 'utf8');
    const rows = [...readme.matchAll(/\| \[(\S+\.ptau)\]\((\S+)\)\s*\|\s*([\da-f]{128}) *\|/g)];
    const listed = new Map(rows.map(([, name, at, hash]) => [name, { at, hash }]));
    assert.equal(CEREMONY_FILES.length, 12);
    for (const { name, url: at, blake2b: hash } of CEREMONY_FILES)
      assert.deepEqual(listed.get(name), { at, hash });
  });

  it('are the smallest that a key takes', () => {
    for (const [maxLog, power] of [
      [14, 17],
      [16, 19],
      [17, 20],
      [18, 21],
      [22, 25],
    ] as const) {
      const file = ceremonyFileFor(powersFor(maxLog))!;
      assert.equal(file.power, power);
      assert.ok(2 ** (power + 1) - 1 >= powersFor(maxLog) && 2 ** power - 1 < powersFor(maxLog));
      assert.match(
        readFileSync(join(ROOT, 'docs/srs.md'), 'utf8'),
        new RegExp(`\\| ${maxLog} \\| [\\d,]+ \\| ${power} `),
      );
    }
    assert.equal(ceremonyFileFor(2 ** 30), undefined);
    assert.ok(Math.abs(approximateBytes(17) / 151e6 - 1) < 0.01);
  });

  it('a download that is cut off goes on where it was, as often as it takes', async () => {
    answer = byRanges(100_000);
    const progress: number[] = [];
    const run = (): Promise<void> =>
      download({ url, path: path('cut'), blake2b, onProgress: (done) => progress.push(done) });
    for (const left of [100_000, 200_000]) {
      await refused(run(), 'DOWNLOAD_FAILED', /what came is in .*cut.part/);
      assert.equal(readFileSync(partOf(path('cut'))).length, left);
      assert.ok(!existsSync(path('cut')));
    }
    await run();
    assert.deepEqual(readFileSync(path('cut')), bytes);
    assert.deepEqual(ranges, [undefined, 'bytes=100000-', 'bytes=200000-']);
    assert.equal(progress.at(-1), bytes.length);
    assert.ok(!existsSync(partOf(path('cut'))));
  });

  it('from a server that knows no ranges it begins anew', async () => {
    writeFileSync(partOf(path('whole')), bytes.subarray(0, 1000));
    answer = byRanges(bytes.length, true);
    await download({ url, path: path('whole'), blake2b });
    assert.deepEqual(readFileSync(path('whole')), bytes);
  });

  it('one that is there, but for its last step, takes that alone', async () => {
    writeFileSync(partOf(path('there')), bytes);
    await download({ url, path: path('there'), blake2b });
    assert.deepEqual(readFileSync(path('there')), bytes);
  });

  it('what has another hash is not kept, and does not take the place of what was there', async () => {
    writeFileSync(path('other'), 'before');
    const wrong = download({
      url,
      path: path('other'),
      blake2b: blake2b.replace(/^./, (d) => (d === '0' ? '1' : '0')),
    });
    await refused(wrong, 'HASH_MISMATCH', /published is/);
    assert.equal(readFileSync(path('other'), 'utf8'), 'before');
    assert.ok(!existsSync(partOf(path('other'))));
    // A resumed one with other bytes in front.
    writeFileSync(partOf(path('other')), randomBytes(1000));
    await refused(download({ url, path: path('other'), blake2b }), 'HASH_MISMATCH', /published is/);
    await download({ url, path: path('other'), blake2b });
    assert.deepEqual(readFileSync(path('other')), bytes);
  });

  it('an interrupted one keeps what came', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 50_000));
    };
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done >= 50_000) stop.abort();
    };
    const stopped = download({ url, path: path('stopped'), blake2b, signal: stop.signal, onProgress });
    await refused(stopped, 'ABORTED', /what came is in/);
    assert.equal(readFileSync(partOf(path('stopped'))).length, 50_000);
  });

  it('a server that has none, and a folder that is none, are errors', async () => {
    answer = (_, response) => response.writeHead(404).end();
    await refused(download({ url, path: path('none'), blake2b }), 'DOWNLOAD_FAILED', /HTTP 404/);
    answer = byRanges();
    await refused(
      download({ url, path: path('no/folder'), blake2b }),
      'FILE_UNWRITABLE',
      /cannot be written/,
    );
  });

  it('by the command: listed, and not taken with another hash', async () => {
    const { out, code } = await wattest(['srs', 'list', '--json']);
    assert.equal(code, 0);
    const files = JSON.parse(out) as { name: string; maxLog: number }[];
    assert.equal(files.find(({ maxLog }) => maxLog === 17)!.name, 'powersOfTau28_hez_final_20.ptau');
    const fetched = await wattest(['srs', 'fetch', path('by-command'), '--url', url]);
    assert.match(fetched.err, /powersOfTau28_hez_final_20.ptau, about 1.2 GB\n.*\[HASH_MISMATCH\]/s);
    assert.equal(fetched.code, 1);
    assert.ok(!existsSync(path('by-command')));
    const bad = await wattest(['srs', 'fetch', '--max-log', '30']);
    assert.match(bad.err, /\[USAGE\] --max-log 30 is none of a key/);
  });

  it('by the command: what is no ceremony file, and one that is too small, are refused', async () => {
    writeFileSync(path('none.ptau'), bytes);
    const { code, err, out } = await wattest(['srs', 'check', path('none.ptau')]);
    assert.match(err, /\[SRS_MALFORMED\] .*not a .ptau file/);
    assert.deepEqual([code, out], [2, '']);
    const nothing = await wattest(['srs', 'check']);
    assert.match(nothing.err, /\[USAGE\] there is no file to check/);
  });

  it('by the command: a file whose hash nobody published is refused, unless it is asked for by its hash', async () => {
    const file = encodePtau(honestPtau(2n ** 200n + 57n, 2));
    writeFileSync(path('own.ptau'), file);
    const hash = createHash('blake2b512').update(file).digest('hex');
    for (const more of [[], ['--blake2b', blake2b]]) {
      const { code, err, out } = await wattest(['srs', 'check', path('own.ptau'), ...more]);
      assert.match(err, new RegExp(`\\[HASH_MISMATCH\\] .*${hash}`));
      assert.deepEqual([code, out], [1, '']);
    }
    // Its hash is taken, so what is wrong with it is its size.
    const asked = await wattest(['srs', 'check', path('own.ptau'), '--blake2b', hash.toUpperCase()]);
    assert.match(asked.err, /\[SRS_TOO_SMALL\]/);
    const none = await wattest(['srs', 'check', path('own.ptau'), '--blake2b', '12']);
    assert.match(none.err, /It is not 128 hexadecimal digits/);
  });
});
