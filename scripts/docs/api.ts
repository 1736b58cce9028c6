/** How TypeDoc reads the package: one page for each of its entry points, from the sources. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT } from '../lib/tools.ts';

/** A page for each entry point that people import from. */
export interface ApiPage {
  /** As it is imported: `wattest/viem`. */
  readonly name: string;
  readonly source: string;
  readonly place: string;
}

/** In the order of the package's `exports`. The worker's own file is started, not imported. */
export function apiPages(): readonly ApiPage[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'sdk/package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  };
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === 'string' || key === './worker/host') return [];
    const file = target.default.replace(/^\.\/dist\/(.*)\.js$/, '$1');
    return {
      name: key.replace('.', 'wattest'),
      source: join(ROOT, `sdk/src/${file}.ts`),
      // TypeDoc keeps a page of its own in the place of index.
      place: `reference/api/${file}${file === 'index' ? '-1' : ''}.md`,
    };
  });
}

/**
 * Names in signatures that have no page: what is handed from one function to another and looked into by none of its users, and what only says how a public type is
 * made. Everything else that a signature names is exported where the function is; TypeDoc's warning that it is not ends the build, as does a name here that has no use.
 */
const NOT_EXPORTED: readonly string[] = [
  // Opened sessions, keys and runs hold these.
  ...['Engine', 'Joins', 'OpenedShard', 'Program', 'ProvingKey', 'Shape', 'Srs', 'WrapKey'],
  // An engine passes these on from an order to the run that is opened by it.
  ...['JoinOrder', 'OpenJoining', 'OpenRun', 'RunOrder', 'RunPlan'],
  // Of which public types are computed.
  ...['Call', 'ERROR_CODES', 'Elsewhere', 'Kept', 'Optional', 'Part', 'ROUTE_STATES'],
];

/** The first comment of a module: what it is for. */
function aboutOf(source: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(source, 'utf8')) ?? [];
  return comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export const apiIndex = (): string =>
  `# Package\n\nWhat can be imported, from the sources by TypeDoc. Parameters are objects; errors are [WattestError](./index-1.md#wattesterror)s with [codes](../../errors.md).\n\n${[
    '| import from | |',
    '|---|---|',
    ...apiPages().map(
      ({ name, source, place }) =>
        `| [\`${name}\`](./${posix.relative('reference/api', place)}) | ${aboutOf(source)} |`,
    ),
  ].join('\n')}\n`;

/** TypeDoc's page with the name that it is imported by for its title. */
export const titled = ({ name }: ApiPage, text: string): string => text.replace(/^# .*$/m, `# ${name}`);

export const apiTypes = (): object => ({
  extends: join(ROOT, 'tsconfig.base.json'),
  compilerOptions: { noEmit: true, types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
  files: apiPages().map(({ source }) => source),
});

/** @param folder of the build: its tsconfig.json is read, pages/reference/api written */
export const apiOptions = (folder: string): object => ({
  entryPoints: apiPages().map(({ source }) => source),
  tsconfig: join(folder, 'tsconfig.json'),
  plugin: ['typedoc-plugin-markdown'],
  out: join(folder, 'pages/reference/api'),
  readme: 'none',
  name: 'wattest',
  basePath: join(ROOT, 'sdk/src'),
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
  intentionallyNotExported: NOT_EXPORTED,
  treatWarningsAsErrors: true,
  outputFileStrategy: 'modules',
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  hideGroupHeadings: false,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  propertyMembersFormat: 'table',
  enumMembersFormat: 'table',
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
  useCodeBlocks: true,
  useHTMLAnchors: true,
  expandParameters: false,
  sort: ['kind', 'alphabetical'],
  kindSortOrder: ['Function', 'Class', 'Variable', 'Interface', 'TypeAlias'],
  groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases'],
});
