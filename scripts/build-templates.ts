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
  /** What of it stays. */
  readonly leave?: RegExp;
}

/** What stands in a folder that is taken and is not: the template has its own. */
const OWN = /[\\/]src[\\/]programs/;
/** Of the page what starts it without a framework. */
const MAIN = /[\\/]src[\\/]main\.tsx$/;

const HARDHAT = 'create-wattest/templates/hardhat';
const PAGE = 'examples/page';
const VITE = 'create-wattest/templates/vite-react';
const WORKER = 'create-wattest/templates/worker-verify';
const PROJECT = ['programs/factors.c', 'contracts', 'test', 'hardhat.config.ts', 'wattest.json'];

const PARTS: readonly Part[] = [
  { template: 'vite-react', from: HARDHAT, take: PROJECT },
  {
    template: 'vite-react',
    from: PAGE,
    take: ['index.html', 'vite.config.ts', ['tsconfig.json', 'tsconfig.page.json'], 'src'],
    leave: OWN,
  },
  { template: 'next', from: HARDHAT, take: PROJECT },
  { template: 'next', from: PAGE, take: ['src'], leave: new RegExp(`${OWN.source}|${MAIN.source}`) },
  { template: 'next', from: VITE, take: ['src/programs/factors.tsx', 'scripts', '.github'] },
  { template: 'next', from: WORKER, take: ['src/verify-request.ts'] },
];

for (const { template, from, take, leave } of PARTS) {
  for (const each of take) {
    const [source, target] = typeof each === 'string' ? [each, each] : each;
    const to = join(ROOT, 'create-wattest/templates', template, target);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(ROOT, from, source), to, { recursive: true, filter: (path) => !leave?.test(path) });
  }
}
