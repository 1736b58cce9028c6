/**
 * Every advice that an error of the package can give, read from its sources: what stands as `fix` of an error's details, what is handed to a function whose
 * parameter is called `fix`, and the values of objects that are called `fixes`. Values that are put into a text are written `…`.
 */
import { dirname, join, normalize } from 'node:path';
import { parseAst } from 'vite';
import { listSources, readSource } from '../../structure/sources.ts';

/** A text and the place of its error in the sources. */
export interface Advice {
  readonly text: string;
  readonly places: readonly string[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}
type FunctionNode = Node & { readonly params: readonly Node[]; readonly body: Node };
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit);
  }
}

/** Parameters that take an advice: `fix`, and those of readers of files, who know what a file that is missing or too large should have been. */
const GIVEN = /^(fix|fixes|tooLarge)$/;

class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly nodes: Node[] = [];
  /** What a name stands for: functions, and initial values of constants, wherever in the file. */
  readonly declared = new Map<string, Node>();
  readonly imported = new Map<string, { readonly from: string; readonly name: string }>();

  constructor(path: string) {
    this.path = path;
    this.text = readSource(path);
    walk(parseAst(this.text, { lang: 'ts' }) as unknown as Node, (node) => this.#add(node));
  }

  #add(node: Node): void {
    this.nodes.push(node);
    if (node.type === 'FunctionDeclaration') this.declared.set(nameOf(node['id'])!, node);
    if (node.type === 'VariableDeclarator' && isNode(node['init'])) {
      const name = nameOf(node['id']);
      if (name !== undefined) this.declared.set(name, node['init']);
    }
    if (node.type === 'ImportDeclaration') {
      const from = normalize(
        join(dirname(this.path), (node['source'] as unknown as { value: string }).value),
      );
      for (const each of node['specifiers'] as Node[])
        if (each.type === 'ImportSpecifier')
          this.imported.set(nameOf(each['local'])!, { from, name: nameOf(each['imported'])! });
    }
  }

  place(node: Node): string {
    return `${this.path}:${this.text.slice(0, node.start).split('\n').length}`;
  }
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? (node['name'] as string) : undefined;
}

const isFunction = (node: Node | undefined): node is FunctionNode =>
  node !== undefined && /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
/** `fix`, `fix = DEFAULT`. */
const parameterName = (node: Node): string | undefined =>
  nameOf(node.type === 'AssignmentPattern' ? node['left'] : node);

/** Every advice, by its text. @throws where the sources make one in a way that is not understood here */
export function listAdvices(): readonly Advice[] {
  const files = new Map(
    listSources('sdk/src/**/*.ts')
      .filter((path) => !path.includes('.generated.'))
      .map((path) => [path, new SourceFile(path)]),
  );
  const lookUp = (file: SourceFile, name: string): [SourceFile, Node] | undefined => {
    const node = file.declared.get(name);
    if (node !== undefined) return [file, node];
    const origin = file.imported.get(name);
    const from = origin === undefined ? undefined : files.get(origin.from);
    return from === undefined ? undefined : lookUp(from, origin!.name);
  };

  const texts = (file: SourceFile, node: Node): string[] => {
    const child = (key: string): string[] => texts(file, node[key] as Node);
    const name = nameOf(node);
    if (name !== undefined) {
      const found = lookUp(file, name);
      // A parameter: what callers hand over is looked at where they do.
      return found === undefined ? [] : texts(...found);
    }
    switch (node.type) {
      case 'Literal':
        return typeof node['value'] === 'string' ? [node['value']] : [];
      case 'TemplateLiteral':
        return [
          (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…'),
        ];
      case 'ConditionalExpression':
        return [...child('consequent'), ...child('alternate')];
      case 'LogicalExpression':
        return [...child('left'), ...child('right')];
      case 'BinaryExpression':
        return child('left').flatMap((left) => child('right').map((right) => left + right));
      case 'ObjectExpression':
        return (node['properties'] as Node[]).flatMap((each) => texts(file, each['value'] as Node));
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
        return child('expression');
      case 'MemberExpression': {
        // `FIXES[code]` and `fixes.missing`; the `fix` of another error has been looked at where it was made.
        const of = nameOf(node['object']);
        return of !== undefined && /^fixes$/i.test(of) ? child('object') : [];
      }
      case 'CallExpression': {
        const callee = nameOf(node['callee']);
        const found = callee === undefined ? undefined : lookUp(file, callee);
        if (callee === 'String') return [];
        if (found === undefined || !isFunction(found[1])) break;
        return returned(found[1]).flatMap((each) => texts(found[0], each));
      }
    }
    throw new Error(
      `${file.place(node)}: an advice made by ${node.type}, which test/advice/lib/advices.ts does not read`,
    );
  };

  const places = new Map<string, string[]>();
  const add = (file: SourceFile, node: Node): void => {
    for (const text of texts(file, node).filter((each) => each !== '')) {
      const known = places.get(text) ?? [];
      places.set(text, [...known, file.place(node)]);
    }
  };
  for (const file of files.values()) {
    for (const node of file.nodes) {
      if (node.type === 'Property' && nameOf(node['key']) === 'fix' && node['value'] !== undefined)
        add(file, node['value'] as Node);
      if (node.type === 'VariableDeclarator' && /^fixes$/i.test(nameOf(node['id']) ?? ''))
        add(file, node['init'] as Node);
      if (isFunction(node))
        for (const parameter of node.params)
          if (parameter.type === 'AssignmentPattern' && parameterName(parameter) === 'fix')
            add(file, parameter['right'] as Node);
      const callee = node.type === 'CallExpression' ? nameOf(node['callee']) : undefined;
      const found = callee === undefined ? undefined : lookUp(file, callee);
      if (found === undefined || !isFunction(found[1])) continue;
      const given = node['arguments'] as readonly Node[];
      for (const [i, parameter] of found[1].params.entries()) {
        const called = parameterName(parameter);
        const argument = given[i];
        if (argument !== undefined && called !== undefined && GIVEN.test(called)) add(file, argument);
      }
    }
  }
  return [...places].map(([text, where]) => ({ text, places: [...new Set(where)] }));
}

/** What a function returns. */
function returned({ body }: FunctionNode): Node[] {
  if (body.type !== 'BlockStatement') return [body];
  const found: Node[] = [];
  walk(body, (node) => {
    if (node.type === 'ReturnStatement' && isNode(node['argument'])) found.push(node['argument']);
  });
  return found;
}
