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
  const runtime = (): Promise<WattestRuntime> => {
    made ??= import('../runtime.ts').then(({ createRuntime }) => createRuntime(hre));
    return made;
  };
  return {
    manifest: async () => (await runtime()).manifest(),
    compile: async (names) => (await runtime()).compile(names),
    bind: async (names, settings) => (await runtime()).bind(names, settings),
    requireIds: async () => (await runtime()).requireIds(),
    prove: async (program, values, settings) => (await runtime()).prove(program, values, settings),
    verifierSource: async (settings) => (await runtime()).verifierSource(settings),
    verifier: async (kind) => (await runtime()).verifier(kind),
    deploy: async (connection, settings) => (await runtime()).deploy(connection, settings),
    adopt: async (connection, deployed) => (await runtime()).adopt(connection, deployed),
    deployment: async (connection) => (await runtime()).deployment(connection),
    attest: async (connection, proof, settings) => (await runtime()).attest(connection, proof, settings),
    hasReturned: async (connection, proof) => (await runtime()).hasReturned(connection, proof),
    expectAttested: async (connection, proof, expected) =>
      (await runtime()).expectAttested(connection, proof, expected),
    dispose: async () => {
      if (made !== undefined) await (await made).dispose();
    },
  };
}
