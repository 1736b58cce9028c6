/** What a worker tells those who run it: `/health` for supervisors, `/metrics` for Prometheus. Counts and times, nothing of a run. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WattestError } from '../errors/index.ts';
import { type Broker, peer, reasonOf } from './connection.ts';
import type { JobReport } from './worker.ts';

export interface Health {
  readonly url: string;
  count(report: JobReport): void;
  close(): Promise<void>;
}

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly busy: () => boolean;
}

/** Seconds of a job, for the histogram. */
const BUCKETS = [1, 2, 5, 10, 20, 30, 60, 120, 300];

/** @throws PEER_MISSING, INPUT_INVALID where the port cannot be had */
export async function serveHealth(broker: Broker, options: HealthOptions): Promise<Health> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await peer(
    'prom-client',
    () => import('prom-client'),
  );
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  const jobs = new Counter({
    name: 'wattest_jobs_total',
    help: 'Jobs that this worker ended, by kind and outcome',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'wattest_job_seconds',
    help: 'Seconds that jobs took, by kind',
    labelNames: ['kind'],
    buckets: BUCKETS,
    registers,
  });
  register.registerMetric(
    new Gauge({
      name: 'wattest_worker_busy',
      help: 'Whether a job is under way',
      registers: [],
      collect(): void {
        this.set(options.busy() ? 1 : 0);
      },
    }),
  );
  register.registerMetric(
    new Gauge({
      name: 'wattest_queue_jobs',
      help: 'Jobs of the queue, of all runs, by state',
      labelNames: ['state'],
      registers: [],
      async collect(): Promise<void> {
        if (broker.client.status !== 'ready') return;
        const counts = await broker.queue.getJobCounts('wait', 'active', 'delayed', 'failed');
        for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
      },
    }),
  );
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    };
    if (request.url === '/metrics') {
      register.metrics().then(
        (text) => answer(200, register.contentType, text),
        (error: unknown) => answer(500, 'text/plain', `${reasonOf(error)}\n`),
      );
    } else if (request.url === '/health') {
      const connected = broker.client.status === 'ready';
      const body = { worker: options.name, queue: broker.name, connected, busy: options.busy() };
      answer(connected ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
    } else answer(404, 'text/plain', 'There are /health and /metrics\n');
  });
  await listening(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    count: ({ kind, outcome, seconds: took }) => {
      jobs.inc({ kind, outcome });
      if (outcome === 'done') seconds.observe({ kind }, took);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { host, port }: HealthOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (cause) => {
      reject(
        new WattestError('INPUT_INVALID', `nothing can listen at ${host}:${port} (${reasonOf(cause)})`, {
          where: '--health',
          fix: 'Give another port, or 0 for any that is free',
          cause,
        }),
      );
    });
    server.listen(port, host);
  });
}
