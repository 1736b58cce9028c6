/** A bucket as the store of a queue, by the client library against a server of this test. */
import assert from 'node:assert/strict';
import { s3Store } from '../../sdk/src/queue/store/s3.ts';
import type { JobStore } from '../../sdk/src/queue.ts';
import { type S3Server, startS3 } from './lib/s3-server.ts';

const RUN = 'ab'.repeat(16);
const OTHER = 'cd'.repeat(16);

describe('many machines: a bucket', () => {
  let server: S3Server;
  let store: JobStore;
  const settingsBefore: Record<string, string | undefined> = {};
  before(async () => {
    server = await startS3('jobs');
    const settings = {
      AWS_ENDPOINT_URL: server.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'made-up',
      AWS_SECRET_ACCESS_KEY: 'made-up',
      AWS_MAX_ATTEMPTS: '1',
    };
    for (const [name, value] of Object.entries(settings)) {
      settingsBefore[name] = process.env[name];
      process.env[name] = value;
    }
    store = await s3Store('s3://jobs/of/queue');
  });
  after(async () => {
    await store.close();
    await server.close();
    for (const [name, value] of Object.entries(settingsBefore)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('keeps entries by run and name under its prefix, and forgets one or all of a run', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    for (const name of ['order', 'module', 'uses', 'result.commit.0.0', 'result.prove.0.0'])
      await store.write(RUN, name, bytes);
    await store.write(OTHER, 'order', bytes.slice(0, 0));
    server.objects.set('of/queue/something-else/order', Buffer.from(''));
    assert.ok([...server.objects.keys()].every((key) => key.startsWith('of/queue/')));
    assert.deepEqual(await store.read(RUN, 'uses'), bytes);
    assert.deepEqual(await store.read(OTHER, 'order'), new Uint8Array(0));
    assert.equal(await store.read(RUN, 'nothing'), undefined);
    assert.deepEqual((await store.runs()).toSorted(), [RUN, OTHER]);
    await store.remove(RUN, 'uses');
    assert.equal(await store.read(RUN, 'uses'), undefined);
    // More than one page of a list.
    await store.remove(RUN);
    assert.deepEqual([...server.objects.keys()].toSorted(), [
      `of/queue/${OTHER}/order`,
      'of/queue/something-else/order',
    ]);
    await store.remove(RUN);
  });

  it('says what is wrong by name: no bucket, no address, no room', async () => {
    const none = await s3Store('s3://nothing');
    await assert.rejects(none.write(RUN, 'order', new Uint8Array(1)), { code: 'STORE_FAILED' });
    await assert.rejects(none.runs(), { code: 'STORE_FAILED', message: /^s3:\/\/nothing: / });
    await none.close();
    for (const where of ['s3://', 's3://A', 's3://UPPER/x'])
      await assert.rejects(s3Store(where), { code: 'INPUT_INVALID' });
    server.fill();
    await assert.rejects(store.write(RUN, 'order', new Uint8Array(1)), {
      code: 'STORE_FULL',
      message: /^s3:\/\/jobs\/of\/queue: [^\n]*QuotaExceeded/,
    });
  });
});
