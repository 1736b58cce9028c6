/** The command `wattest`: parses the command line, runs one command, turns errors into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { fail, formatError, isWattestError } from '../errors/index.ts';
import { COMMANDS, commandOf } from './command-list.ts';
import { messageOf } from './files.ts';
import { VERSION } from './version.ts';

const ABOUT = `Runs a WebAssembly program, proves the run in zero knowledge, and lets a contract rely on the result.

Words are decimal or 0x-hexadecimal, signed or unsigned, separated by commas. Private inputs stay on this machine.

Exit codes:
  0  done, or accepted
  1  rejected: a failed check, a refused proof, a failed run that is to be proven
  2  bad input or environment, a proof file that is malformed or of another key
  130  interrupted
The command run ends as the program does: with 1 for a trap, else with its exit code.`;

/** With the one command that is called; help lists the others from their entries alone. */
export async function commandProgram(called: string | undefined): Promise<Command> {
  const command = new Command('wattest')
    .description(ABOUT)
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ subcommandTerm })
    .showSuggestionAfterError();
  const entry = commandOf(called);
  if (entry === undefined) for (const name of Object.keys(COMMANDS)) command.command(name);
  else (await entry.load())(command);
  for (const each of command.commands) {
    each
      .description(COMMANDS[each.name()]!.about)
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    refuseRepeats(each);
  }
  return command;
}

function subcommandTerm(command: Command): string {
  const takes = commandOf(command.name())?.takes;
  if (command.name() === 'help') return 'help [command]';
  return `${command.name()} [options]${takes === undefined ? '' : ` ${takes}`}`;
}

/** Of an option that is given twice the first would be lost without a word: private words, say. */
function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    // Each of these appends to what there is; of --invoke that with a parser.
    if (/^(private-)?arg|^(env|global|file)$/.test(option.name())) continue;
    if (option.name() === 'invoke' && option.parseArg !== undefined) continue;
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) throw new CommanderError(2, 'wattest.repeated', `option ${option.flags} is given twice`);
      given = true;
    });
  }
}

/** Runs one command line and returns the exit code. Output goes to standard output, errors to standard error. */
export async function main(args: readonly string[]): Promise<number> {
  const [name] = args;
  try {
    if (name === undefined) {
      process.stdout.write((await commandProgram(name)).helpInformation());
      return 2;
    }
    const end = args.indexOf('--');
    const about = name === 'help' ? args[1] : undefined;
    if (about?.startsWith('-') === false && commandOf(about) === undefined)
      throw new CommanderError(2, 'commander.unknownCommand', `unknown command '${about}'`);
    const command = await commandProgram(about ?? name);
    if (end >= 0) giveBehind(command, name, args.slice(end + 1));
    await command.parseAsync(end < 0 ? args : args.slice(0, end), { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    return report(error, commandOf(name) && name);
  }
}

/** Commands that take what stands behind `--`: arguments of the program, or options of a compiler. */
const TAKE_BEHIND: readonly string[] = ['run', 'check', 'profile', 'prove', 'compile'];

function giveBehind(command: Command, name: string, behind: readonly string[]): void {
  if (!TAKE_BEHIND.includes(name))
    throw new CommanderError(2, 'wattest.behind', 'nothing may stand behind -- here');
  command.commands.find((each) => each.name() === name)?.setOptionValue('behind', behind);
}

/** What somebody typed where no option is may be a private word. */
function withoutValues({ code, message }: CommanderError): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replaceAll('\n', ' ');
  if (code === 'commander.excessArguments') return text.replace(/: .*$/, '');
  // Up to the last quote: what was typed may hold quotes.
  if (code === 'commander.unknownOption') return text.replace(/'(-[^-]|--[a-z-]*).*'/, "'$1'");
  if (code === 'commander.unknownCommand') return text.replace(/'(?![a-z-]+').*'/, 'of that name');
  return text;
}

/** `command`: the one that was called, if there is such a one. */
function report(error: unknown, command?: string): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const help = `wattest ${command === undefined ? '' : `${command} `}--help`;
    try {
      fail('USAGE', withoutValues(error), {
        // Mostly a list with a space where a comma belongs.
        fix:
          error.code === 'commander.excessArguments'
            ? `Put commas between the values of an option, without spaces (--args 1,2), or see \`${help}\``
            : `See \`${help}\``,
      });
    } catch (usage) {
      return report(usage);
    }
  }
  // Before the line that says what it comes to, as where compilers are called by hand.
  if (isWattestError(error) && error.output !== undefined) process.stderr.write(`${error.output}\n`);
  process.stderr.write(
    `${isWattestError(error) ? formatError(error, messageOf(error)) : formatError(error)}\n`,
  );
  if (process.env['WATTEST_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return isWattestError(error) ? error.exitCode : 2;
}
