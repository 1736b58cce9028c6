/** What help lists without loading a command is what the command says of itself. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/tools.ts';
import { COMMANDS, type CommandEntry } from '../../sdk/src/cli/command-list.ts';

type Command = Parameters<Awaited<ReturnType<CommandEntry['load']>>>[0];
// The package's own: what stands at the top is another version, of somebody else's.
const commander = createRequire(join(ROOT, 'sdk/package.json'))('commander') as {
  Command: new () => Command;
};

describe('cli: the list of commands', () => {
  it('has each command, and writes its arguments as the command declares them', async () => {
    const files = readdirSync(join(ROOT, 'sdk/src/cli/commands')).map((file) => file.replace('.ts', ''));
    assert.deepEqual(Object.keys(COMMANDS).sort(), files.sort());
    for (const [name, { load, takes }] of Object.entries(COMMANDS)) {
      const program = new commander.Command();
      (await load())(program);
      const [command, ...others] = program.commands;
      assert.deepEqual([command!.name(), others.length], [name, 0]);
      const term = [name, '[options]', takes].filter((word) => word !== undefined).join(' ');
      assert.equal(program.createHelp().subcommandTerm(command!), term);
    }
  });
});
