/** `wattest: { … }` of the configuration, checked and resolved; and how the verifier is compiled. */
import { join, resolve } from 'node:path';
import type {
  ConfigurationVariable,
  ConfigurationVariableResolver,
  HardhatConfig,
  SolidityCompilerConfig,
} from 'hardhat/types/config';
import type { ConfigHooks, HardhatUserConfigValidationError } from 'hardhat/types/hooks';
import { DEPLOYMENTS_FOLDER, MANIFEST_FILE } from '../../cli/defaults.ts';
import { COMPILER_SETTINGS, SOLC_VERSION } from '../../solidity/settings.ts';
import { verifierPath } from '../solc.ts';
import type { WattestConfig, WattestUserConfig } from '../types.ts';

type Check = (value: unknown) => string | undefined;

const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'is not a text that names something';
const whole: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'is not a whole number above zero';
const object: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'is not an object';

const isVariable = (value: unknown): boolean =>
  object(value) === undefined && (value as Partial<ConfigurationVariable>)._type === 'ConfigurationVariable';

/** What is inside of `programs` and `out` the reader of manifests checks, when it is first read. */
const CHECKS: Readonly<Record<keyof WattestUserConfig, Check>> = {
  manifest: text,
  programs: object,
  out: object,
  srs: text,
  maxLog: whole,
  threads: whole,
  deployments: text,
  checkIds: (value) => (typeof value === 'boolean' ? undefined : 'is not true or false'),
  etherscanApiKey: (value) =>
    typeof value === 'string' || isVariable(value) ? undefined : 'is neither a text nor a configVariable',
};

export default async (): Promise<Partial<ConfigHooks>> => ({
  validateUserConfig: async ({ wattest }) => (wattest === undefined ? [] : problemsOf(wattest)),
  resolveUserConfig: async (userConfig, resolveVariable, next) => {
    const resolved = await next(userConfig, resolveVariable);
    const wattest = resolveConfig(userConfig.wattest ?? {}, resolved.paths.root, resolveVariable);
    return { ...resolved, wattest, solidity: withVerifierCompiler(resolved) };
  },
});

function problemsOf(wattest: unknown): HardhatUserConfigValidationError[] {
  const whole = object(wattest);
  if (whole !== undefined) return [{ path: ['wattest'], message: whole }];
  const given = wattest as Readonly<Record<string, unknown>>;
  const problems = Object.entries(given).flatMap(([name, value]) => {
    const check = (CHECKS as Readonly<Record<string, Check | undefined>>)[name];
    if (check === undefined)
      return [
        { path: ['wattest', name], message: `is unknown: there are ${Object.keys(CHECKS).join(', ')}` },
      ];
    const message = value === undefined ? undefined : check(value);
    return message === undefined ? [] : [{ path: ['wattest', name], message }];
  });
  if (given['manifest'] !== undefined && given['programs'] !== undefined)
    problems.push({ path: ['wattest', 'manifest'], message: 'stands beside programs: give one of them' });
  if (given['out'] !== undefined && given['programs'] === undefined)
    problems.push({ path: ['wattest', 'out'], message: 'belongs into the manifest, or beside programs' });
  return problems;
}

function resolveConfig(
  given: WattestUserConfig,
  root: string,
  resolveVariable: ConfigurationVariableResolver,
): WattestConfig {
  const { manifest = MANIFEST_FILE, programs, out, srs, maxLog, threads, etherscanApiKey } = given;
  return {
    manifest: resolve(root, manifest),
    declared: programs === undefined ? undefined : { programs, ...(out === undefined ? {} : { out }) },
    srs: srs === undefined ? undefined : resolve(root, srs),
    maxLog,
    threads,
    deployments: resolve(root, given.deployments ?? DEPLOYMENTS_FOLDER),
    checkIds: given.checkIds !== false,
    // Nothing is asked of a keystore yet.
    etherscanApiKey: etherscanApiKey === undefined ? undefined : resolveVariable(etherscanApiKey),
  };
}

/** The verifier lies in the project's cache, and is compiled with settings of its own by the compiler that the project has of this version. */
function withVerifierCompiler({ solidity, paths }: HardhatConfig): HardhatConfig['solidity'] {
  const profiles = Object.entries(solidity.profiles).map(([name, profile]) => {
    const known = profile.compilers.find(
      ({ type = 'solc', version }) => type === 'solc' && version === SOLC_VERSION,
    );
    const compiler = {
      version: SOLC_VERSION,
      ...(known?.path === undefined ? {} : { path: known.path }),
      settings: COMPILER_SETTINGS,
    } as SolidityCompilerConfig;
    const source = verifierPath(paths).slice(join(paths.root, '/').length).replaceAll('\\', '/');
    return [name, { ...profile, overrides: { ...profile.overrides, [source]: compiler } }] as const;
  });
  return { ...solidity, profiles: Object.fromEntries(profiles) };
}
