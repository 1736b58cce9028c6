import { checkCommand } from '../../cli/commands/check.ts';
import { type Action, shown } from './shown.ts';
import { programArgument, type ValueArguments } from './values.ts';

const check: Action<ValueArguments> = shown(async (given, hre) => {
  const { file, flags } = await programArgument(hre, given);
  await checkCommand(file, flags);
});

export default check;
