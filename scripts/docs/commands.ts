/** The reference of the command, from the declarations that parse its command lines. */
import { COMMANDS } from '../../sdk/src/cli/command-list.ts';
import { commandProgram } from '../../sdk/src/cli/main.ts';

/** Text of a table's cell; what looks like HTML there is none. */
const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{', '&#123;');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const defaultText = (value: unknown): string =>
  value === undefined || value === false || `${value}` === '' ? '' : `\`${value}\``;

async function section(name: string): Promise<string> {
  const { commands } = await commandProgram(name);
  const command = commands.find((each) => each.name() === name)!;
  const given = command.registeredArguments.map((argument) => [
    `\`${argument.name()}\``,
    cell(argument.description) +
      (argument.argChoices === undefined ? '' : ` (${argument.argChoices.join(', ')})`),
  ]);
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ flags, description, argChoices, defaultValue }) => [
      `\`${flags.replaceAll('|', '\\|')}\``,
      cell(description) +
        (argChoices === undefined ? '' : ` (${argChoices.map((choice) => `\`${choice}\``).join(', ')})`),
      defaultText(defaultValue),
    ]);
  return [
    `## ${name}`,
    `${cell(command.description())}.`,
    `\`\`\`sh\nnpx wattest ${name} ${command.usage()}\n\`\`\``,
    ...(given.length === 0 ? [] : [table(['argument', ''], given)]),
    table(['option', '', 'default'], options),
  ].join('\n\n');
}

export async function commandsPage(): Promise<string> {
  const sections: string[] = [];
  for (const name of Object.keys(COMMANDS)) sections.push(await section(name));
  return `${[
    '# Command',
    'What `wattest --help` and `wattest COMMAND --help` say, made from the same declarations. Words are decimal or 0x-hexadecimal, separated by commas; what a proof is made of never leaves the machine, but for what it proves. ' +
      'Exit codes: 0 done or accepted, 1 the answer is no, 2 there is none (bad input or environment), 130 interrupted ([errors](../errors.md)).',
    ...sections,
  ].join('\n\n')}\n`;
}
