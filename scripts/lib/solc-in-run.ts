/**
 * Required by mocha for `scripts/test.ts`: the package `solc` is `solcOnce` for this process. Compilers on threads and in processes of their own are not touched, and test/solidity, which is about
 * compiling, does without.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { SOLC_ENTRY, solcOnce } from './solc-once.ts';

const NAME = 'wattest.solc-once';
Object.assign(globalThis, { [Symbol.for(NAME)]: solcOnce });
const entry = pathToFileURL(SOLC_ENTRY).href;
registerHooks({
  load: (url, context, next) => {
    if (url !== entry) return next(url, context);
    const source = `module.exports = globalThis[Symbol.for('${NAME}')];`;
    return { format: 'commonjs', source, shortCircuit: true };
  },
});
