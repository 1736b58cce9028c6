/**
 * Entry point `wattest/compile`: generated verifiers compiled by solc (an optional peer). Apart from `wattest`, since bundlers that follow
 * every import cannot take in a compiler that was made for Node.
 */
export {
  type AbiEntry,
  type CodeRange,
  type CompiledContract,
  type CompileVerifierOptions,
  compileVerifier,
  type VerifierSource,
} from './solidity/compile.ts';
export { COMPILER_SETTINGS, SOLC_VERSION } from './solidity/settings.ts';
