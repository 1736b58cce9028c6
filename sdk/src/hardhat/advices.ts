/**
 * Errors of code that the command has too name its options and commands in their advices. Here they are told in the words of whoever reads them: the plugin's tasks, the
 * configuration, or what is called from scripts.
 */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { COMMANDS } from '../cli/command-list.ts';
import { kebab } from '../cli/tables.ts';
import { isWattestError, type WattestError, withFix } from '../errors/index.ts';

/** Who reads an advice: somebody who called a task, or who wrote a script or test. */
export type Reader = 'task' | 'script';

const camel = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Options by the name of their task, without dashes; Hardhat's own are those of every task. */
type Options = ReadonlyMap<string, ReadonlySet<string>>;

function optionsOf({ tasks }: HardhatRuntimeEnvironment): Options {
  const { subtasks } = tasks.getTask('wattest');
  return new Map(
    [...subtasks].map(([name, { options }]) => [
      name,
      new Set([...[...options.keys()].map(kebab), 'network', 'help']),
    ]),
  );
}

const isOfTask = (options: Options, name: string): boolean =>
  [...options.values()].some((names) => names.has(name));

type Configured = (value: string) => string;
const ofWattest =
  (name: string): Configured =>
  (value) =>
    `\`${name}${value}\` of \`wattest\` in the configuration`;
const ofNetwork =
  (name: string): Configured =>
  (value) =>
    `\`${name}${value}\` of the network in the configuration`;

/** What the configuration says in place of options. */
const CONFIGURED: Readonly<Record<string, Configured>> = {
  srs: ofWattest('srs'),
  'max-log': ofWattest('maxLog'),
  deployments: ofWattest('deployments'),
  manifest: ofWattest('manifest'),
  'rpc-url': ofNetwork('url'),
  'chain-id': ofNetwork('chainId'),
};

/** What a script says in place of options of tasks, where it is no setting of the same name. */
const IN_SCRIPTS: Readonly<Record<string, string>> = {
  check: '`npx hardhat wattest deploy --check`',
  create: '`salt: null`',
  proposer: '`timelock.proposers`',
  executor: '`timelock.executors`',
  network: '--network',
  help: '--help',
  'max-memory': '`maxMemoryBytes`',
};

/** What typed programs or the plugin have no use for, and the command that has it. */
const BESIDE: Readonly<Record<string, string>> = {
  'allow-failure': 'prove',
  transcript: 'prove',
  shape: 'prove',
  'trap-imports': 'prove',
  global: 'prove',
  invoke: 'prove',
  args: 'prove',
  'arg-bytes': 'prove',
  'arg-string': 'prove',
  public: 'prove',
  private: 'prove',
  stdin: 'prove',
  expect: 'verify',
  all: 'attest',
};

/** `wattest COMMAND --option VALUE …` */
const CALL = `(?<!hardhat |npx )\\bwattest (?<command>${Object.keys(COMMANDS).join('|')})\\b(?!-)(?<flags>(?: --[a-z0-9-]+(?: [\\w-]+)?)*)`;
/** `--option VALUE`, `--option 18` */
const OPTION =
  '(?<![\\w-])--(?<name>[a-z][a-z0-9-]*)(?![\\w=])(?<value> (?:[A-Z]{2,}[A-Z=.]*\\b|[\\w$.]+=VALUE|\\d\\w*|poseidon2|"[^"]*"))?';
const NAMED = new RegExp(`${CALL}|${OPTION}`, 'g');
/** What an advice says to both, of which a script needs the second. */
const BOTH = /--([a-z-]+)(?: [\w.=]+)?(?: \((\w+)((?: of [\w/ ]+)?) in the SDK\)|; `([^`]+)` in the SDK)/g;

/** An advice as its reader can follow it. */
export function adviceFor(hre: HardhatRuntimeEnvironment, reader: Reader, fix: string): string {
  const options = optionsOf(hre);
  const given =
    reader === 'task'
      ? fix
      : fix.replace(BOTH, (whole, option: string, name?: string, place = '', setting?: string) =>
          isOfTask(options, option) ? `\`${name ?? setting}\`${place}` : whole,
        );
  return given.replace(NAMED, (whole, ...rest) => {
    const { command, flags, name, value } = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    return command === undefined
      ? (optionFor(options, reader, name!, value ?? '') ?? whole)
      : callOf(options, command, flags ?? '');
  });
}

/** The task, where there is one that takes these options. */
function callOf(options: Options, command: string, flags: string): string {
  const known = options.get(command);
  const names = [...flags.matchAll(/--([a-z0-9-]+)/g)].map(([, name]) => name!);
  const isTask = known !== undefined && names.every((name) => known.has(name));
  return `npx ${isTask ? 'hardhat ' : ''}wattest ${command}${flags}`;
}

/** Undefined: as it stands. */
function optionFor(options: Options, reader: Reader, name: string, value: string): string | undefined {
  const configured = CONFIGURED[name];
  if (configured !== undefined) return configured(/\d/.test(value) ? `:${value}` : '');
  if (isOfTask(options, name))
    return reader === 'task' ? undefined : (IN_SCRIPTS[name] ?? `\`${camel(name)}\``);
  const command = BESIDE[name];
  return command === undefined ? undefined : `--${name}${value} of \`npx wattest ${command}\``;
}

/** What the plugin made of errors, and the errors as they were thrown. */
const origins = new WeakMap<WattestError, WattestError>();

/** Does work for a script: its errors advise in the words of `hre.wattest`. */
export async function advising<R>(hre: HardhatRuntimeEnvironment, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!isWattestError(error)) throw error;
    const told = withFix(error, adviceFor(hre, 'script', error.fix));
    origins.set(told, error);
    throw told;
  }
}

/** The advice of an error to somebody who called a task. */
export function adviceOf(hre: HardhatRuntimeEnvironment, error: WattestError): string {
  return adviceFor(hre, 'task', (origins.get(error) ?? error).fix);
}
