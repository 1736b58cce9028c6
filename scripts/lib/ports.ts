/** Ports that scripts are told. */
import { createServer } from 'node:net';

/** Of an option; 0 is a free one. Ends the script where the text is none. @param script how it is called */
export function portOf(text: string, script: string, option = 'port'): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  process.stderr.write(`${script}: --${option} is no port. Give a number up to 65535, 0 for a free one.\n`);
  process.exit(2);
}

/**
 * Ends the script where somebody listens there already: asked before any work that a port in use would spoil.
 * @param option by which another one is given
 */
export async function requireFree(port: number, script: string, option = 'port'): Promise<void> {
  for (const host of ['127.0.0.1', 'localhost']) {
    const code = await new Promise<string | undefined>((resolve) => {
      const server = createServer();
      server.once('error', ({ code: reason }: NodeJS.ErrnoException) => resolve(reason ?? 'unknown'));
      server.listen(port, host, () => server.close(() => resolve(undefined)));
    });
    if (code === undefined) continue;
    const problem = code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${code})`;
    process.stderr.write(
      `${script}: port ${port} ${problem}. Give another one with --${option} (0: a free one), or end what listens there.\n`,
    );
    process.exit(2);
  }
}
