/** Errors as Hardhat shows them: without a stack, and not as a fault of Hardhat. */
import { HardhatPluginError } from 'hardhat/plugins';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { isWattestError } from '../../errors/index.ts';
import { adviceOf } from '../advices.ts';

/** What a task does. */
export type Action<A> = (taskArguments: A, hre: HardhatRuntimeEnvironment) => Promise<void>;

/** An action whose WattestErrors are shown as those of a plugin. */
export function shown<A>(action: Action<A>): Action<A> {
  return (taskArguments, hre) => showing(hre, () => action(taskArguments, hre));
}

export async function showing<R>(hre: HardhatRuntimeEnvironment, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!isWattestError(error)) throw error;
    throw new HardhatPluginError(
      'wattest',
      `[${error.code}] ${error.message}. ${adviceOf(hre, error)}.${error.output === undefined ? '' : `\n${error.output}`}`,
      error,
    );
  }
}
