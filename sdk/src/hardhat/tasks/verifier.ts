import { requireWritable, writeText } from '../../cli/files.ts';
import { type Action, shown } from './shown.ts';
import { type KindArguments, kindArgument } from './values.ts';

const verifier: Action<KindArguments & { readonly output?: string }> = shown(async (given, hre) => {
  const { output } = given;
  const kind = kindArgument(given);
  if (output !== undefined) await requireWritable(output);
  const source = await hre.wattest.verifierSource(kind);
  if (output === undefined) process.stdout.write(source);
  else await writeText(output, source);
});

export default verifier;
