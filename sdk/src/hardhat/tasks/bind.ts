import { printTable } from '../../cli/options.ts';
import { programTypes } from '../program-types.ts';
import { type Action, shown } from './shown.ts';

const bind: Action<{ readonly programs: string[]; readonly check: boolean }> = shown(
  async ({ programs, check }, hre) => {
    const bound = await hre.wattest.bind(programs, { check });
    const said = check ? 'up to date' : 'files';
    for (const { name, id, files } of bound) {
      printTable([
        ['program', name],
        ['program id', id],
        [said, files],
      ]);
    }
    // Of all programs, not of one.
    const { path } = programTypes(await hre.wattest.manifest());
    printTable([
      ['types of', 'hre.wattest'],
      [said, path],
    ]);
  },
);

export default bind;
