import { type Action, shown } from './shown.ts';

const compile: Action<{ readonly programs: string[] }> = shown(async ({ programs }, hre) => {
  for (const path of await hre.wattest.compile(programs)) process.stdout.write(`${path}\n`);
});

export default compile;
