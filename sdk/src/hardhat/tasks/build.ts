/** `hardhat build` begins with the ids: a contract with an old one would refuse every proof. */
import type { TaskOverrideActionFunction } from 'hardhat/types/tasks';
import { showing } from './shown.ts';

const build: TaskOverrideActionFunction = async (taskArguments, hre, runSuper) => {
  if (hre.config.wattest.checkIds) await showing(hre, () => hre.wattest.requireIds());
  return runSuper(taskArguments);
};

export default build;
