/** Where the command starts: the cache of compiled code first, then everything else. */
import { enableCodeCache } from '../platform/code-cache.ts';

enableCodeCache();
await import('./main.ts');
