import { printTable } from '../../cli/options.ts';
import { type Action, shown } from './shown.ts';

const bind: Action<{ readonly programs: string[]; readonly check: boolean }> = shown(
  async ({ programs, check }, hre) => {
    const bound = await hre.wattest.bind(programs, { check });
    for (const { name, id, files } of bound) {
      printTable([
        ['program', name],
        ['program id', id],
        [check ? 'up to date' : 'files', files],
      ]);
    }
  },
);

export default bind;
