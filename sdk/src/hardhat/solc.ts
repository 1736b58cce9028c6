/** The verifier, compiled by the Solidity compiler that Hardhat has. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProjectPathsConfig } from 'hardhat/types/config';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { CompilerInput } from 'hardhat/types/solidity';
import { fail } from '../errors/index.ts';
import { writeWhole } from '../platform/node-storage.ts';
import { type CompiledContract, compileVerifierWith, type VerifierSource } from '../solidity/compile.ts';
import { SOLC_VERSION } from '../solidity/settings.ts';

/** Where the source lies while it is compiled; the configuration has an override for it. */
export const verifierPath = ({ cache }: Pick<ProjectPathsConfig, 'cache'>): string =>
  join(cache, 'wattest', 'WattestVerifier.sol');

/**
 * Of Hardhat is taken which compiler it is and where; the input is the one that `compileVerifier` has, to the byte, so that the same contract
 * follows, whatever hooks of coverage or other plugins do to sources of the project.
 * @throws SOLC_MISSING, SOLC_FAILED
 */
export async function compileWithHardhat(
  { solidity, config }: HardhatRuntimeEnvironment,
  generated: VerifierSource,
): Promise<CompiledContract> {
  const path = verifierPath(config.paths);
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, [new TextEncoder().encode(generated.source)]);
  const jobs = await solidity.getCompilationJobs([path], { quiet: true, force: true });
  const job = 'compilationJobsPerFile' in jobs ? [...jobs.compilationJobsPerFile.values()][0] : undefined;
  if (job === undefined) {
    return fail('SOLC_MISSING', `Hardhat finds no compiler ${SOLC_VERSION} for the verifier`, {
      where: path,
      fix: `Let it download ${SOLC_VERSION}, or name one of this version in the configuration, with its path`,
    });
  }
  return compileVerifierWith(generated, async (standardInput) => {
    const { output } = await solidity.runCompilationJob(
      {
        dependencyGraph: job.dependencyGraph,
        solcConfig: job.solcConfig,
        solcLongVersion: job.solcLongVersion,
        getSolcInput: async () => JSON.parse(standardInput) as CompilerInput,
        getBuildId: () => job.getBuildId(),
      },
      { quiet: true },
    );
    return output;
  });
}
