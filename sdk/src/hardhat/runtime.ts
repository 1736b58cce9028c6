/** What `hre.wattest` does. */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { contractKey } from '../attest/session/contract-kinds.ts';
import { hostBindings, moduleOf, requireFresh, requireOwn, writeBound } from '../cli/bind/bind.ts';
import { bindPrograms } from '../cli/bind/bind-programs.ts';
import { moduleFile, programsOf } from '../cli/bind/manifest-file.ts';
import { readBytes } from '../cli/files.ts';
import { generateVerifier } from '../solidity/generate.ts';
import { createChain } from './chain.ts';
import { programTypes } from './program-types.ts';
import { proveProgram } from './proofs.ts';
import { STALE_FIX, share } from './shared.ts';
import type { WattestRuntime } from './types.ts';

export function createRuntime(hre: HardhatRuntimeEnvironment): WattestRuntime {
  const shared = share(hre);
  const { manifest, keys } = shared;
  const chain = createChain(shared);
  const warnings = (messages: string): void => void process.stderr.write(messages);
  return {
    manifest,
    compile: async (names = []) => {
      const file = await manifest();
      const programs = programsOf(file, names).filter(({ source }) => source !== undefined);
      const modules = [];
      for (const program of programs) modules.push(await moduleOf(file, program, warnings));
      await requireOwn(modules, [file.path]);
      for (const module of modules) await writeBound(module);
      return modules.map(({ path }) => path);
    },
    bind: async (names = [], { check = false } = {}) => {
      const file = await manifest();
      return bindPrograms(file, programsOf(file, names), {
        check,
        fix: STALE_FIX,
        withIds: async (work) => work(await keys()),
        onWarnings: warnings,
        onWritten: (paths) => warnings(`written: ${paths.join(', ')}\n`),
        more: [programTypes(file)],
      });
    },
    requireIds: async () => {
      const file = await manifest();
      for (const program of file.manifest.programs) {
        const wasm = await readBytes(moduleFile(file, program));
        const { files } = await hostBindings(file, program, wasm, await keys());
        await requireFresh([...files, programTypes(file)], STALE_FIX);
      }
    },
    prove: (program, values, settings) => proveProgram(shared, program, values, settings),
    verifierSource: async (kind = 'direct') => generateVerifier(await contractKey(await keys(), kind)).source,
    verifier: (kind = 'direct') => shared.verifier(kind),
    ...chain,
    dispose: shared.dispose,
  };
}
