/** `hre.wattest`: what it does is loaded when it is first asked for. */
import type { HardhatRuntimeEnvironmentHooks } from 'hardhat/types/hooks';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { WattestRuntime } from '../types.ts';

export default async (): Promise<Partial<HardhatRuntimeEnvironmentHooks>> => ({
  created: async (_context, hre) => {
    (hre as { -readonly [K in keyof HardhatRuntimeEnvironment]: HardhatRuntimeEnvironment[K] }).wattest =
      lazyRuntime(hre);
  },
});

function lazyRuntime(hre: HardhatRuntimeEnvironment): WattestRuntime {
  let made: Promise<WattestRuntime> | undefined;
  const by = async <R>(work: (runtime: WattestRuntime) => Promise<R>): Promise<R> => {
    const { advising } = await import('../advices.ts');
    made ??= import('../runtime.ts').then(({ createRuntime }) => createRuntime(hre));
    return advising(hre, async () => work(await made!));
  };
  return {
    manifest: () => by((runtime) => runtime.manifest()),
    compile: (names) => by((runtime) => runtime.compile(names)),
    bind: (names, settings) => by((runtime) => runtime.bind(names, settings)),
    requireIds: () => by((runtime) => runtime.requireIds()),
    prove: (program, values, settings) => by((runtime) => runtime.prove(program, values, settings)),
    verifierSource: (kind) => by((runtime) => runtime.verifierSource(kind)),
    verifier: (kind) => by((runtime) => runtime.verifier(kind)),
    deploy: (connection, settings) => by((runtime) => runtime.deploy(connection, settings)),
    adopt: (connection, deployed) => by((runtime) => runtime.adopt(connection, deployed)),
    deployment: (connection) => by((runtime) => runtime.deployment(connection)),
    attest: (connection, proof, settings) => by((runtime) => runtime.attest(connection, proof, settings)),
    hasReturned: (connection, proof) => by((runtime) => runtime.hasReturned(connection, proof)),
    expectAttested: (connection, proof, expected) =>
      by((runtime) => runtime.expectAttested(connection, proof, expected)),
    dispose: async () => {
      if (made !== undefined) await (await made).dispose();
    },
  };
}
