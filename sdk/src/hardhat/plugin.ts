/** The plugin: hooks and tasks, each loaded when it is first used. */
import { overrideTask } from 'hardhat/config';
import { definePlugin } from 'hardhat/plugins';
import type { HardhatPlugin } from 'hardhat/types/plugins';
import { TASKS } from './tasks/definitions.ts';

const plugin: HardhatPlugin = definePlugin({
  id: 'wattest',
  // Hardhat would have everybody install all peers of the package, optional ones too.
  npmPackage: null,
  hookHandlers: {
    config: () => import('./hooks/config.ts'),
    hre: () => import('./hooks/hre.ts'),
  },
  tasks: [
    ...TASKS,
    overrideTask('build')
      .setAction(() => import('./tasks/build.ts'))
      .build(),
  ],
});

export default plugin;
