/** What this package has for compilers. */
import { fileURLToPath } from 'node:url';

/** A file of the package's folder `include`, wherever in the package this file stands. */
export function included(name: string): string {
  return fileURLToPath(import.meta.resolve(`wattest/include/${name}`));
}
