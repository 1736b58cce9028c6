/** As much of S3 as the store asks for, in memory, by path: what its client library says is answered as the specification has it. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Server {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** From now on nothing finds room. */
  fill(): void;
  close(): Promise<void>;
}

const LIST = 'http://s3.amazonaws.com/doc/2006-03-01/';
/** Objects that one page of a list has: few, so that there are several. */
const PAGE = 3;

export async function startS3(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  let full = false;
  const answer = (method: string, url: URL, body: Buffer): { status: number; body: Buffer | string } => {
    const [, asked, key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (asked !== bucket) return { status: 404, body: failure('NoSuchBucket') };
    if (method === 'PUT') {
      if (full) return { status: 507, body: failure('QuotaExceeded') };
      objects.set(key, body);
      return { status: 200, body: '' };
    }
    if (method === 'POST' && url.searchParams.has('delete')) {
      for (const [, name] of body.toString().matchAll(/<Key>(.*?)<\/Key>/g)) objects.delete(name!);
      return { status: 200, body: `<DeleteResult xmlns="${LIST}"/>` };
    }
    if (method === 'GET' && key === '') return { status: 200, body: list(objects, url.searchParams) };
    const found = objects.get(key);
    return found === undefined ? { status: 404, body: failure('NoSuchKey') } : { status: 200, body: found };
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { status, body: text } = answer(request.method!, new URL(request.url!, 'http://host'), body);
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    fill: () => {
      full = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const failure = (code: string): string => `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;

function list(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const from = query.get('continuation-token') ?? '';
  const entries = new Set<string>();
  for (const key of objects.keys()) {
    if (!key.startsWith(prefix)) continue;
    const end = key.indexOf('/', prefix.length);
    entries.add(end < 0 ? key : key.slice(0, end + 1));
  }
  const sorted = [...entries].toSorted().filter((entry) => entry > from);
  const page = sorted.slice(0, PAGE);
  const parts = page.map((entry) =>
    entry.endsWith('/')
      ? `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${entry}</Key></Contents>`,
  );
  const more =
    sorted.length > PAGE
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)}</NextContinuationToken>`
      : '<IsTruncated>false</IsTruncated>';
  return `<ListBucketResult xmlns="${LIST}">${more}${parts.join('')}</ListBucketResult>`;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
