/** A real redis-server for a test: on a free port, in a folder of its own, ended and removed with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

function found(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Of Redis or Valkey, whichever is installed. */
const SERVER = ['redis-server', 'valkey-server'].find(found);

/** A test that needs a server, or the reason why it is skipped. */
export const withServer: (title: string) => string = (title) =>
  SERVER === undefined ? `SKIPPED, there is no redis-server: ${title}` : title;
export const describeWithServer: Mocha.SuiteFunction | Mocha.PendingSuiteFunction =
  SERVER === undefined ? describe.skip : describe;

export interface Server {
  readonly url: string;
  readonly folder: string;
  /** For looking at what is there. */
  readonly client: Redis;
  /** Kills the server and starts it again: with what it wrote down, or with nothing. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** @param durable writes every command down as it is (an append-only file without compression), and has it after a restart */
export async function startServer({ durable = false }: { readonly durable?: boolean } = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-redis-'));
  const port = await freePort();
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const keeping = durable
      ? ['--appendonly', 'yes', '--appendfsync', 'always', '--aof-use-rdb-preamble', 'no']
      : ['--appendonly', 'no'];
    const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...keeping];
    child = spawn(SERVER!, options, { stdio: 'ignore' });
    const probe = new Redis(port, '127.0.0.1', { retryStrategy: () => 30, maxRetriesPerRequest: 200 });
    probe.on('error', () => {});
    await probe.ping();
    probe.disconnect();
  };
  await start();
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
  client.on('error', () => {});
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    folder,
    client,
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    close: async () => {
      client.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
