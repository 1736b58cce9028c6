import { profileCommand } from '../../cli/commands/profile.ts';
import { type Action, shown } from './shown.ts';
import { programArgument, type ValueArguments } from './values.ts';

interface Arguments extends ValueArguments {
  readonly top: number;
  readonly speedscope?: string;
}

const profile: Action<Arguments> = shown(async (given, hre) => {
  const { file, flags } = await programArgument(hre, given);
  await profileCommand(file, flags);
});

export default profile;
