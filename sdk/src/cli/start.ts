/** Where the command starts: what must be set before anything is loaded, then everything else. */
import { enableCodeCache } from '../platform/code-cache.ts';
import { keepYoungHeapSmall } from '../platform/node.ts';

// Proving makes its garbage while kernels are generated, and needs the memory later.
if (process.argv[2] === 'prove') keepYoungHeapSmall();
enableCodeCache();
await import('./main.ts');
