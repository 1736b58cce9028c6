/** The reference of the contracts: their declarations as they stand, with what NatSpec says of them. */
import { contractTrees, type SolidityNode } from '../lib/contracts.ts';

interface Declared {
  readonly node: SolidityNode;
  /** The declaration as it stands in its file, without a body. */
  readonly text: string;
}

/** What NatSpec says, by its tags in their order; text before the first one is a notice. */
function natspec(text: string): readonly (readonly [tag: string, text: string])[] {
  const lines = text.split('\n').map((line) => line.replace(/^\s*\/\/\/ ?/, ''));
  const found: [string, string][] = [['notice', '']];
  for (const line of lines) {
    const tag = /^\s*@(\w+)\s*(.*)$/.exec(line);
    if (tag === null) found.at(-1)![1] += `\n${line}`;
    else found.push([tag[1]!, tag[2]!]);
  }
  return found.map(([tag, said]) => [tag, said.trim()] as const).filter(([, said]) => said !== '');
}

/** Declarations that a user can call, catch, read or inherit. */
const SHOWN: Readonly<Record<string, string>> = {
  FunctionDefinition: 'Functions',
  VariableDeclaration: 'Values',
  ModifierDefinition: 'Modifiers',
  EventDefinition: 'Events',
  ErrorDefinition: 'Errors',
  StructDefinition: 'Structs',
  EnumDefinition: 'Enums',
};
const ORDER = ['Structs', 'Enums', 'Functions', 'Values', 'Modifiers', 'Events', 'Errors'];

/** What people build on first, what is deployed last. */
const FOLDERS = [
  'contracts/WattestConsumer.sol',
  'contracts/interfaces/',
  'contracts/examples/',
  'contracts/mocks/',
  'contracts/eas/',
  '',
];
const rank = (file: string): number => FOLDERS.findIndex((folder) => file.startsWith(folder));

const isShown = ({ nodeType, visibility }: SolidityNode): boolean =>
  nodeType in SHOWN && visibility !== 'private';

const nameOf = (node: SolidityNode): string => node.name || node.kind || '';

function contractsPageOf(trees: ReturnType<typeof contractTrees>): string {
  const contracts = Object.entries(trees)
    .flatMap(([file, { tree }]) =>
      tree.nodes!.filter(({ nodeType }) => nodeType === 'ContractDefinition').map((node) => ({ file, node })),
    )
    .sort((a, b) => rank(a.file) - rank(b.file));
  const named = new Set(contracts.map(({ node }) => node.name!));

  /** `{Name}` is how NatSpec refers to declarations. Lines that stand further in are code. */
  const prose = (said: string): string =>
    said
      .split(/\n(?=\n)/)
      .map((part) =>
        /^\n? {2,}/.test(part)
          ? part
          : part.replace(/`[^`]*`|[<{]([^{}<>]*)[}>]?/g, (whole, name?: string) => {
              if (name === undefined) return whole;
              if (!whole.startsWith('{')) return whole.replaceAll('<', '&lt;');
              return named.has(name) ? `[${name}](#${name.toLowerCase()})` : `\`${name}\``;
            }),
      )
      .join('\n');

  const declared = (file: string, node: SolidityNode): Declared => {
    const bytes = Buffer.from(trees[file]!.text);
    const [start, length] = node.src.split(':').map(Number);
    const bodyAt = node.body?.src === undefined ? start! + length! : Number(node.body.src.split(':')[0]);
    const indent = bytes.lastIndexOf(10, start!) + 1;
    const text = bytes
      .subarray(start!, bodyAt)
      .toString()
      .replaceAll(new RegExp(`^ {0,${start! - indent}}`, 'gm'), '')
      .trim();
    return { node, text: /[;}]$/.test(text) ? text : `${text};` };
  };

  /** As it stands in the file: the compiler's own copy has lost blank lines and indentation. */
  const tagsOf = (file: string, { documentation }: SolidityNode): ReturnType<typeof natspec> => {
    if (!documentation) return [];
    const [start, length] = documentation.src.split(':').map(Number);
    return natspec(
      Buffer.from(trees[file]!.text)
        .subarray(start!, start! + length!)
        .toString(),
    );
  };

  const said = (file: string, node: SolidityNode): string[] => {
    const tags = tagsOf(file, node);
    const of = (...wanted: string[]): string[] =>
      tags.filter(([tag]) => wanted.includes(tag)).map(([, text]) => prose(text));
    const rows = tags
      .filter(([tag]) => tag === 'param' || tag === 'return')
      .map(([tag, text]) => {
        const [name, ...rest] = text.split(/\s+/);
        return tag === 'param'
          ? `- \`${name}\`: ${prose(rest.join(' '))}`
          : `- returns \`${name}\`: ${prose(rest.join(' '))}`;
      });
    return [
      ...of('inheritdoc').map((base) => `See [${base}](#${base.toLowerCase()}).`),
      ...of('notice', 'dev'),
      ...(rows.length === 0 ? [] : [rows.join('\n')]),
    ];
  };

  const members = (file: string, nodes: readonly SolidityNode[], level: string): string[] => {
    const shown = nodes.filter(isShown);
    return ORDER.flatMap((group) =>
      shown
        .filter(({ nodeType }) => SHOWN[nodeType] === group)
        .flatMap((node) => [
          `${level} ${nameOf(node).replaceAll('_', '\\_')}`,
          `\`\`\`solidity\n${declared(file, node).text}\n\`\`\``,
          ...said(file, node),
        ]),
    );
  };

  const sections = contracts.map(({ file, node }) => {
    const title = tagsOf(file, node).find(([tag]) => tag === 'title')?.[1];
    const bases = (node.baseContracts ?? []).map(({ baseName: { name } }) =>
      named.has(name) ? `[${name}](#${name.toLowerCase()})` : `\`${name}\``,
    );
    const kind = `${node.abstract === true && node.contractKind === 'contract' ? 'abstract ' : ''}${node.contractKind}`;
    return [
      `## ${node.name}`,
      ...(title === undefined ? [] : [`**${prose(title)}**`]),
      `${kind[0]!.toUpperCase()}${kind.slice(1)}${bases.length === 0 ? '' : `, is ${bases.join(', ')}`}.`,
      `\`\`\`solidity\nimport {${node.name}} from "wattest/${file}";\n\`\`\``,
      ...said(file, node),
      ...members(file, node.nodes!, '###'),
    ].join('\n\n');
  });

  const free = Object.entries(trees).flatMap(([file, { tree }]) => members(file, tree.nodes!, '###'));
  return `${[
    '# Contracts',
    'Declarations of `wattest/contracts/*` with their NatSpec. How to build on them: [contracts](../contracts.md); what they do: [on chain](../onchain.md).',
    ...sections,
    ...(free.length === 0 ? [] : ['## Declarations outside of contracts', ...free]),
  ].join('\n\n')}\n`;
}

export const contractsPage = (): string => contractsPageOf(contractTrees());
