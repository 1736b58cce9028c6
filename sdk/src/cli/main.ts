/** The command `wattest`: parses the command line, runs one command, turns errors into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { fail, formatError, isWattestError } from '../errors/index.ts';
import { registerAttest } from './commands/attest.ts';
import { registerCheck } from './commands/check.ts';
import { registerDeploy } from './commands/deploy.ts';
import { registerDisasm } from './commands/disasm.ts';
import { registerInspect } from './commands/inspect.ts';
import { registerKey } from './commands/key.ts';
import { registerProfile } from './commands/profile.ts';
import { registerProve } from './commands/prove.ts';
import { registerRun } from './commands/run.ts';
import { registerVerifier } from './commands/verifier.ts';
import { registerVerify } from './commands/verify.ts';
import { VERSION } from './version.ts';

const ABOUT = `Runs a WebAssembly program, proves the run in zero knowledge, and lets a contract rely on the result.

Words are decimal or 0x-hexadecimal, signed or unsigned, separated by commas. Private inputs stay on this machine.

Exit codes:
  0  done, or accepted
  1  rejected: a failed check, a refused proof, a failed run that is to be proven
  2  bad input or environment, a proof file that is malformed or of another key
The command run ends as the program does: with 1 for a trap, else with its exit code.`;

function program(): Command {
  const command = new Command('wattest')
    .description(ABOUT)
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError();
  const registers = [
    registerInspect,
    registerDisasm,
    registerRun,
    registerProfile,
    registerCheck,
    registerProve,
    registerVerify,
    registerVerifier,
    registerKey,
    registerDeploy,
    registerAttest,
  ];
  for (const register of registers) register(command);
  for (const each of command.commands) {
    each.exitOverride().configureOutput({ writeErr: () => {} });
    refuseRepeats(each);
  }
  return command;
}

/** Of an option that is given twice the first would be lost without a word: private words, say. */
function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) throw new CommanderError(2, 'wattest.repeated', `option ${option.flags} is given twice`);
      given = true;
    });
  }
}

/** Runs one command line and returns the exit code. Output goes to standard output, errors to standard error. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    if (args.length === 0) {
      process.stdout.write(program().helpInformation());
      return 2;
    }
    await program().parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    const [name] = args;
    return report(
      error,
      program()
        .commands.find((known) => known.name() === name)
        ?.name(),
    );
  }
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
    try {
      fail('USAGE', withoutValues(error), {
        fix: `See \`wattest ${command === undefined ? '' : `${command} `}--help\``,
      });
    } catch (usage) {
      return report(usage);
    }
  }
  process.stderr.write(`${formatError(error)}\n`);
  if (process.env['WATTEST_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return isWattestError(error) ? error.exitCode : 2;
}

// A reader that stops reading (`| head`) is no fault, and must not become the answer "rejected".
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    // Nor may an answer that could not be written.
    if (stream === process.stdout) process.stderr.write(`wattest: standard output: ${error.message}\n`);
    process.exit(2);
  });
}

process.exitCode = await main(process.argv.slice(2));
