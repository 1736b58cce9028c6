/** The worker in workerd, the runtime of Cloudflare's workers, on a free port of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

const FOLDER = 'build';

/** @param variables what the worker finds in its environment */
export async function startWorker(
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; stop(): void }> {
  mkdirSync(FOLDER, { recursive: true });
  await build({
    entryPoints: ['src/worker.ts'],
    outfile: `${FOLDER}/worker.js`,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'warning',
  });
  const bindings = Object.entries(variables).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  const config = `${FOLDER}/${Object.keys(variables).join('-') || 'plain'}.capnp`;
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  bindings = [${bindings.join(', ')}],
  compatibilityDate = "2026-01-01",
);
`,
  );
  const { default: workerd } = createRequire(import.meta.url)('workerd') as { readonly default: string };
  const child = spawn(workerd, ['serve', config, '--control-fd=1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`workerd ended with code ${code}`);
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), failed]);
  failed.catch(() => {});
  const { port } = JSON.parse(String(line)) as { readonly port: number };
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}
