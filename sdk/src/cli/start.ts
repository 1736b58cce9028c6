/** Where the command starts: what must be set before anything is loaded, then everything else. */
import { enableCodeCache } from '../platform/code-cache.ts';
import { keepYoungHeapSmall } from '../platform/node.ts';

// Proving makes its garbage while kernels are generated, and needs the memory later.
if (process.argv[2] === 'prove') keepYoungHeapSmall();
enableCodeCache();
const { main } = await import('./main.ts');

// A reader that stops reading (`| head`) is no fault, and must not become the answer "rejected".
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    // Nor may an answer that could not be written.
    if (stream === process.stdout) process.stderr.write(`wattest: standard output: ${error.message}\n`);
    process.exit(2);
  });
}

process.exitCode = await main(process.argv.slice(2));
