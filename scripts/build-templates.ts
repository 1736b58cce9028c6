/**
 * Part of `npm pack` of create-wattest: puts into the templates what they have of other folders of this repository, so that it stands here once. What it writes is not
 * in the repository.
 */
import './lib/help.ts';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './lib/tools.ts';

interface Part {
  readonly template: string;
  /** Folder of the repository. */
  readonly from: string;
  /** Files and folders in it, under the name that they have in the template where it is another one. */
  readonly take: readonly (string | readonly [from: string, to: string])[];
}

/** What stands in a folder that is taken and is not: the template has its own. */
const OWN = /[\\/]src[\\/]programs/;

const PARTS: readonly Part[] = [
  {
    template: 'vite-react',
    from: 'create-wattest/templates/hardhat',
    take: ['programs/factors.c', 'contracts', 'test', 'hardhat.config.ts', 'wattest.json'],
  },
  {
    template: 'vite-react',
    from: 'examples/page',
    take: ['index.html', 'vite.config.ts', ['tsconfig.json', 'tsconfig.page.json'], 'src'],
  },
];

for (const { template, from, take } of PARTS) {
  for (const each of take) {
    const [source, target] = typeof each === 'string' ? [each, each] : each;
    const to = join(ROOT, 'create-wattest/templates', template, target);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(ROOT, from, source), to, { recursive: true, filter: (path) => !OWN.test(path) });
  }
}
